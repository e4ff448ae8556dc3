"""urn:ietf:params:jmap:mail (RFC 8621 2 to 5)."""

from jmapd.datatypes.mail.email import EMAIL
from jmapd.datatypes.mail.mailbox import MAILBOX
from jmapd.datatypes.mail.search_snippet import SEARCH_SNIPPET
from jmapd.datatypes.mail.thread import THREAD

DATATYPES = (MAILBOX, THREAD, EMAIL, SEARCH_SNIPPET)

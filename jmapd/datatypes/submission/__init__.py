"""urn:ietf:params:jmap:submission (RFC 8621 6 and 7)."""

from jmapd.datatypes.submission.email_submission import EMAIL_SUBMISSION
from jmapd.datatypes.submission.identity import IDENTITY

DATATYPES = (IDENTITY, EMAIL_SUBMISSION)

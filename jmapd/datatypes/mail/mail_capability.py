"""What the Session says of urn:ietf:params:jmap:mail (RFC 8621 1.3.1)."""

from typing import Any

from jmapd.datatypes.mail.email_query import SORTS
from jmapd.datatypes.mail.mailbox_set import MAX_NAME
from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability, Shown
from jmapd.stores.maildir_layout import MAX_DEPTH


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {
        "maxMailboxesPerEmail": limits.max_mailboxes_per_email or None,
        "maxMailboxDepth": MAX_DEPTH,
        "maxSizeMailboxName": MAX_NAME,
        "maxSizeAttachmentsPerEmail": limits.max_size_attachments_per_email,
        "emailQuerySortOptions": sorted(SORTS),
        "mayCreateTopLevelMailbox": not account.is_read_only,
    }


CAPABILITY = Capability("urn:ietf:params:jmap:mail", account=_account)

"""What the Session says of urn:ietf:params:jmap:submission (RFC 8621 1.3.2)."""

from typing import Any

from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability, Shown


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    lines = [line.split() for line in limits.submission_extensions]
    return {
        "maxDelayedSend": limits.max_delayed_send,
        "submissionExtensions": {name: arguments for name, *arguments in lines},
    }


CAPABILITY = Capability("urn:ietf:params:jmap:submission", account=_account)

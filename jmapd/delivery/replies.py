"""What the one who hands a message over is told: SMTP replies (RFC 5321 4.2, RFC 3463) and sysexits of a command."""

import re

from jmapd.stores.base import DiskFull, OverQuota, ReadOnly, StoreError

NO_USER, UNAVAILABLE, CANNOT_CREATE, TRY_AGAIN, NO_PERMISSION = 67, 69, 73, 75, 77  # sysexits.h

UNKNOWN = "550 5.1.1 <{recipient}>: no such user here"
LOOP = "554 5.4.6 <{recipient}>: mail loop: it was delivered here before"
HOPS = "554 5.4.6 <{recipient}>: mail loop: it has passed too many servers"
TOO_LARGE = "552 5.3.4 The message has more octets than are taken here"
LOCAL_ERROR = "451 4.3.0 Local error; try again later"
CONFIGURATION = "451 4.3.5 Not configured rightly; try again later"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_STATUS = {"5.1.1": NO_USER, "5.2.2": CANNOT_CREATE, "5.3.4": CANNOT_CREATE, "5.7.1": NO_PERMISSION}


def reply(text: str, recipient: str = "") -> str:
    """One line, whatever the recipient or a filter has put into it."""
    return _CONTROLS.sub(" ", text.replace("{recipient}", recipient))[:500]


def refusal(error: StoreError, recipient: str, does_bounce: bool) -> str:
    """`does_bounce`: the sender gets it back at once when the quota is reached ([delivery] over_quota)."""
    if isinstance(error, DiskFull):
        return reply("452 4.3.1 The disk is full; try again later")
    if isinstance(error, OverQuota):
        start = "552 5.2.2" if does_bounce else "452 4.2.2"
        return reply(start + " <{recipient}>: the mailbox is full", recipient)
    if isinstance(error, ReadOnly):
        return reply("451 4.2.1 <{recipient}>: the mailbox cannot be written; try again later", recipient)
    return reply("451 4.2.0 <{recipient}>: the mailbox cannot be reached; try again later", recipient)


def exit_status(answer: str) -> int:
    """What a program that runs a command understands: Postfix's pipe, Exim, fetchmail."""
    if answer.startswith("2"):
        return 0
    if answer.startswith("4"):
        return TRY_AGAIN
    return _STATUS.get(answer.split(" ", 2)[1], UNAVAILABLE)

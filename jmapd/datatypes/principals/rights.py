"""The rows of whatever can be shared: isSubscribed, myRights, shareWith (RFC 9670 4, RFC 9610 2)."""

from jmapd.methods.spec import Property
from jmapd.wire import Record
from jmapd.wire.errors import Forbidden


def sharing(rights: str) -> dict[str, Property]:
    """The rows; `rights` is what the type's RFC calls the set of them, as "AddressBookRights"."""
    return {
        "isSubscribed": Property("Boolean", default=True),
        # null also where the server does not have RFC 9670
        "shareWith": Property(f"Id[{rights}]|null", default=None),
        "myRights": Property(rights, server_set=True),
    }


def check_shares(old: Record | None, new: Record) -> None:
    """Raises Forbidden where shareWith is changed by one who may not share; nobody may what he makes now.

    RFC 9610 2.3: nor may one give a right that he does not have to one who did not have it.
    """
    before = None if old is None else old["shareWith"]
    if new["shareWith"] == before:
        return
    mine: Record = {} if old is None else old["myRights"]
    if not mine.get("mayShare"):
        raise Forbidden("shareWith: you may not share it", properties=["shareWith"])
    for principal, rights in (new["shareWith"] or {}).items():
        had = (before or {}).get(principal) or {}
        wrong = [name for name, may in rights.items() if may and not had.get(name) and not mine.get(name)]
        if wrong:
            raise Forbidden(f"shareWith: you do not have {', '.join(wrong)[:200]}", properties=["shareWith"])

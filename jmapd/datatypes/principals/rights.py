"""The rows of whatever can be shared: isSubscribed, myRights, shareWith (RFC 9670 4.2, RFC 9610 2)."""

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
    """Raises Forbidden where shareWith is changed by one who may not share; nobody may what he makes now."""
    before = None if old is None else old["shareWith"]
    may_share = old is not None and old["myRights"]["mayShare"]
    if new["shareWith"] != before and not may_share:
        raise Forbidden("shareWith: you may not share it", properties=["shareWith"])

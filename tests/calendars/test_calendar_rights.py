"""Who may do what with a Calendar (jmap-calendars-27 4, 4.3), over stores in memory."""

from typing import Any

import pytest
from pyroaring import BitMap

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol import dispatch
from jmapd.stores.base import Guest
from jmapd.stores.memory import MemoryAccount, MemoryStore
from jmapd.stores.principals import principal_id
from tests.calendars.host import USING

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4.3")
REGISTRY = methods(datatypes.ALL)
ALL = (
    "mayReadFreeBusy",
    "mayReadItems",
    "mayWriteAll",
    "mayWriteOwn",
    "mayUpdatePrivate",
    "mayRSVP",
    "mayShare",
    "mayDelete",
)


class Calendars(MemoryStore):
    """Events are in each of them."""

    def has_items(self, id: str) -> bool:
        return True


class Events(MemoryStore):
    """None of them is private."""

    def with_key(self, name: str, value: str) -> BitMap:
        return BitMap()


class Account:
    """bob's, with a Calendar "all" in which alice may do everything, and one that she may read."""

    def __init__(self) -> None:
        self.store = Calendars("B")
        self.account = MemoryAccount("A", {"Calendar": self.store, "CalendarEvent": Events("E")}, "bob")
        self.account.guests = {"alice": Guest("alice", False)}
        for id, rights in (("all", ALL), ("read", ALL[:2])):
            record = {"id": id, "name": id, "description": None, "color": None, "sortOrder": 0, "isSubscribed": True}
            record |= {"isVisible": True, "isDefault": id == "all", "includeInAvailability": "none", "timeZone": None}
            record |= {"defaultAlertsWithTime": None, "defaultAlertsWithoutTime": None, "shareWith": None}
            with self.store.transaction() as tx:
                tx.create(record | {"myRights": {name: name in rights for name in ALL}})

    def set(self, **arguments: Any) -> dict[str, Any]:
        request = {"using": list(USING), "methodCalls": [["Calendar/set", {"accountId": "A"} | arguments, "0"]]}
        answer = dispatch.run(request, "alice", {"A": self.account}, REGISTRY, Limits(), {}, False)
        return dict(answer["methodResponses"][0][1])

    def refused(self, id: str, patch: dict[str, Any]) -> tuple[str, list[str]]:
        error = self.set(update={id: patch})["notUpdated"][id]
        return error["type"], error.get("properties")


@pytest.fixture
def account() -> Account:
    return Account()


def test_what_is_each_users_own_needs_no_right_but_to_be_subscribed(account: Account) -> None:
    own: dict[str, Any] = {"name": "x", "color": "red", "sortOrder": 1, "isVisible": False, "timeZone": "Etc/UTC"}
    assert account.set(update={"read": own | {"includeInAvailability": "all"}})["updated"] == {"read": None}
    account.set(update={"read": {"isSubscribed": False}})
    assert account.refused("read", {"color": "blue", "name": "y"}) == ("forbidden", ["color", "name"])
    assert account.set(update={"read": {"isSubscribed": True, "color": "blue"}})["updated"] == {"read": None}


def test_what_is_common_needs_the_right_to_write(account: Account) -> None:
    assert account.refused("read", {"description": "x"}) == ("forbidden", ["description"])
    assert account.set(update={"all": {"description": "x"}})["updated"] == {"all": None}


def test_one_that_may_not_be_destroyed(account: Account) -> None:
    answer = account.set(destroy=["read", "all"], onDestroyRemoveEvents=True)
    assert answer["notDestroyed"]["read"]["type"] == "forbidden" and answer["destroyed"] == ["all"]
    ((user, note),) = account.account.told
    assert (user, note["objectId"], note["newRights"]) == ("alice", "all", None)


def test_what_cannot_be_written_is_no_default(account: Account) -> None:
    assert account.set(onSuccessSetIsDefault="read")["updated"] is None
    assert account.store.records["all"]["isDefault"] is True


def test_only_who_may_share_does(account: Account) -> None:
    shares = {"P1": {"mayReadItems": True}}
    assert account.refused("read", {"shareWith": shares}) == ("forbidden", ["shareWith"])
    assert account.set(update={"all": {"shareWith": shares}})["updated"] == {"all": None}


@pytest.mark.rfc("9670", "4")
def test_the_owner_is_not_among_those_it_is_shared_with(account: Account) -> None:
    shares = {principal_id("bob"): {"mayReadItems": True}}
    assert account.refused("all", {"shareWith": shares}) == ("invalidProperties", ["shareWith"])


def test_nobody_gives_a_right_that_he_does_not_have(account: Account) -> None:
    """But what a Principal has already may stay."""
    calendar = account.store.records["read"]
    calendar["myRights"]["mayShare"] = True
    calendar["shareWith"] = {"P1": {"mayWriteAll": True}}
    for patch in ({"shareWith/P2": {"mayWriteOwn": True}}, {"shareWith/P1/mayDelete": True}):
        assert account.refused("read", patch) == ("forbidden", ["shareWith"])
    for patch in (
        {"shareWith/P1/mayReadItems": True},
        {"shareWith/P2": {"mayReadFreeBusy": True}},
        {"shareWith": None},
    ):
        assert account.set(update={"read": patch})["updated"] == {"read": None}

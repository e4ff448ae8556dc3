"""Who may write where (RFC 9610 2, 2.3, 6), over stores in memory."""

from typing import Any

import pytest

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol import dispatch
from jmapd.stores.memory import MemoryAccount, MemoryStore
from tests.contacts.host import USING

pytestmark = pytest.mark.rfc("9610", "6")
REGISTRY = methods(datatypes.ALL)


class Books(MemoryStore):
    """AddressBooks; cards are in each of them."""

    def has_items(self, id: str) -> bool:
        return True


class Account:
    """With an AddressBook "own" that may be written, and one that may not."""

    def __init__(self) -> None:
        self.stores = {"AddressBook": Books("B"), "ContactCard": MemoryStore("C", unique=("uid",))}
        for id, may in (("own", True), ("other", False)):
            rights = {"mayRead": True, "mayWrite": may, "mayShare": False, "mayDelete": may}
            book = {"name": id, "description": None, "sortOrder": 0, "isDefault": may, "isSubscribed": True}
            self._put("AddressBook", {"id": id, "shareWith": None, "myRights": rights} | book)
            card = {"@type": "Card", "version": "2.0", "uid": id, "name": {"full": id}, "addressBookIds": {id: True}}
            self._put("ContactCard", {"id": f"C{id}"} | card)

    def _put(self, type: str, record: dict[str, Any]) -> None:
        with self.stores[type].transaction() as tx:
            tx.create(record)

    def set(self, type: str, **arguments: Any) -> dict[str, Any]:
        request = {"using": list(USING), "methodCalls": [[f"{type}/set", {"accountId": "A"} | arguments, "0"]]}
        accounts = {"A": MemoryAccount("A", self.stores)}
        answer = dispatch.run(request, "alice", accounts, REGISTRY, Limits(), {}, False)
        return dict(answer["methodResponses"][0][1])


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize("books", [["other"], ["own", "other"]])
def test_nothing_is_put_where_one_may_not_write(account: Account, books: list[str]) -> None:
    card = {"addressBookIds": dict.fromkeys(books, True), "name": {"full": "Ann"}}
    error = account.set("ContactCard", create={"k": card})["notCreated"]["k"]
    assert (error["type"], error["properties"]) == ("forbidden", ["addressBookIds"]) and "other" in error["description"]
    assert len(account.stores["ContactCard"].records) == 2


def test_nothing_is_changed_moved_or_destroyed_there(account: Account) -> None:
    patches: list[tuple[str, dict[str, Any]]] = [
        ("Cother", {"name/full": "x"}),
        ("Cother", {"addressBookIds": {"own": True}}),
        ("Cown", {"addressBookIds/other": True}),
        ("Cown", {"addressBookIds": {"other": True}}),
    ]
    before = dict(account.stores["ContactCard"].records)
    for id, patch in patches:
        assert account.set("ContactCard", update={id: patch})["notUpdated"][id]["type"] == "forbidden"
    assert account.set("ContactCard", destroy=["Cother"])["notDestroyed"]["Cother"]["type"] == "forbidden"
    assert account.stores["ContactCard"].records == before
    assert account.set("ContactCard", update={"Cown": {"name/full": "x"}})["updated"] == {"Cown": None}


@pytest.mark.rfc("9610", "2.3")
def test_an_address_book_that_may_not_be_destroyed(account: Account) -> None:
    answer = account.set("AddressBook", destroy=["other", "own"], onDestroyRemoveContents=True)
    assert answer["notDestroyed"]["other"]["type"] == "forbidden" and answer["destroyed"] == ["own"]


@pytest.mark.rfc("9610", "2.3")
def test_a_default_that_nobody_can_write_in_is_ignored(account: Account) -> None:
    answer = account.set("AddressBook", onSuccessSetIsDefault="other")
    assert answer["updated"] is None
    assert account.stores["AddressBook"].records["own"]["isDefault"] is True


@pytest.mark.rfc("9610", "2.3")
def test_one_who_may_share_may(account: Account) -> None:
    shares = {"P1": {"mayRead": True, "mayWrite": False, "mayShare": False, "mayDelete": False}}
    error = account.set("AddressBook", update={"own": {"shareWith": shares}})["notUpdated"]["own"]
    assert (error["type"], error["properties"]) == ("forbidden", ["shareWith"])
    account.stores["AddressBook"].records["own"]["myRights"]["mayShare"] = True
    assert account.set("AddressBook", update={"own": {"shareWith": shares}})["updated"] == {"own": None}


@pytest.mark.rfc("9610", "2.3")
def test_nobody_gives_a_right_that_he_does_not_have(account: Account) -> None:
    """But what a Principal has already may stay."""
    none = dict.fromkeys(("mayRead", "mayWrite", "mayShare", "mayDelete"), False)
    book = account.stores["AddressBook"].records["other"]
    book["myRights"]["mayShare"] = True
    book["shareWith"] = {"P1": none | {"mayWrite": True}}
    patches: list[dict[str, Any]] = [
        {"shareWith/P2": none | {"mayRead": True, "mayWrite": True}},
        {"shareWith/P1/mayDelete": True},
        {"shareWith": {"P2": none | {"mayWrite": True}}},
    ]
    for patch in patches:
        error = account.set("AddressBook", update={"other": patch})["notUpdated"]["other"]
        assert (error["type"], error["properties"]) == ("forbidden", ["shareWith"])
    for patch in ({"shareWith/P1/mayRead": True}, {"shareWith/P2": none | {"mayShare": True}}, {"shareWith": None}):
        assert account.set("AddressBook", update={"other": patch})["updated"] == {"other": None}

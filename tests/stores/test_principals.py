"""The index of Principals and ShareNotifications (RFC 9670), which all processes and all users share."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.personal import PersonalAccount
from jmapd.stores.principals import NOTIFICATION, PRINCIPAL, Directory, principal_id
from jmapd.stores.shares import note

pytestmark = pytest.mark.rfc("9670", "3")
RIGHTS = {"mayReadItems": True}
PEOPLE = {"alice": True, "bob": True}


def directory(folder: Path) -> Directory:
    """As another process opens it."""
    return Directory(folder, lambda: PEOPLE, {"identities.domain": "example.org"})


def told(of: Directory) -> list[dict[str, Any]]:
    with of.session():
        return sorted(of.store(NOTIFICATION).scan(), key=lambda each: each["at"])


def shared(id: str, was: Any, now: Any, user: str = "alice") -> tuple[str, dict[str, Any]]:
    return user, note("team", "Calendar", {"id": id, "name": id}, {"name": "x"}, was, now)


def test_all_processes_see_the_same(tmp_path: Path) -> None:
    one, other = directory(tmp_path), directory(tmp_path)
    one.tell([shared("c1", None, RIGHTS)])
    assert told(one) == told(other) and len(told(one)) == 1
    with other.session():
        assert {each["user"] for each in other.store(PRINCIPAL).scan()} == {"alice", "bob"}
        assert other.index.verify() == []


@pytest.mark.rfc("9670", "6.3")
def test_what_is_told_of_one_object_becomes_one(tmp_path: Path) -> None:
    of = directory(tmp_path)
    of.tell([shared("c1", None, RIGHTS), shared("c2", None, RIGHTS), shared("c1", None, RIGHTS, "bob")])
    of.tell([shared("c1", RIGHTS, {"mayReadItems": False})])
    mine = [each for each in told(of) if each["user"] == "alice"]
    assert [(each["objectId"], each["oldRights"], each["newRights"]) for each in mine] == [
        ("c2", None, RIGHTS),
        ("c1", None, {"mayReadItems": False}),
    ]
    of.tell([shared("c1", {"mayReadItems": False}, None)])
    assert [each["objectId"] for each in told(of) if each["user"] == "alice"] == ["c2"]


def test_a_request_sees_one_state(tmp_path: Path) -> None:
    of = directory(tmp_path)
    with of.session():
        pass
    account: Any = type(
        "A", (), {"id": "alice", "name": "alice", "owner": "alice", "store_names": frozenset(), "guests": {}}
    )
    request = PersonalAccount(account, of, None, "")
    state, before = request.store(NOTIFICATION).state(), request.store(NOTIFICATION).ids()
    directory(tmp_path).tell([shared("c1", None, RIGHTS)])
    assert request.store(NOTIFICATION).ids() == before and request.store(NOTIFICATION).state() == state
    delta = request.store(NOTIFICATION).changes(state)
    assert delta is not None and request.store(NOTIFICATION).ids() == delta.created


def test_ids_come_from_the_names(tmp_path: Path) -> None:
    of = directory(tmp_path / "one")
    with of.session():
        ids = set(of.store(PRINCIPAL).ids())
    assert ids == {principal_id("alice"), principal_id("bob")} and all(len(id) == 25 for id in ids)

"""Identity/set: several per address, changes, what may be destroyed."""

from pathlib import Path

import pytest

from .identities import BLANK, Identities

pytestmark = pytest.mark.rfc("8621", "6.3")


@pytest.fixture
def host(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


WHOLE = {
    "name": "Alice Ärger, the “first”",
    "email": "any.thing@alice.example",
    "replyTo": [{"name": "Sales", "email": "sales@example.org"}, {"name": None, "email": "alice@example.org"}],
    "bcc": [{"name": None, "email": "alice+archive@example.org"}],
    "textSignature": "-- \nAlice\r\n\tExample Ltd.",
    "htmlSignature": "<div><b>Alice</b></div>",
}


def test_create_with_everything(host: Identities) -> None:
    answer = host.create(**WHOLE)
    assert answer == {"id": answer["id"], "mayDelete": True}
    [found] = host.call("Identity/get", {"ids": [answer["id"]]})["list"]
    assert found == WHOLE | answer


@pytest.mark.rfc("8621", "6")
def test_defaults_of_what_is_not_given(host: Identities) -> None:
    answer = host.create(email="sales@example.org")
    assert answer == {"id": answer["id"], "mayDelete": True} | BLANK


@pytest.mark.rfc("8621", "6")
def test_several_with_the_same_address(host: Identities) -> None:
    ids = {host.create(name=name)["id"] for name in ("One", "Two", "Two")}
    found = host.call("Identity/get", {"ids": None})["list"]
    assert len(ids) == 3 and ids < {record["id"] for record in found}
    assert sorted(record["name"] for record in found if record["email"] == "alice@example.org") == [
        *("", "One", "Two", "Two")
    ]


def test_a_name_in_the_address_may_be_left_out(host: Identities) -> None:
    id = host.create(replyTo=[{"email": "bob@example.org"}], bcc=[])["id"]
    [found] = host.call("Identity/get", {"ids": [id]})["list"]
    assert found["replyTo"][0]["email"] == "bob@example.org" and found["bcc"] == []


def test_update_of_one_that_the_account_has_by_itself(host: Identities) -> None:
    id, state = host.identities()["alice@example.org"]["id"], host.state()
    patch = {"name": "Alice", "textSignature": "-- \nA.", "bcc": [{"name": None, "email": "b@example.org"}]}
    answer = host.set(update={id: patch})
    assert answer["updated"] == {id: None} and host.changes(state) == ([], [id], [])
    host.start()
    found = host.identities()["alice@example.org"]
    assert found["name"] == "Alice" and found["textSignature"] == "-- \nA." and found["mayDelete"] is False
    # RFC 8620 5.3: null sets the default
    host.set(update={id: {"name": None, "bcc": None, "textSignature": None}})
    whole = BLANK | {"id": id, "email": "alice@example.org", "mayDelete": False}
    assert host.identities()["alice@example.org"] == whole


def test_what_is_equal_may_be_sent_back(host: Identities) -> None:
    before, state = host.identities()["alice@example.org"], host.state()
    assert host.set(update={before["id"]: before})["updated"] == {before["id"]: None}
    assert host.state() == state


def test_destroy_of_what_the_user_made(host: Identities) -> None:
    id = host.create()["id"]
    state = host.state()
    assert host.set(destroy=[id])["destroyed"] == [id]
    assert host.changes(state) == ([], [], [id])
    assert host.set(destroy=[id])["notDestroyed"][id]["type"] == "notFound"


@pytest.mark.rfc("8621", "6")
def test_one_whose_may_delete_is_false_stays(host: Identities) -> None:
    before, state = host.identities(), host.state()
    ids = [record["id"] for record in before.values()]
    answer = host.set(destroy=ids)
    assert answer["destroyed"] is None and {each["type"] for each in answer["notDestroyed"].values()} == {"forbidden"}
    assert all("mayDelete" in each["description"] for each in answer["notDestroyed"].values())
    assert host.identities() == before and host.state() == state


@pytest.mark.rfc("8620", "5.3")
def test_all_at_once(host: Identities) -> None:
    default, old = host.identities()["alice@example.org"]["id"], host.create(name="old")["id"]
    state = host.state()
    answer = host.set(
        ifInState=state,
        create={"good": {"email": "sales@example.org"}, "bad": {"email": "eve@evil.example"}},
        update={default: {"name": "new"}, "nope": {"name": "x"}},
        destroy=[old],
    )
    assert answer["oldState"] == state and answer["newState"] == host.state()
    new = answer["created"]["good"]["id"]
    assert answer["notCreated"]["bad"]["type"] == "forbiddenFrom"
    assert answer["notUpdated"]["nope"]["type"] == "notFound"
    assert host.changes(state) == ([new], [default], [old])
    assert host.error("Identity/set", {"ifInState": state, "destroy": [new]})["type"] == "stateMismatch"

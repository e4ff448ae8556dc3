"""isSubscribed of those who see an account that is not theirs: each has his own."""

import json
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import plain_copy
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8621", "2")


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    """alice and carol write in bob's account and in the team's, which nobody owns and bob may read."""
    host = Sharing(tmp_path, {"bob": ["alice", "carol"], "team": ["alice", "carol", "bob:read"]})
    for account in ("team", "bob"):
        host.use(account).folder("Work")
    return host


def subscribed(host: Sharing, *users: str) -> list[set[str]]:
    """The names of the Mailboxes that each is subscribed to; by /get and by /query."""
    found = []
    for user in users:
        boxes = host.log_in(user).call("Mailbox/get", {"properties": ["name", "isSubscribed"]})["list"]
        found.append({box["name"] for box in boxes if box["isSubscribed"]})
        whole = host.call("Mailbox/get")["list"]
        assert {box["name"] for box in whole if box["isSubscribed"]} == found[-1]
        for value in (True, False):
            ids = host.call("Mailbox/query", {"filter": {"isSubscribed": value}})["ids"]
            assert set(ids) == {box["id"] for box in whole if box["isSubscribed"] is value}
    return found


def update(host: Sharing, box: str, **patch: Any) -> Any:
    id = host.mailbox(box)
    answer = host.call("Mailbox/set", {"update": {id: patch}})
    assert answer["updated"] == {id: None}, answer
    return answer


def test_a_guest_is_subscribed_to_nothing_until_he_says_so(host: Sharing) -> None:
    assert subscribed(host, "bob", "alice", "carol") == [{"Inbox", "Work"}, set(), set()]
    host.use("team")
    assert subscribed(host, "alice", "carol", "bob") == [set(), set(), set()]


def test_each_has_his_own(host: Sharing) -> None:
    host.log_in("alice")
    update(host, "Work", isSubscribed=True)
    assert subscribed(host, "bob", "alice", "carol") == [{"Inbox", "Work"}, {"Work"}, set()]
    host.log_in("bob")
    update(host, "Work", isSubscribed=False)
    host.log_in("carol")
    update(host, "Inbox", isSubscribed=True)
    assert subscribed(host, "bob", "alice", "carol") == [{"Inbox"}, {"Work"}, {"Inbox"}]
    host.log_in("alice")
    update(host, "Work", isSubscribed=False)
    assert subscribed(host, "bob", "alice", "carol") == [{"Inbox"}, set(), {"Inbox"}]
    assert subscribed(host.use("team"), "alice", "carol") == [set(), set()]  # of that account only


def test_what_he_makes_himself_he_is_subscribed_to(host: Sharing) -> None:
    host.log_in("alice")
    create = {"a": {"name": "A"}, "b": {"name": "B", "isSubscribed": False}, "c": {"name": "C", "isSubscribed": True}}
    answer = host.call("Mailbox/set", {"create": create})
    assert answer["created"]["a"]["isSubscribed"] is True and "isSubscribed" not in answer["created"]["b"]
    assert subscribed(host, "alice", "carol") == [{"A", "C"}, set()]
    assert subscribed(host, "bob") == [{"Inbox", "Work", "A", "B", "C"}]  # as if another program had made them


def test_the_inbox_too_may_be_left_out(host: Sharing) -> None:
    """An owner's cannot, for Dovecot has it always; what else a guest changes of it is none of that."""
    host.log_in("alice")
    update(host, "Inbox", sortOrder=7)
    update(host, "Inbox", isSubscribed=True)
    update(host, "Inbox", isSubscribed=False)
    assert subscribed(host, "alice") == [set()]
    host.log_in("bob")
    inbox = host.mailbox("Inbox")
    error = host.call("Mailbox/set", {"update": {inbox: {"isSubscribed": False}}})["notUpdated"][inbox]
    assert (error["type"], error["properties"]) == ("invalidProperties", ["isSubscribed"])


@pytest.mark.parametrize("is_listed", [True, False])
def test_dovecots_file_is_the_owners(host: Sharing, is_listed: bool) -> None:
    path = host.roots["bob"] / "subscriptions"
    path.write_text("INBOX\nElsewhere\n" + "Work\n" * is_listed)
    before = path.read_text(), path.stat().st_ino
    host.log_in("alice")
    update(host, "Work", isSubscribed=not is_listed)
    update(host, "Inbox", isSubscribed=True)
    host.call("Mailbox/set", {"create": {"n": {"name": "New"}}})
    assert (path.read_text(), path.stat().st_ino) == before
    own = {"Inbox", "Work"} if is_listed else {"Inbox"}
    assert subscribed(host, "bob", "alice") == [own, {"Inbox", "New"} | ({"Work"} - own)]
    host.log_in("alice")
    update(host, "Work", name="Play", isSubscribed=is_listed)  # the list follows the folder, with the owner's value
    assert path.read_text() == "INBOX\nElsewhere\n" + "Play\n" * is_listed
    assert subscribed(host, "alice") == [{"Inbox", "New"} | ({"Play"} if is_listed else set())]


@pytest.mark.parametrize("has_dovecot", [True, False])
def test_no_file_is_made_for_a_guest(host: Sharing, has_dovecot: bool) -> None:
    if has_dovecot:
        (host.roots["bob"] / "dovecot-uidlist").write_text("3 V1700000000 N1 G3d0e6e0a8f1c2b4d5e6f708192a3b4c5\n")
    host.log_in("alice").call("Mailbox/set", {"create": {"n": {"name": "New", "isSubscribed": False}}})
    update(host, "Work", isSubscribed=True)
    update(host, "Work", isSubscribed=False)
    assert not (host.roots["bob"] / "subscriptions").exists()
    assert subscribed(host, "bob", "alice") == [{"Inbox", "Work", "New"}, set()]


@pytest.mark.rfc("8621", "2.2")
def test_changes_tell_it(host: Sharing) -> None:
    host.log_in("alice")
    work, before = host.mailbox("Work"), host.call("Mailbox/get", {"ids": []})["state"]
    query = host.call("Mailbox/query", {"filter": {"isSubscribed": True}})["queryState"]
    answer = update(host, "Work", isSubscribed=True)
    assert (answer["oldState"], answer["oldState"] != answer["newState"]) == (before, True)
    delta = host.call("Mailbox/changes", {"sinceState": before})
    assert (delta["updated"], delta["newState"]) == ([work], answer["newState"])
    assert delta["updatedProperties"] is None
    arguments = {"filter": {"isSubscribed": True}, "sinceQueryState": query}
    assert host.call("Mailbox/queryChanges", arguments)["added"] == [{"id": work, "index": 0}]
    again = host.call("Mailbox/set", {"update": {work: {"isSubscribed": True}}})  # it is so already
    assert again["newState"] == again["oldState"] == answer["newState"]


def test_what_fails_leaves_it_as_it_was(host: Sharing) -> None:
    host.log_in("alice")
    work = host.mailbox("Work")
    answer = host.call("Mailbox/set", {"update": {work: {"isSubscribed": True, "name": ""}}})
    assert list(answer["notUpdated"]) == [work] and answer["newState"] == answer["oldState"]
    assert subscribed(host, "alice", "bob") == [set(), {"Inbox", "Work"}]


def test_it_outlives_the_index_but_not_the_mailbox(host: Sharing, tmp_path: Path) -> None:
    host.log_in("alice").call("Mailbox/set", {"create": {"n": {"name": "New"}}})
    update(host, "Work", isSubscribed=True)
    state, new = tmp_path / "state" / "bob", host.mailbox("New")
    for path in state.iterdir():
        if path.is_file() and path.name != plain_copy.NAME:
            path.unlink()
    host.start()
    assert subscribed(host, "alice", "carol", "bob") == [{"Work", "New"}, set(), {"Inbox", "Work", "New"}]
    answer = host.log_in("alice").call("Mailbox/set", {"destroy": [new], "create": {"m": {"name": "New"}}})
    assert answer["destroyed"] == [new] and subscribed(host, "alice") == [{"Work", "New"}]
    assert new not in json.dumps(json.loads((state / plain_copy.NAME).read_text())["objects"])


def test_who_may_only_read_changes_nothing(host: Sharing) -> None:
    work = host.use("team").log_in("bob").mailbox("Work")
    error = host.error("Mailbox/set", {"update": {work: {"isSubscribed": True}}})
    assert error["type"] == "accountReadOnly" and subscribed(host, "bob") == [set()]

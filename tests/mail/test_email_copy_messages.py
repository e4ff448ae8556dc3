"""Email/copy between two Maildirs: the message goes along (RFC 8621 4.7)."""

import pytest

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol import dispatch
from tests.stores.maildir_files import Mail

pytestmark = [pytest.mark.rfc("8621", "4.7"), pytest.mark.rfc("8620", "5.4")]

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
REGISTRY = methods(datatypes.ALL)


class Two:
    """Two accounts that one user sees."""

    def __init__(self, folder):
        self.a, self.b = (Mail(folder / name) for name in ("a", "b"))
        self.b.account.id = self.b.account.name = "bob"
        for mail in (self.a, self.b):
            mail.folder()
            mail.folder(".Work")
        self.a.deliver("One", flags="FSa")
        (self.a.root / "dovecot-keywords").write_text("0 work\n")
        self.id = self.a.emails()["One"]["id"]
        self.inbox = {self.b.mailboxes()["Inbox"]["id"]: True}

    def request(self, *calls):
        request = {"using": USING, "methodCalls": [[*call, str(n)] for n, call in enumerate(calls)]}
        accounts = {"alice": self.a.account, "bob": self.b.account}
        return dispatch.run(request, "alice", accounts, REGISTRY, Limits(), {}, strict=False)["methodResponses"]

    def copy(self, create, **more):
        arguments = {"fromAccountId": "alice", "accountId": "bob", "create": create} | more
        return self.request(["Email/copy", arguments])


@pytest.fixture
def two(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    made = Two(tmp_path)
    yield made
    assert made.a.verify() == made.b.verify() == []
    assert list(tmp_path.rglob("tmp/*")) == []


def test_copy(two):
    [[name, answer, _]] = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}})
    assert name == "Email/copy"
    assert answer["created"]["k"].keys() == {"id", "blobId", "threadId", "size"}
    assert (answer["notCreated"], answer["oldState"] != answer["newState"]) == (None, True)
    [file] = two.b.names()
    assert (two.b.root / file).read_bytes() == (two.a.root / two.a.names()[0]).read_bytes()
    copied, original = two.b.emails()["One"], two.a.emails()["One"]
    assert copied == original | {"mailboxIds": two.inbox}
    assert copied["keywords"] == {"$flagged": True, "$seen": True, "work": True}
    assert file.endswith(":2,FSa") and (two.b.root / "dovecot-keywords").read_text() == "0 work\n"


def test_properties_that_are_given(two):
    given = {"keywords": {"$Draft": True}, "receivedAt": "2001-02-03T04:05:06Z", "mailboxIds": two.inbox}
    two.copy({"k": {"id": two.id} | given})
    email = two.b.emails()["One"]
    assert {name: email[name] for name in given} == given | {"keywords": {"$draft": True}}
    assert int((two.b.root / two.b.names()[0]).stat().st_mtime) == 981173106


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "mailboxIds"),  # those of the original are none of this account
        ({"mailboxIds": {}}, "mailboxIds"),
        ({"mailboxIds": {"none": True}}, "mailboxIds"),
        ({"keywords": {"a b": True}}, "keywords"),
        ({"receivedAt": "yesterday"}, "receivedAt"),
        ({"subject": "two"}, "subject"),
        ({"blobId": "G0"}, "blobId"),
        ({"header:X-Other": "two"}, "header:X-Other"),
        ({"id": 1}, "id"),
    ],
)
def test_invalid_properties(two, given, wrong):
    given = {"id": two.id} | ({"mailboxIds": two.inbox} if wrong != "mailboxIds" else {}) | given
    [[_, answer, _]] = two.copy({"k": given}, onSuccessDestroyOriginal=True)
    assert answer["created"] is None
    error = answer["notCreated"]["k"]
    assert (error["type"], error["properties"]) == ("invalidProperties", [wrong])
    assert wrong in error["description"]
    assert (two.b.names(), len(two.a.names())) == ([], 1)


def test_already_there(two):
    [[_, first, _]] = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}})
    [[_, again, _]] = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}})
    error = again["notCreated"]["k"]
    assert (error["type"], error["existingId"]) == ("alreadyExists", first["created"]["k"]["id"])
    assert again["oldState"] == again["newState"]


def test_one_message_twice_in_one_call(two):
    given = {"id": two.id, "mailboxIds": two.inbox}
    [[_, answer, _]] = two.copy({"k": given, "l": given})
    assert (len(answer["created"]), [e["type"] for e in answer["notCreated"].values()]) == (1, ["alreadyExists"])


def test_move_between_accounts(two):
    copy, destroy = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}}, onSuccessDestroyOriginal=True)
    assert (destroy[0], destroy[1]["accountId"], destroy[1]["destroyed"]) == ("Email/set", "alice", [two.id])
    assert copy[2] == destroy[2]
    assert (two.a.emails(), len(two.b.emails())) == ({}, 1)


def test_not_found(two):
    (two.a.root / two.a.names()[0]).unlink()
    create = {key: {"id": id, "mailboxIds": two.inbox} for key, id in (("a", two.id), ("b", "Mnone"))}
    [[_, answer, _]] = two.copy(create)
    assert {error["type"] for error in answer["notCreated"].values()} == {"notFound"}


def test_states(two):
    for argument in ("ifInState", "ifFromInState"):
        [[name, error, _]] = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}}, **{argument: "other"})
        assert (name, error["type"]) == ("error", "stateMismatch")
    assert two.b.names() == []


def test_more_than_memory_may_hold(two, monkeypatch):
    monkeypatch.setattr("jmapd.datatypes.mail.email_copy.AHEAD", 0)
    [[_, answer, _]] = two.copy({"k": {"id": two.id, "mailboxIds": two.inbox}})
    assert list(answer["created"]) == ["k"]
    assert two.b.emails().keys() == {"One"}


def test_the_copy_is_known_by_its_creation_id(two):
    arguments = {"fromAccountId": "alice", "accountId": "bob", "create": {"k": {"id": two.id, "mailboxIds": two.inbox}}}
    two.request(
        ["Email/copy", arguments],
        ["Email/set", {"accountId": "bob", "update": {"#k": {"keywords": {"later": True}}}}],
    )
    assert two.b.keywords("One") == {"later"}

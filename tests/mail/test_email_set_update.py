"""Email/set: update of keywords and mailboxIds, whole and by patch."""

import pytest

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8620", "5.3")]

MESSAGE = "From: a@example.org\nSubject: one\n\nHello\n"


@pytest.fixture
def host(mailhost):
    """With a message in the inbox and a folder Archive."""
    mailhost.deliver(MESSAGE, flags="S")
    mailhost.folder("Archive")
    return mailhost


def get(mailhost, id, *properties):
    """One Email."""
    [email] = mailhost.call("Email/get", {"ids": [id], "properties": list(properties)})["list"]
    return email


def update(mailhost, patch, **arguments):
    """The /set answer to one update of the only message."""
    [id] = mailhost.ids()
    return id, mailhost.call("Email/set", {"update": {id: patch}, **arguments})


def accepted(mailhost, patch):
    """The update was done; answers what the server changed besides."""
    id, answer = update(mailhost, patch)
    assert answer.get("notUpdated") is None
    assert list(answer["updated"]) == [id]
    return answer["updated"][id]


def refused(mailhost, patch):
    """The SetError."""
    id, before = mailhost.ids()[0], mailhost.call("Email/get", {"ids": None, "properties": ["keywords", "mailboxIds"]})
    id, answer = update(mailhost, patch)
    assert answer["updated"] is None
    after = mailhost.call("Email/get", {"ids": None, "properties": ["keywords", "mailboxIds"]})
    assert after == before
    return answer["notUpdated"][id]


def keywords(mailhost):
    """Of the only message."""
    return set(get(mailhost, mailhost.ids()[0], "keywords")["keywords"])


def file_names(mailhost, folder="INBOX"):
    """The files of a folder as any program sees them."""
    path = mailhost.folder(folder)
    return sorted(file.name for part in ("cur", "new") for file in (path / part).iterdir())


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({"keywords": {"$flagged": True, "$draft": True}}, {"$flagged", "$draft"}),
        ({"keywords": {}}, set()),
        ({"keywords": None}, set()),  # the default
        ({"keywords/$flagged": True}, {"$seen", "$flagged"}),
        ({"keywords/$seen": None}, set()),
        ({"keywords/$seen": False}, set()),  # as sent by clients, not in the RFC
        ({"keywords/$flagged": True, "keywords/$seen": None}, {"$flagged"}),
        ({"keywords/$label:red": True}, {"$seen", "$label:red"}),
        ({"keywords/a~1b": True}, {"$seen", "a/b"}),
        ({"keywords/$FLAGGED": True}, {"$seen", "$flagged"}),  # RFC 8621 4.1.1: case-insensitive
        ({"keywords": {"$Seen": True, "Work": True}}, {"$seen", "work"}),
        ({"keywords/$Seen": None}, set()),
        ({"keywords/" + "x" * 255: True}, {"$seen", "x" * 255}),
        ({"keywords/nothing": None}, {"$seen"}),
        ({}, {"$seen"}),
    ],
)
def test_keywords(host, patch, after):
    accepted(host, patch)
    assert keywords(host) == after


@pytest.mark.rfc("8621", "4.1.1")
@pytest.mark.parametrize("keyword", ["", "a b", "a(b", "a)", "{", "]", "%", "*", '"', "\\seen", "é", "\x7f", "x" * 256])
def test_keywords_that_are_none(host, keyword):
    error = refused(host, {"keywords": {keyword: True}})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["keywords"])


@pytest.mark.parametrize("value", [1, "true", ["a"], {"a": 1}, {"a": "x"}])
def test_keywords_of_the_wrong_type(host, value):
    error = refused(host, {"keywords": value})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["keywords"])


def test_too_many_keywords(host):
    error = refused(host, {"keywords": {f"k{n}": True for n in range(101)}})
    assert error["type"] == "tooManyKeywords"
    accepted(host, {"keywords": {f"k{n}": True for n in range(100)}})
    assert refused(host, {"keywords/more": True})["type"] == "tooManyKeywords"
    accepted(host, {"keywords/k0": None, "keywords/more": True})


def test_flags_on_disk(host):
    accepted(host, {"keywords": {"$flagged": True, "$seen": True, "$answered": True}})
    [name] = file_names(host)
    assert name.endswith(":2,FRS")


def test_keywords_without_a_letter_survive_a_restart(host):
    accepted(host, {"keywords/project-x": True})
    host.start()
    assert keywords(host) == {"$seen", "project-x"}


def test_move(host):
    inbox, archive = host.mailbox("Inbox"), host.mailbox("Archive")
    received = get(host, host.ids()[0], "receivedAt")
    accepted(host, {"mailboxIds": {archive: True}})
    assert file_names(host) == []
    assert len(file_names(host, "Archive")) == 1
    assert get(host, host.ids()[0], "receivedAt") == received
    assert host.ids(inMailbox=inbox) == []
    accepted(host, {f"mailboxIds/{inbox}": True, f"mailboxIds/{archive}": None})
    assert get(host, host.ids()[0], "mailboxIds")["mailboxIds"] == {inbox: True}


def test_in_two_mailboxes(host):
    inbox, archive = host.mailbox("Inbox"), host.mailbox("Archive")
    accepted(host, {f"mailboxIds/{archive}": True, "keywords/$flagged": True})
    assert get(host, host.ids()[0], "mailboxIds")["mailboxIds"] == {inbox: True, archive: True}
    assert [len(file_names(host)), len(file_names(host, "Archive"))] == [1, 1]
    assert all(":2," in name and "F" in name.split(":2,")[1] for name in file_names(host) + file_names(host, "Archive"))
    accepted(host, {f"mailboxIds/{inbox}": None})
    assert [len(file_names(host)), len(file_names(host, "Archive"))] == [0, 1]


def test_mailboxes_refused(host):
    inbox = host.mailbox("Inbox")
    for patch in (
        {"mailboxIds": {}},
        {"mailboxIds": None},
        {f"mailboxIds/{inbox}": None},
        {"mailboxIds": {"no-such-mailbox": True}},
        {"mailboxIds/no-such-mailbox": True},
        {"mailboxIds": {inbox: "yes"}},
        {"mailboxIds": [inbox]},
    ):
        error = refused(host, patch)
        assert (error["type"], error["properties"]) == ("invalidProperties", ["mailboxIds"]), patch


def test_all_invalid_properties_are_named(host):
    assert refused(host, {"keywords": {"a b": True}, "mailboxIds": {}})["properties"] == ["mailboxIds", "keywords"]


def test_part_of_an_update_is_never_done(host):
    error = refused(host, {"keywords/$flagged": True, "mailboxIds": {"no-such-mailbox": True}})
    assert error["properties"] == ["mailboxIds"]
    assert keywords(host) == {"$seen"}


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "blobId",
        "threadId",
        "size",
        "receivedAt",
        "subject",
        "from",
        "preview",
        "hasAttachment",
        "textBody",
        "sentAt",
    ],
)
def test_properties_that_never_change(host, name):
    [email] = host.call("Email/get", {"ids": host.ids()})["list"]
    accepted(host, {name: email[name]})  # a whole object may be sent back
    other = {"size": 1, "hasAttachment": True, "from": [], "textBody": [], "receivedAt": "2001-01-01T00:00:00Z"}
    error = refused(host, {name: other.get(name, "2002-02-02T00:00:00Z")})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


def test_a_whole_object_may_be_sent_back(host):
    [email] = host.call("Email/get", {"ids": host.ids()})["list"]
    accepted(host, email | {"keywords": {"$flagged": True}})
    assert keywords(host) == {"$flagged"}


def test_header_properties_never_change(host):
    accepted(host, {"header:Subject": " one"})
    assert refused(host, {"header:Subject": " two"})["type"] == "invalidProperties"


def test_unknown_property(host):
    error = refused(host, {"colour": "red", "keywords/$flagged": True})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["colour"])


@pytest.mark.parametrize(
    "patch",
    [
        {"keywords/$seen/deeper": True},
        {"keywords": {"$seen": True}, "keywords/$seen": True},
        {"from/0": None},
    ],
)
def test_invalid_patch(host, patch):
    assert refused(host, patch)["type"] == "invalidPatch"


def test_not_found(host):
    answer = host.call("Email/set", {"update": {"Mnone": {"keywords/$seen": True}}})
    assert answer["notUpdated"]["Mnone"]["type"] == "notFound"


def test_if_in_state(host):
    state = host.call("Email/get", {"ids": []})["state"]
    id, answer = update(host, {"keywords/$flagged": True}, ifInState=state)
    assert answer["oldState"] == state != answer["newState"]
    arguments = {"update": {id: {"keywords/$flagged": None}}, "ifInState": state}
    assert host.error("Email/set", arguments)["type"] == "stateMismatch"
    assert keywords(host) == {"$seen", "$flagged"}

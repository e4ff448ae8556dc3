"""Email/set, /import and /copy: what counts as a report of junk or of its opposite, and what does not."""

import orjson
import pytest

from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8621", "4.1.1")
MESSAGE = "From: a@example.org\nSubject: one\n\nHello\n"
LEARNING = {"learn_junk": ["true"], "learn_ham": ["true"]}


def prepared(host, folder="INBOX", flags="S"):
    host.deliver(MESSAGE, folder=folder, flags=flags)
    for name in ("Archive", "Junk", "Junk.2024", "Trash", "Trash.old", "Drafts"):
        host.folder(name)
    host.id = host.ids()[0]
    host.boxes = {box["name"]: box["id"] for box in host.call("Mailbox/get", {"ids": None})["list"]}
    return host


@pytest.fixture
def host(make_mailhost):
    return make_mailhost(junk=LEARNING)


def update(host, **patch):
    assert host.call("Email/set", {"update": {host.id: patch}})["notUpdated"] is None


def move(host, *names, **more):
    update(host, mailboxIds={host.boxes[name]: True for name in names}, **more)


def said(host, account="alice"):
    """What is in the queue, in order: [(id, kind)]."""
    path = host.root.parents[1] / "state" / account / "learn" / "queue"
    return [tuple(orjson.loads(line)[:2]) for line in path.read_bytes().splitlines()] if path.exists() else []


def kinds(host):
    assert {id for id, _ in said(host)} <= {host.id}
    return [kind for _, kind in said(host)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"$junk"}, ["junk"]),
        ({}, {"$phishing"}, ["junk"]),
        ({}, {"$Junk"}, ["junk"]),
        ({}, {"$notjunk"}, ["ham"]),
        ({"$junk"}, {"$notjunk"}, ["junk", "ham"]),
        ({"$notjunk"}, {"$junk"}, ["ham", "junk"]),
        ({"$notjunk"}, {"$notjunk", "$phishing"}, ["ham", "junk"]),  # the later word counts
        ({}, {"$junk", "$notjunk"}, [None]),  # contradicts itself
        ({"$junk"}, {}, ["junk", None]),  # taken back, which does not mean the opposite
        ({"$notjunk"}, {}, ["ham", None]),
        ({"$junk", "$phishing"}, {"$junk"}, ["junk"]),
        ({"$junk"}, {"$junk", "$seen"}, ["junk"]),
        ({}, {"$seen", "$flagged"}, []),
        ({"$draft"}, {"$draft", "$junk"}, []),
    ],
)
def test_keywords(host, before, after, expected):
    prepared(host)
    update(host, keywords=dict.fromkeys(before, True))
    update(host, keywords=dict.fromkeys(after, True))
    assert kinds(host) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (["Inbox"], ["Junk"], ["junk"]),
        (["Inbox"], ["2024"], ["junk"]),  # below Junk
        (["Inbox"], ["Inbox", "Junk"], ["junk"]),
        (["Junk"], ["Inbox"], ["ham"]),
        (["Junk"], ["Archive", "Inbox"], ["ham"]),
        (["2024"], ["Archive"], ["ham"]),
        (["Junk"], ["Trash"], []),  # thrown away, and junk still
        (["Junk"], ["old"], []),
        (["Junk"], ["2024"], []),
        (["Junk", "Inbox"], ["Junk"], []),
        (["Inbox"], ["Trash"], []),
        (["Trash"], ["Junk"], ["junk"]),
        (["Trash"], ["Inbox"], []),
        (["Inbox"], ["Archive"], []),
    ],
)
def test_moves(make_mailhost, start, end, expected):
    host = prepared(make_mailhost())  # nothing to learn with, so nothing is noted
    move(host, *start)
    assert said(host) == []
    host.config = type(host.config)(**vars(host.config) | {"junk": type(host.config.junk)(**LEARNING)})
    host.start()
    move(host, *end)
    assert kinds(host) == expected


def test_keyword_says_more_than_the_place(host):
    prepared(host, folder="Junk")
    move(host, "Archive", keywords={"$junk": True})
    move(host, "Junk", keywords={"$notjunk": True})
    assert kinds(host) == ["junk", "ham"]


def test_junk_that_keeps_its_keyword_does_not_become_ham_by_a_move(host):
    prepared(host)
    move(host, "Junk", keywords={"$junk": True})
    move(host, "Archive")
    assert kinds(host) == ["junk"]


def test_drafts_are_neither(host):
    prepared(host, folder="Drafts", flags="DS")
    move(host, "Junk")
    move(host, "Inbox")
    assert kinds(host) == []


def test_update_that_is_refused_says_nothing(host):
    prepared(host)
    bad = {"keywords/$junk": True, "mailboxIds": {"none": True}}
    assert host.call("Email/set", {"update": {host.id: bad}})["notUpdated"]
    host.error("Email/set", {"update": {host.id: {"keywords/$junk": True}}, "ifInState": "other"})
    assert kinds(host) == []


def test_update_that_cannot_be_made_says_nothing(make_mailhost):
    host = prepared(make_mailhost(junk=LEARNING, quota={"rules": ["*:messages=1"]}))
    both = {"mailboxIds": {host.boxes["Inbox"]: True, host.boxes["Junk"]: True}}
    assert host.call("Email/set", {"update": {host.id: both}})["notUpdated"][host.id]["type"] == "overQuota"
    assert kinds(host) == []


def test_nothing_is_noted_where_nothing_learns(mailhost):
    host = prepared(mailhost)
    update(host, **{"keywords/$junk": True})
    move(host, "Junk")
    assert not (host.root.parents[1] / "state" / "alice" / "learn").exists()


@pytest.mark.rfc("8621", "4.8")
def test_import_says_what_its_keywords_say(host):
    prepared(host)
    given = [("Inbox", ["$junk"]), ("Junk", []), ("Inbox", ["$notjunk"]), ("Inbox", ["$junk", "$draft"])]
    for number, (box, keywords) in enumerate(given):
        data = MESSAGE.replace("one", f"imported {number}")
        blob = host.client.post("/jmap/upload/alice/", data=data.encode(), auth=host.authorization).get_json()["blobId"]
        email = {"blobId": blob, "mailboxIds": {host.boxes[box]: True}, "keywords": dict.fromkeys(keywords, True)}
        answer = host.call("Email/import", {"emails": {"k": email}})
        assert answer["created"], answer
    assert [kind for _, kind in said(host)] == ["junk", "ham"]


@pytest.mark.rfc("8621", "4.7")
@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [("INBOX", "Junk", ["junk"]), ("Junk", "Inbox", ["ham"]), ("Junk", "Junk", []), ("INBOX", "Inbox", []),
     ("Junk", "Trash", [])],
)  # fmt: skip
def test_copy_is_a_move_between_accounts(tmp_path, source, target, expected):
    host = Sharing(tmp_path, junk=LEARNING)
    prepared(host.use("team"), folder=source)
    own, there = host.use("alice"), host.id
    for name in ("Junk", "Trash"):
        host.folder(name)
    copy = {"fromAccountId": "team", "create": {"k": {"id": there, "mailboxIds": {own.mailbox(target): True}}}}
    assert host.call("Email/copy", copy | {"onSuccessDestroyOriginal": True})["notCreated"] is None
    assert [kind for _, kind in said(host)] == expected
    assert said(host, "team") == []


def test_full_disk_stops_no_mail(host, caplog):
    prepared(host)
    folder = host.root.parents[1] / "state" / "alice" / "learn"
    folder.write_text("in the way")
    update(host, **{"keywords/$junk": True})
    assert str(folder) in caplog.text and host.ids(hasKeyword="$junk") == [host.id]

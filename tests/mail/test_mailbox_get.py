"""Mailbox/get and /changes."""

import pytest

from jmapd.datatypes.mail.mailbox import MAILBOX
from tests.conftest import MAIL

pytestmark = pytest.mark.rfc("8621", "2")

COUNTS = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]


def counts(mailhost, name):
    box = next(box for box in mailhost.call("Mailbox/get")["list"] if box["name"] == name)
    return tuple(box[count] for count in COUNTS)


@pytest.mark.rfc("8621", "2.1")
def test_all_properties(mailhost, post):
    post(folder="Work.Plans")
    answer = mailhost.call("Mailbox/get", {"ids": None})
    boxes = {box["name"]: box for box in answer["list"]}
    assert answer["notFound"] == [] and answer["state"]
    for box in boxes.values():
        assert set(box) == {"id", "name", "parentId", "role", "sortOrder", "myRights", "isSubscribed", *COUNTS}
        assert set(box["myRights"]) == {
            "mayReadItems",
            "mayAddItems",
            "mayRemoveItems",
            "maySetSeen",
            "maySetKeywords",
            "mayCreateChild",
            "mayRename",
            "mayDelete",
            "maySubmit",
        }
        assert all(type(right) is bool for right in box["myRights"].values())
        assert 0 <= box["sortOrder"] < 2**31
    assert boxes["Inbox"]["role"] == "inbox" and boxes["Inbox"]["parentId"] is None
    assert boxes["Plans"]["parentId"] == boxes["Work"]["id"]
    roles = [box["role"] for box in boxes.values() if box["role"]]
    assert len(roles) == len(set(roles))


@pytest.mark.rfc("8621", "2")
def test_rights_are_what_the_methods_can_do(mailhost):
    """Clients offer by them what a user can choose."""
    mailhost.folder("Work")
    for box in mailhost.call("Mailbox/get")["list"]:
        refused = {name for name, value in box["myRights"].items() if not value}
        assert refused == (set() if box["name"] == "Work" else {"mayRename", "mayDelete"})


@pytest.mark.rfc("8620", "5.1")
def test_ids_and_properties(mailhost):
    inbox = mailhost.mailbox("Inbox")
    answer = mailhost.call("Mailbox/get", {"ids": [inbox, "nowhere"], "properties": ["role", "totalEmails"]})
    assert answer["list"] == [{"id": inbox, "role": "inbox", "totalEmails": 0}]
    assert answer["notFound"] == ["nowhere"]
    assert mailhost.call("Mailbox/get", {"ids": []})["list"] == []
    assert mailhost.error("Mailbox/get", {"ids": None, "properties": ["colour"]})["type"] == "invalidArguments"


def test_counts(mailhost, post):
    post("A", flags="S")
    post("B", flags="")
    post("Re: B", flags="", References="<2@example.org>")
    post("C", flags="D")  # a draft is not unread
    post("Re: A", flags="", folder="Work", References="<1@example.org>")
    # A is unread in the inbox, too: a message of its thread is, wherever it lies
    assert counts(mailhost, "Inbox") == (4, 2, 3, 2)
    assert counts(mailhost, "Work") == (1, 1, 1, 1)


def test_what_is_in_the_trash_is_in_a_thread_of_its_own(mailhost, post):
    post("A", flags="S")
    post("Re: A", flags="", folder="Trash", References="<1@example.org>")
    assert counts(mailhost, "Trash") == (1, 1, 1, 1)
    assert counts(mailhost, "Inbox") == (1, 0, 1, 0)
    post("B", flags="", References="<3@example.org>")
    post("Re: B", flags="S", folder="Trash", References="<3@example.org>")
    assert counts(mailhost, "Trash") == (2, 1, 2, 1)
    assert counts(mailhost, "Inbox") == (2, 1, 2, 1)


@pytest.mark.rfc("8621", "2")
def test_what_is_in_the_trash_and_elsewhere_counts_in_both(mailhost):
    mailhost.deliver("Message-ID: <1@example.org>\nSubject: A\n\nread\n", flags="S")
    mailhost.deliver("In-Reply-To: <1@example.org>\nSubject: Re: A\n\nunread\n", folder="Trash", flags="")
    assert counts(mailhost, "Inbox") == (1, 0, 1, 0)
    mailhost.deliver("In-Reply-To: <1@example.org>\nSubject: Re: A\n\nunread\n", folder="Work", flags="")
    assert counts(mailhost, "Trash") == counts(mailhost, "Work") == (1, 1, 1, 1)
    assert counts(mailhost, "Inbox") == (1, 0, 1, 1)  # the unread Email need not be the one in this Mailbox


@pytest.mark.rfc("8621", "4.1.1")
def test_what_imap_has_marked_deleted_is_not_counted(mailhost, post):
    post(flags="S")
    post(flags="T")
    post(flags="FT", folder="Work")
    assert counts(mailhost, "Inbox") == (1, 0, 1, 0)
    assert counts(mailhost, "Work") == (0, 0, 0, 0)


@pytest.mark.rfc("8621", "2.2")
def test_changes_of_more_than_the_counts_name_no_properties(mailhost, post):
    mailhost.folder("Work")
    state, work = mailhost.call("Mailbox/get")["state"], mailhost.mailbox("Work")
    post(flags="")
    (mailhost.root / ".Work").rename(mailhost.root / ".Jobs")
    changes = mailhost.call("Mailbox/changes", {"sinceState": state})
    assert set(changes["updated"]) == {mailhost.mailbox("Inbox"), work}
    assert changes["updatedProperties"] is None


@pytest.mark.rfc("8621", "2.2")
def test_changes_name_the_counts_when_nothing_else_changed(mailhost, post):
    state, inbox = mailhost.call("Mailbox/get")["state"], mailhost.mailbox("Inbox")
    quiet = mailhost.call("Mailbox/changes", {"sinceState": state})
    assert (quiet["created"], quiet["updated"], quiet["destroyed"]) == ([], [], [])
    assert quiet["newState"] == state and "updatedProperties" in quiet
    post(flags="")
    changes = mailhost.call("Mailbox/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [inbox], [])
    assert set(changes["updatedProperties"]) == set(COUNTS)
    assert changes["newState"] != state and changes["hasMoreChanges"] is False


@pytest.mark.rfc("8621", "2.2")
def test_updated_properties_serve_as_a_result_reference(mailhost, post):
    state = mailhost.call("Mailbox/get")["state"]
    post(flags="")
    account = {"accountId": mailhost.account}
    reference = {
        "#ids": {"resultOf": "a", "name": "Mailbox/changes", "path": "/updated"},
        "#properties": {"resultOf": "a", "name": "Mailbox/changes", "path": "/updatedProperties"},
    }
    _, (name, answer, _) = mailhost.request(
        [["Mailbox/changes", account | {"sinceState": state}, "a"], ["Mailbox/get", account | reference, "b"]]
    )
    assert name == "Mailbox/get"
    assert [set(box) for box in answer["list"]] == [{"id", *COUNTS}]


@pytest.mark.rfc("8621", "2.2")
def test_a_flag_that_counts_do_not_depend_on_changes_no_mailbox(mailhost, post):
    post(flags="S")
    state = mailhost.call("Mailbox/get")["state"]
    path = next((mailhost.root / "cur").iterdir())
    path.rename(path.with_name(path.name.replace(":2,S", ":2,FS")))
    assert mailhost.ids(hasKeyword="$flagged")
    assert mailhost.call("Mailbox/changes", {"sinceState": state})["updated"] == []
    path = next((mailhost.root / "cur").iterdir())
    path.rename(path.with_name(path.name.replace(":2,FS", ":2,F")))
    assert mailhost.call("Mailbox/changes", {"sinceState": state})["updated"] == [mailhost.mailbox("Inbox")]


@pytest.mark.rfc("8621", "2.2")
def test_new_and_vanished_folders(mailhost):
    state = mailhost.call("Mailbox/get")["state"]
    folder = mailhost.folder("Work")
    work = mailhost.mailbox("Work")
    changes = mailhost.call("Mailbox/changes", {"sinceState": state})
    assert work in changes["created"] and changes["destroyed"] == []
    for part in folder.iterdir():
        part.rmdir()
    folder.rmdir()
    later = mailhost.call("Mailbox/changes", {"sinceState": changes["newState"]})
    assert later["destroyed"] == [work] and later["created"] == []
    assert work not in (whole := mailhost.call("Mailbox/changes", {"sinceState": state}))["created"]
    assert work not in whole["updated"]


@pytest.mark.rfc("8620", "5.2")
def test_states_that_are_not_ours(mailhost):
    assert mailhost.error("Mailbox/changes", {"sinceState": "nonsense"})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("8620", "3.3")
def test_sharing_is_prepared_but_not_offered(mailhost):
    share = "urn:ietf:params:jmap:mail:share"
    body = {"using": [share], "methodCalls": []}
    answer = mailhost.client.post("/jmap/api/", json=body, auth=mailhost.authorization)
    assert answer.get_json()["type"].endswith("unknownCapability")
    assert "shareWith" in MAILBOX.properties and MAILBOX.properties["shareWith"].capability == share
    assert "shareWith" not in mailhost.call("Mailbox/get")["list"][0]
    session = mailhost.client.get("/.well-known/jmap", auth=mailhost.authorization, follow_redirects=True).get_json()
    assert share not in session["capabilities"] and MAIL in session["capabilities"]

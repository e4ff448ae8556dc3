"""Email/get when files vanish or cannot be read, and that what the index has needs no file."""

import pytest

from tests.mail.email_properties import STORED

pytestmark = [pytest.mark.rfc("8620", "5.1"), pytest.mark.rfc("8621", "4.2")]

MESSAGE = "From: a@example.org\nSubject: number {}\nList-Id: <l.example.org>\n\nHello {}\n"
INDEXED = ["header:List-Id:asText", "header:List-Unsubscribe:asURLs", "header:Subject:asText"]
FAST = [*STORED[1:], *INDEXED, "header:X-None:all", "bodyValues"]


def get(mailhost, ids, *properties):
    """Ids found, ids not found, and the Emails."""
    answer = mailhost.call("Email/get", {"ids": ids, "properties": list(properties)})
    return [email["id"] for email in answer["list"]], answer["notFound"], answer["list"]


@pytest.fixture
def unreadable(mailhost):
    """Two messages; the older one's file has turned into a link to nowhere."""
    old = mailhost.deliver(MESSAGE.format(1, 1))
    mailhost.deliver(MESSAGE.format(2, 2))
    assert len(mailhost.ids()) == 2
    link = old.with_name("link")
    link.symlink_to("nowhere")
    link.replace(old)
    return mailhost


def test_what_the_index_has_needs_no_file(unreadable):
    ids = unreadable.ids()
    found, missing, emails = get(unreadable, ids, *FAST)
    assert (found, missing) == (ids, [])
    assert [email["subject"] for email in emails] == ["number 2", "number 1"]
    assert [email["header:List-Id:asText"] for email in emails] == ["<l.example.org>"] * 2
    assert [email["header:X-None:all"] for email in emails] == [[], []]


@pytest.mark.parametrize("name", ["textBody", "bodyStructure", "headers", "attachments", "header:From", "htmlBody"])
def test_what_needs_the_file_is_not_found(unreadable, name):
    newer, older = unreadable.ids()
    found, missing, _ = get(unreadable, [older, newer], "subject", name)
    assert (found, missing) == ([newer], [older])


def test_vanished(mailhost):
    file = mailhost.deliver(MESSAGE.format(1, 1))
    [id] = mailhost.ids()
    file.unlink()
    assert get(mailhost, [id], "subject")[:2] == ([], [id])


def test_renamed_by_another_program(mailhost):
    file = mailhost.deliver(MESSAGE.format(1, 1), new=True)
    [id] = mailhost.ids()
    file.rename(mailhost.root / "cur" / (file.name + ":2,RS"))
    found, missing, [email] = get(mailhost, [id], "textBody", "keywords", "header:From")
    assert (found, missing) == ([id], [])
    assert email["keywords"] == {"$answered": True, "$seen": True}
    assert email["header:From"] == " a@example.org"


def test_a_file_of_another_folder_serves_as_well(mailhost):
    file = mailhost.deliver(MESSAGE.format(1, 1))
    mailhost.deliver(MESSAGE.format(1, 1), folder="Archive")
    [id] = mailhost.ids()
    link = file.with_name("link")
    link.symlink_to("nowhere")
    link.replace(file)
    assert get(mailhost, [id], "textBody", "header:From")[:2] == ([id], [])


@pytest.mark.rfc("8620", "5.3")
def test_set_of_what_cannot_be_read(unreadable):
    newer, older = unreadable.ids()
    body = {"textBody": [], "keywords/$flagged": True}  # what it has there cannot be compared
    update = {older: body, newer: {"keywords/$flagged": True}}
    answer = unreadable.call("Email/set", {"update": update})
    assert list(answer["updated"]) == [newer]
    assert answer["notUpdated"][older]["type"] == "notFound"
    answer = unreadable.call("Email/set", {"update": {older: {"keywords/$flagged": True}}})
    assert list(answer["updated"]) == [older]
    assert unreadable.call("Email/set", {"destroy": [older]})["destroyed"] == [older]

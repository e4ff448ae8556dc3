"""A mail client's typical day over gunicorn and nginx with the files of etc/; Dovecot's IMAP is the outside witness."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .jmap import Jmap
from .peers import Dovecot, append, checked, fetched, listed, message
from .web import CORE, Gunicorn, Nginx

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4"), pytest.mark.rfc("8620", "3.7")]
PICTURE = bytes(range(256)) * 40
NEWEST = [{"property": "receivedAt", "isAscending": False}]


@pytest.fixture
def nginx(beside_dovecot: Gunicorn, tmp_path: Path) -> Iterator[Nginx]:
    server = Nginx(tmp_path, beside_dovecot.port)
    yield server
    server.stop()


@pytest.fixture
def mail(dovecot: Dovecot) -> Dovecot:
    """A mailbox that has been in use for a while."""
    with dovecot.imap() as imap:
        for name in ("Drafts", "Sent", "Trash", "Archive"):
            checked(imap.create(name))
            checked(imap.subscribe(name))
        append(imap, "yesterday", "\\Seen")
    text = message("Invoice", "Dear Alice,\r\n\r\nplease pay the zeppelin.\r\n")
    dovecot.lmtp(text.replace(b"Subject: ", b"To: alice@example.org\r\nSubject: "))
    dovecot.lmtp(message("Lunch", "At noon?\r\n"))
    dovecot.lmtp(message("Advert", "Buy!\r\n"))
    return dovecot


class Client:
    """What its user does, one after the other. All goes through nginx."""

    def __init__(self, nginx: Nginx) -> None:
        self.jmap = Jmap(nginx)
        status, _, data = nginx.send("GET", "/.well-known/jmap")
        assert status == 200
        self.session = json.loads(data)
        (self.account,) = self.session["accounts"]
        assert self.session["apiUrl"] == f"https://127.0.0.1:{nginx.port}/jmap/api/"
        assert self.session["capabilities"][CORE]["maxSizeUpload"] > 1_000_000

    def boxes(self) -> dict[str, str]:
        """By role, else by name."""
        boxes = self.jmap.call("Mailbox/get", ids=None)["list"]
        return {box["role"] or box["name"]: box["id"] for box in boxes}

    def inbox(self, **filter: str) -> dict[str, dict[str, Any]]:
        """As it is opened: the query, its threads and their Emails in one request."""
        shown = ["threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview", "hasAttachment"]

        def refer(call: int, method: str, path: str) -> dict[str, str]:
            return {"resultOf": str(call), "name": method, "path": path}

        answers = self.jmap.request(
            ("Email/query", {"filter": {"inMailbox": self.boxes()["inbox"]} | filter, "sort": NEWEST,
                             "collapseThreads": True, "limit": 30, "calculateTotal": True}),
            ("Email/get", {"#ids": refer(0, "Email/query", "/ids"), "properties": ["threadId"]}),
            ("Thread/get", {"#ids": refer(1, "Email/get", "/list/*/threadId")}),
            ("Email/get", {"#ids": refer(2, "Thread/get", "/list/*/emailIds"), "properties": shown}),
        )  # fmt: skip
        assert [name for name, _ in answers] == ["Email/query", "Email/get", "Thread/get", "Email/get"], answers
        return {email["subject"]: email for email in answers[3][1]["list"]}

    def open(self, id: str) -> dict[str, Any]:
        """A message with its text, which is read then."""
        properties = ["id", "from", "to", "subject", "messageId", "references", "textBody", "bodyValues", "attachments"]
        answer = self.jmap.call("Email/get", ids=[id], properties=properties, fetchTextBodyValues=True)
        self.jmap.update(id, **{"keywords/$seen": True})
        email: dict[str, Any] = answer["list"][0]
        return email

    def reply(self, to: dict[str, Any], text: str, *attachments: dict[str, Any]) -> dict[str, Any]:
        """What the draft of an answer is made of."""
        return {
            "mailboxIds": {self.boxes()["drafts"]: True},
            "keywords": {"$draft": True, "$seen": True},
            "from": [{"name": "Alice", "email": "alice@example.org"}],
            "to": to["from"],
            "subject": f"Re: {to['subject']}",
            "inReplyTo": to["messageId"],
            "references": [*(to["references"] or []), *to["messageId"]],
            "textBody": [{"partId": "text", "type": "text/plain"}],
            "bodyValues": {"text": {"value": text}},
            "attachments": list(attachments),
        }

    def text(self, id: str) -> str:
        email = self.open(id)
        return str(email["bodyValues"][email["textBody"][0]["partId"]]["value"])


def test_the_day(beside_dovecot: Gunicorn, mail: Dovecot, nginx: Nginx) -> None:
    client = Client(nginx)
    boxes, inbox, state = client.boxes(), client.inbox(), client.jmap.call("Email/get", ids=[])["state"]
    assert boxes.keys() >= {"inbox", "drafts", "sent", "trash", "archive"}
    assert inbox.keys() == {"yesterday", "Invoice", "Lunch", "Advert"}
    assert inbox["Invoice"]["preview"] == "Dear Alice, please pay the zeppelin."
    assert client.inbox(text="zeppelin").keys() == {"Invoice"}
    invoice = client.open(inbox["Invoice"]["id"])
    assert "zeppelin" in client.text(invoice["id"])
    assert fetched(mail)["Invoice"]["keywords"] == {"$seen"}
    draft = answer_with_attachment(client, mail, invoice)
    tidy_up(client, mail, inbox)
    picture = client.open(draft)["attachments"][0]
    assert client.jmap.blob(picture["blobId"]) == PICTURE
    changes = client.jmap.call("Email/changes", sinceState=state)
    assert (changes["created"], changes["destroyed"]) == ([draft], [inbox["Advert"]["id"]])
    assert client.inbox().keys() == {"yesterday", "Invoice", "Re: Invoice"}  # with its thread
    assert fetched(mail).keys() == {"yesterday", "Invoice"}
    assert client.jmap.call("Email/get", ids=None)["state"] == changes["newState"]


def answer_with_attachment(client: Client, mail: Dovecot, invoice: dict[str, Any]) -> str:
    """Saved as a draft, and saved again; the id of the last one."""
    blob = client.jmap.upload(PICTURE, "image/png")
    picture = {"blobId": blob, "type": "image/png", "name": "Überweisung.png", "disposition": "attachment"}
    first = client.jmap.created("Email/set", client.reply(invoice, "I shall.\n", picture))["id"]
    assert client.open(first)["attachments"][0]["name"] == "Überweisung.png"
    better = client.reply(invoice, "I have. 🙂\n", picture)
    answer = client.jmap.call("Email/set", create={"new": better}, destroy=[first])
    assert answer["destroyed"] == [first], answer
    draft: str = answer["created"]["new"]["id"]
    assert client.text(draft) == "I have. 🙂\n"
    drafts = fetched(mail, "Drafts")
    assert {name: each["keywords"] for name, each in drafts.items()} == {"Re: Invoice": {"$draft", "$seen"}}
    with mail.imap() as imap:
        checked(imap.select("Drafts"))
        ((_, data), *_) = checked(imap.fetch("1", "(BODY.PEEK[])"))  # type: ignore[misc]
    assert (
        hashlib.sha256(data).digest() == hashlib.sha256(client.jmap.blob(answer["created"]["new"]["blobId"])).digest()
    )
    assert b"\r\nIn-Reply-To: <Invoice@example.org>\r\n" in data
    thread = client.jmap.call("Email/get", ids=[draft, invoice["id"]], properties=["threadId"])["list"]
    assert thread[0]["threadId"] == thread[1]["threadId"]
    client.jmap.update(invoice["id"], **{"keywords/$answered": True})
    assert fetched(mail)["Invoice"]["keywords"] == {"$seen", "$answered"}
    return draft


def tidy_up(client: Client, mail: Dovecot, inbox: dict[str, dict[str, Any]]) -> None:
    """A new folder, renamed and gone again; a message moved, flagged, deleted; the trash emptied."""
    boxes, jmap = client.boxes(), client.jmap
    folder = jmap.created("Mailbox/set", {"name": "Friends", "parentId": boxes["archive"]})["id"]
    lunch, advert = inbox["Lunch"]["id"], inbox["Advert"]["id"]
    jmap.update(lunch, mailboxIds={folder: True}, **{"keywords/$flagged": True})
    assert fetched(mail, "Archive.Friends")["Lunch"]["keywords"] == {"$flagged"}
    assert jmap.call("Mailbox/set", update={folder: {"name": "Freunde"}})["updated"] == {folder: None}
    with mail.imap() as imap:
        assert listed(imap) == {"INBOX", "Drafts", "Sent", "Trash", "Archive", "Archive.Freunde"}
    jmap.update(lunch, mailboxIds={boxes["archive"]: True})
    assert jmap.call("Mailbox/set", destroy=[folder])["destroyed"] == [folder]
    jmap.update(advert, mailboxIds={boxes["trash"]: True})
    assert fetched(mail, "Trash").keys() == {"Advert"}
    trash = jmap.call("Email/query", filter={"inMailbox": boxes["trash"]})["ids"]
    assert jmap.call("Email/set", destroy=trash)["destroyed"] == [advert]
    with mail.imap() as imap:
        assert listed(imap) == {"INBOX", "Drafts", "Sent", "Trash", "Archive"}
    views = {name: fetched(mail, name).keys() for name in ("Trash", "Archive")}
    assert views == {"Trash": set(), "Archive": {"Lunch"}}

"""A server with something of everything, what of it a request can name, and what it has on disk."""

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jmapd.stores.principals import principal_id
from jmapd.wire import ijson
from tests.conftest import MailHost
from tests.fuzz import calendar_seeds, contact_seeds

SHARED = {"team": ["alice"], "library": ["alice:read"]}
LEAST = {  # of each type in alice's account
    "AddressBook": 3,
    "ContactCard": 5,
    "Calendar": 3,
    "CalendarEvent": 5,
    "TaskList": 3,
    "Task": 5,
    "ParticipantIdentity": 3,
    "Principal": 1,
}
MISSING_BLOB = "G" + "0" * 64
INNER = "From: Bob <bob@example.org>\nSubject: inner\nMessage-ID: <i@example.org>\n\nInner text\n"
MESSAGES = [
    "From: Alice <alice@example.org>\nTo: bob@example.org\nSubject: plain\nMessage-ID: <{n}@example.org>\n\nText\n",
    "From: bob@example.org\nSubject: Re: plain\nReferences: <1@example.org>\nMessage-ID: <{n}@example.org>\n\nAnswer\n",
    "From: bob@example.org\nSubject: parts {n}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n"
    "--o\nContent-Type: text/html; charset=utf-8\n\n<p>Hello\n--o\nContent-Type: image/png; name=x.png\n"
    f"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--o\nContent-Type: message/rfc822\n\n{INNER}\n--o--\n",
]


class World:
    """alice's server; team's mail is hers too, of library she may only read, bob's she may not see.

    `refresh` looks up what there is, and puts back what earlier requests destroyed.
    """

    def __init__(self, folder: Path, **sections: dict[str, Any]) -> None:
        self.folder, self.count = folder, 0
        sections = {"smime": {"trust_store": ""}, "identities": {"domain": "example.org"}} | sections
        paths = {name: str(folder / name / "{user}") for name in ("contacts", "calendars")}
        for number, name in enumerate(("alice", "team", "library", "bob")):
            contact_seeds.write(folder / "contacts" / name, -number)
            calendar_seeds.write(folder / "calendars" / name, -number)
        self.host = MailHost(folder, accounts={"shared": SHARED}, paths=paths, **sections)
        self.registry = self.host.app.site.registry
        self.using = sorted(self.registry.capabilities)
        for name in ("team", "library", "bob"):
            for part in ("cur", "new", "tmp"):
                (folder / "mail" / name / part).mkdir(parents=True)
            (folder / "mail" / name / "cur" / "1700000000.M1P1.host:2,S").write_text(f"Subject: of {name}\n\n{name}\n")
        self.uploads = [self.upload(INNER.encode()), self.upload(b"just some octets")]
        both = contact_seeds.file("parsed 1") + contact_seeds.file("parsed 2", "3.0")
        self.cards = [self.upload(both.encode()), self.upload(contact_seeds.file("parsed 3").encode())]
        self.upload(contact_seeds.PNG)
        self.upload(calendar_seeds.PNG)
        self.calendars = [self.upload(calendar_seeds.file(number).encode()) for number in (1001, 1002)]
        self.foreign = ["G" + hashlib.sha256(f"Subject: of {name}\r\n\r\n{name}\r\n".encode()).hexdigest()
                        for name in ("team", "library", "bob")]  # fmt: skip
        self.logged = Logged()
        self.refresh()

    def upload(self, data: bytes, account: str = "alice") -> str:
        """The blobId."""
        answer = self.host.client.post(
            f"/jmap/upload/{account}/", data=data, content_type="message/rfc822", auth=self.host.authorization
        )
        return str(answer.get_json()["blobId"])

    def new_email(self, account: str) -> str:
        """The id of a message that is in that account only."""
        self.count += 1
        text = f"Subject: new {self.count}\nDisposition-Notification-To: bob@example.org\n\nText\n"
        (self.folder / "mail" / account / "new" / f"1700000000.M{self.count}P3.host").write_text(text)
        return "M" + hashlib.sha256(text.replace("\n", "\r\n").encode()).hexdigest()[:24]

    def post(self, body: bytes) -> Any:
        """The HTTP response to a request's octets."""
        return self.host.client.post(
            "/jmap/api/", data=body, content_type="application/json", auth=self.host.authorization
        )

    def ask(self, *calls: list[Any]) -> list[Any]:
        """The arguments of the responses to calls that are right."""
        body = {"using": self.using, "methodCalls": [[*call, str(n)] for n, call in enumerate(calls)]}
        answer = ijson.loads(self.post(ijson.dumps(body)).data)
        return [response[1] for response in answer["methodResponses"]]

    def refresh(self) -> None:
        """What there is now."""
        alice = {"accountId": "alice"}
        while True:
            emails, self.mailboxes = (
                answer["list"]
                for answer in self.ask(
                    ["Email/get", alice | {"ids": None, "properties": ["blobId", "threadId", "attachments"]}],
                    ["Mailbox/get", alice | {"ids": None}],
                )
            )
            if len(emails) >= 6 and len(self.mailboxes) >= 4:
                break
            for name in ("INBOX", "Drafts", "Trash", "Work", "Work.Deep"):
                self.host.folder(name)
            self.count += 1
            text = MESSAGES[self.count % len(MESSAGES)].replace("{n}", str(self.count))
            self.host.deliver(text, folder=("INBOX", "Work")[self.count % 2], flags="S" * (self.count % 3 // 2))
        self.ids = {
            "Email": [email["id"] for email in emails],
            "Thread": sorted({email["threadId"] for email in emails}),
            "Mailbox": [box["id"] for box in sorted(self.mailboxes, key=lambda box: box["role"] != "inbox")],
            "Identity": self._identities(),
            **self._items(),
            "EmailSubmission": self._submissions(),
            "PushSubscription": self._push_subscriptions(),
        }
        self.blobs = [*self.uploads, *(email["blobId"] for email in emails)]
        self.blobs += [part["blobId"] for email in emails for part in email["attachments"]]

    def _items(self) -> dict[str, list[str]]:
        """What there is in alice's address books and calendars, and the Principals, her own first."""
        args = {"accountId": "alice", "ids": None, "properties": ["id"]}
        while True:
            answers = self.ask(*([f"{type}/get", args] for type in LEAST))
            found = {type: [each["id"] for each in answer["list"]] for type, answer in zip(LEAST, answers, strict=True)}
            if all(len(found[type]) >= least for type, least in LEAST.items()):
                return found | {"Principal": sorted(found["Principal"], key=lambda id: id != principal_id("alice"))}
            self.count += 1
            contact_seeds.write(self.folder / "contacts" / "alice", self.count)
            calendar_seeds.write(self.folder / "calendars" / "alice", self.count)
            given = {"calendarAddress": f"https://example.org/{self.count}"}
            self.ask(["ParticipantIdentity/set", {"accountId": "alice", "create": {"k": given}}])

    def _identities(self) -> list[str]:
        """alice's own, and two that she made."""
        alice = {"accountId": "alice"}
        while True:
            ids = [each["id"] for each in self.ask(["Identity/get", alice | {"ids": None}])[0]["list"]]
            if len(ids) >= 3:
                return ids
            self.ask(["Identity/set", alice | {"create": {"k": {"email": "alice@example.org"}}}])

    def _push_subscriptions(self) -> list[str]:
        """Few: there may not be many."""
        given = {"deviceClientId": "d", "url": "https://push.example.org/2"}
        while True:
            ids = [each["id"] for each in self.ask(["PushSubscription/get", {"ids": None}])[0]["list"]]
            if 3 <= len(ids) <= 10:
                return ids
            change = {"destroy": ids[3:]} if ids[3:] else {"create": {"k": given}}
            self.ask(["PushSubscription/set", change])

    def own_email(self) -> str:
        """The id of an Email that alice may send."""
        while True:
            filter = {"from": "alice@example.org", "subject": "plain"}
            [answer] = self.ask(["Email/query", {"accountId": "alice", "filter": filter}])
            if answer["ids"]:
                return str(answer["ids"][0])
            self.count += 1
            self.host.deliver(MESSAGES[0].replace("{n}", f"own.{self.count}"))

    def _submissions(self) -> list[str]:
        """Of messages that wait."""
        alice = {"accountId": "alice"}
        while True:
            [answer] = self.ask(["EmailSubmission/query", alice | {"filter": {"undoStatus": "pending"}}])
            if len(answer["ids"]) >= 3:
                return list(answer["ids"])
            given = {"emailId": self.own_email(), "identityId": self._identities()[0]}
            self.ask(["EmailSubmission/set", alice | {"create": {"k": given}}])

    def states(self) -> dict[str, str]:
        """The state of each type that has /get; "" in an account without it."""
        names = [name for name, each in self.registry.datatypes.items() if "get" in each.methods]
        asked = [(name, account) for name in names for account in ("alice", *SHARED)]
        answers = self.ask(*([f"{name}/get", {"accountId": account, "ids": []}] for name, account in asked))
        return {" ".join(of): answer.get("state", "") for of, answer in zip(asked, answers, strict=True)}

    def disk(self) -> dict[str, tuple[int, ...]]:
        """Everything in the Maildirs, the uploads and the outboxes, temporary files too."""
        state = self.folder / "state"
        folders = [self.folder / name for name in ("mail", "contacts", "calendars")]
        roots = [*folders, *state.glob("*/blobs"), *state.glob("*/outbox")]
        return {path: facts for root in roots for path, facts in _under(str(root))}


def _under(folder: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    is_blobs = folder.endswith("/blobs")
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield entry.path, (status.st_ino,)
                yield from _under(entry.path)
            elif is_blobs:  # the name says what is in it; ContactCard/parse uploads media again
                yield entry.path, (status.st_size,)
            else:
                yield entry.path, (status.st_ino, status.st_size, status.st_mtime_ns)


class Logged(logging.Handler):
    """What the server has logged as going wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        logging.getLogger("jmapd").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def taken(self) -> list[str]:
        """The lines since the last time."""
        lines = [logging.Formatter().format(record) for record in self.records]
        self.records.clear()
        return lines

"""JMAP requests to a running server, and what other programs do to the Maildir below it."""

import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

from .web import CORE, LOGIN, Gunicorn, Server

MAIL = "urn:ietf:params:jmap:mail"
ACCOUNT = "alice"
RECEIVED = 1_700_000_000
_count = itertools.count(1)


class Jmap:
    """Each request on a connection of its own, so that any worker may answer it."""

    using: tuple[str, ...] = (CORE, MAIL)

    def __init__(self, server: Server) -> None:
        self.server = server

    def request(self, *calls: tuple[str, dict[str, Any]]) -> list[tuple[str, Any]]:
        """The (name, arguments) answered to each call."""
        status, text = self.ask(*calls)
        assert status == 200, text
        return [(name, arguments) for name, arguments, _ in json.loads(text)["methodResponses"]]

    def ask(self, *calls: tuple[str, dict[str, Any]]) -> tuple[int, str]:
        """Status and body."""
        numbered = [[name, {"accountId": ACCOUNT} | given, str(at)] for at, (name, given) in enumerate(calls)]
        body = json.dumps({"using": self.using, "methodCalls": numbered}).encode()
        status, _, data = self.server.send("POST", "/jmap/api/", body, LOGIN | {"Content-Type": "application/json"})
        return status, data.decode()

    def call(self, method: str, /, **arguments: Any) -> Any:
        """The arguments answered; an error fails the test."""
        ((name, answer),) = self.request((method, arguments))
        assert name == method, answer
        return answer

    def error(self, method: str, /, **arguments: Any) -> Any:
        """The error answered."""
        ((name, answer),) = self.request((method, arguments))
        assert name == "error", answer
        return answer

    def emails(self) -> dict[str, dict[str, Any]]:
        """{id: Email} with all metadata and the subject."""
        properties = ["id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "subject"]
        return {email["id"]: email for email in self.call("Email/get", ids=None, properties=properties)["list"]}

    def by_subject(self) -> dict[str, dict[str, Any]]:
        """{subject: Email}"""
        return {email["subject"]: email for email in self.emails().values()}

    def mailboxes(self) -> dict[str, dict[str, Any]]:
        """{name: Mailbox}"""
        return {box["name"]: box for box in self.call("Mailbox/get", ids=None)["list"]}

    def update(self, id: str, **patch: Any) -> Any:
        """Email/set of one Email; fails the test when it is refused."""
        answer = self.call("Email/set", update={id: patch})
        assert id in (answer["updated"] or {}), answer
        return answer

    def created(self, method: str, what: dict[str, Any], **more: Any) -> Any:
        """What the server says of the one record created; fails the test when it is refused."""
        answer = self.call(method, create={"new": what}, **more)
        assert "new" in (answer["created"] or {}), answer
        return answer["created"]["new"]

    def imported(self, data: bytes, **more: Any) -> Any:
        """Uploads a message and has it imported; fails the test when it is refused."""
        answer = self.call("Email/import", emails={"new": {"blobId": self.upload(data)} | more})
        assert "new" in (answer["created"] or {}), answer
        return answer["created"]["new"]

    def upload(self, data: bytes, type: str = "message/rfc822") -> str:
        """The blobId."""
        head = LOGIN | {"Content-Type": type}
        status, _, answer = self.server.send("POST", f"/jmap/upload/{ACCOUNT}/", data, head)
        assert status in (200, 201), answer
        blob: str = json.loads(answer)["blobId"]
        return blob

    def blob(self, id: str) -> bytes:
        """The octets of a blob."""
        status, _, data = self.server.send("GET", f"/jmap/download/{ACCOUNT}/{id}/x?type=message/rfc822")
        assert status == 200
        return data


def folder(root: Path, name: str = "") -> Path:
    """A Maildir++ folder, made by hand when it is not there."""
    path = root / f".{name}" if name else root
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
        shutil.chown(path / part, root.stat().st_uid, root.stat().st_gid)
    shutil.chown(path, root.stat().st_uid, root.stat().st_gid)
    return path


def deliver(root: Path, subject: str, name: str = "", flags: str | None = None, **headers: str) -> Path:
    """A message as an MTA or another program writes it: into new/, or with flags into cur/."""
    number = next(_count)
    usual = {"From": "Bob <bob@example.org>", "Date": formatdate(RECEIVED + number)}
    given = usual | {"Message-ID": f"<{number}.system@example.org>"} | headers
    text = "".join(f"{name}: {value}\n" for name, value in given.items())
    base = f"{RECEIVED + number}.M{number}P1.example"
    path = folder(root, name)
    draft = path / "tmp" / base
    draft.write_text(f"{text}Subject: {subject}\n\nThis is {subject}.\n")
    shutil.chown(draft, root.stat().st_uid, root.stat().st_gid)
    os.utime(draft, (RECEIVED + number, RECEIVED + number))
    return draft.rename(path / "new" / base if flags is None else path / "cur" / f"{base}:2,{flags}")


def distinct(folder: Path) -> dict[str, bytes]:
    """{Email id: the message with CRLF} of the files there that are not marked as deleted."""
    files = [path for part in ("cur", "new") for path in (folder / part).iterdir() if not path.name.endswith("T")]
    raw = [path.read_bytes() for path in files]
    wire = [re.sub(rb"\r?\n", b"\r\n", data) for data in raw]
    return {"M" + hashlib.sha256(data).hexdigest()[:24]: data for data in wire}


def verified(server: Gunicorn) -> None:
    """Index and files agree, says a process of its own."""
    done = server.reindex("--verify")
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def answering(who: int | Server, server: Gunicorn) -> Iterator[Jmap]:
    """Requests to one worker of `server`, by its number, or through another server."""
    if isinstance(who, int):
        with server.only(who):
            yield Jmap(server)
    else:
        yield Jmap(who)


def no_server_errors(server: Gunicorn) -> None:
    """Nothing in the logs says that a request failed."""
    log = server.log.read_text()
    assert " status=5" not in log
    assert "Traceback" not in log

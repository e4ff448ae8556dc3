"""A host that sends and takes mail for alice: gunicorn, bin/jmapd-submit and bin/jmapd-deliver on one account."""

import contextlib
import email.policy
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from .jmap import MAIL, Jmap, folder, no_server_errors, verified
from .plain_user import OURSELVES, SystemUser
from .sink import Sink
from .web import CORE, ROOT, Gunicorn, free_port, gunicorn, wait_until

URN = "urn:ietf:params:jmap:"
OPTIONS = """
[identities]
domain = 'example.org'
{identities}
[submission]
host = '127.0.0.1'
port = {port}
{submission}
"""


class Sender(Jmap):
    """A client that writes mail."""

    using = (CORE, MAIL, URN + "submission", URN + "vacationresponse", URN + "mdn")

    def __init__(self, server: Gunicorn) -> None:
        super().__init__(server)
        self.host = server
        for name in ("Drafts", "Sent"):
            folder(server.maildir, name)

    def identity(self) -> dict[str, Any]:
        """The first."""
        found: dict[str, Any] = self.call("Identity/get", ids=None)["list"][0]
        return found

    def draft(self, *to: str, subject: str = "Hello", body: str = "A line.\n", **more: Any) -> dict[str, Any]:
        """What Email/set takes."""
        return {
            "mailboxIds": {self.mailboxes()["Drafts"]["id"]: True},
            "keywords": {"$draft": True, "$seen": True},
            "from": [{"name": "Alice", "email": "alice@example.org"}],
            "to": [{"email": each} for each in to],
            "subject": subject,
            "textBody": [{"partId": "1", "type": "text/plain"}],
            "bodyValues": {"1": {"value": body}},
        } | more

    def post(self, draft: dict[str, Any], **submission: Any) -> list[tuple[str, Any]]:
        """Makes an Email and sends it in one request, as clients do: it moves from Drafts to Sent."""
        boxes = self.mailboxes()
        done = {
            "keywords/$draft": None,
            f"mailboxIds/{boxes['Drafts']['id']}": None,
            f"mailboxIds/{boxes['Sent']['id']}": True,
        }
        made = {"identityId": self.identity()["id"], "emailId": "#mail"} | submission
        return self.request(
            ("Email/set", {"create": {"mail": draft}}),
            ("EmailSubmission/set", {"create": {"sent": made}, "onSuccessUpdateEmail": {"#sent": done}}),
        )

    def posted(self, *to: str, **more: Any) -> str:
        """The id of the submission; fails the test when it is refused."""
        return self.sent(self.post(self.draft(*to, **more)))

    def sent(self, answers: list[tuple[str, Any]]) -> str:
        assert [name for name, _ in answers] == ["Email/set", "EmailSubmission/set", "Email/set"], answers
        assert answers[1][1]["created"], answers
        assert answers[2][1]["updated"], answers
        id: str = answers[1][1]["created"]["sent"]["id"]
        return id

    def submission(self, id: str) -> dict[str, Any]:
        (found,) = self.call("EmailSubmission/get", ids=[id])["list"]
        return dict(found)

    def status(self, id: str) -> dict[str, str]:
        """{recipient: delivered}"""
        return {who: each["delivered"] for who, each in (self.submission(id)["deliveryStatus"] or {}).items()}

    def settled(self, id: str, status: dict[str, str]) -> None:
        """Waits for it."""
        wait_until(lambda: self.status(id) == status, lambda: str(self.submission(id)))
        assert self.submission(id)["undoStatus"] == "final"

    def cancel(self, id: str) -> Any:
        """The type of the error; None when it is canceled."""
        answer = self.call("EmailSubmission/set", update={id: {"undoStatus": "canceled"}})
        return answer["notUpdated"][id]["type"] if answer["notUpdated"] else None

    def inbox(self) -> dict[str, dict[str, Any]]:
        """{subject: Email}"""
        (id,) = [box["id"] for box in self.mailboxes().values() if box["role"] == "inbox"]
        return {name: each for name, each in self.by_subject().items() if id in each["mailboxIds"]}

    def submit(self, seconds: int = 0) -> str:
        """A run of bin/jmapd-submit --once, so many seconds from now, by its clock; its log."""
        program = [sys.executable, "-c", LATER, str(seconds)] if seconds else script("jmapd-submit")
        command = [*self.host.user.prefix, *program, "--config", str(self.host.config), "--once"]
        done = subprocess.run(command, env=ENVIRON, cwd=self.host.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
        return done.stderr

    @property
    def outbox(self) -> Path:
        return self.host.folder / "state" / "alice" / "outbox"

    def waiting(self) -> list[Path]:
        """Messages that are still to be sent."""
        return sorted(self.outbox.glob("*.eml"))


LATER = """
import sys, time
ahead, now = int(sys.argv.pop(1)), time.time
time.time = lambda: now() + ahead
from jmapd.cli.submit import main
sys.exit(main(sys.argv[1:]))
"""
ENVIRON = os.environ | {"PYTHONPATH": str(ROOT)}


def script(name: str) -> list[str]:
    return [sys.executable, str(ROOT / "bin" / name)]


@contextlib.contextmanager
def sender(
    place: Path, port: int, user: SystemUser = OURSELVES, submission: str = "", sections: str = "", identities: str = ""
) -> Iterator[Sender]:
    """alice's client, on a host that hands its mail to this port. In the end its files and its log are looked at."""
    with gunicorn(
        place, OPTIONS.format(port=port, submission=submission, identities=identities) + sections, user
    ) as server:
        client = Sender(server)
        yield client
        verified(server)
        no_server_errors(server)


@contextlib.contextmanager
def running(server: Gunicorn, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of bin/ that stays; it must end in good order when it is told to."""
    name, *options = arguments
    log = server.folder / f"{name}.log"
    command = [*server.user.prefix, *script(name), "--config", str(server.config), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=ENVIRON, cwd=server.folder, stdout=output, stderr=output)
    try:
        yield process
        assert process.poll() is None, log.read_text()
        wait_until(lambda: _catches(process.pid, signal.SIGTERM), log.read_text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
        print(log.read_text()[-4000:])
    assert "Traceback" not in log.read_text()


def _catches(pid: int, number: int) -> bool:
    """Whether it is as far as that; a signal that comes before would end it at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(status.partition("SigCgt:")[2].split()[0], 16) >> (number - 1) & 1)


class Host(NamedTuple):
    """All that is at work."""

    alice: Sender
    mail: "Deliverer"
    outside: Sink

    def tidy(self) -> None:
        """As new, but for what was sent, and for whom vacation has answered."""
        self.alice.call("VacationResponse/set", update={"singleton": {"isEnabled": False}})
        self.alice.call("Email/set", destroy=[*self.alice.emails()])
        self.outside.forget()
        assert self.alice.waiting() == []


class Deliverer:
    """bin/jmapd-deliver --lmtp, and mail that is handed to it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def lmtp(self, data: bytes | EmailMessage, sender: str = "bob@remote.example", *to: str) -> dict[str, Any]:
        """What was refused: {recipient: (code, text)}."""
        octets = data if isinstance(data, bytes) else data.as_bytes(policy=email.policy.SMTP)
        with smtplib.LMTP("127.0.0.1", self.port, timeout=60) as session:
            session.ehlo()
            assert session.mail(sender)[0] == 250
            answers = {each: session.rcpt(each) for each in to or ("alice@example.org",)}
            taken = [each for each, (code, _) in answers.items() if code == 250]
            if taken:
                assert session.docmd("DATA")[0] == 354
                lines = octets.removesuffix(b"\r\n").split(b"\r\n")
                session.send(b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n")
                answers |= {each: session.getreply() for each in taken}  # RFC 2033 4.2, which smtplib does not know
            return {each: answer for each, answer in answers.items() if answer[0] >= 400}


@contextlib.contextmanager
def deliverer(server: Gunicorn, port: int = 0) -> Iterator[Deliverer]:
    port = port or free_port()
    with running(server, "jmapd-deliver", "--lmtp", f"127.0.0.1:{port}"):
        wait_until(lambda: _listens(port), lambda: (server.folder / "jmapd-deliver.log").read_text())
        yield Deliverer(port)


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return True


def letter(subject: str, body: str = "A line.\n", **headers: str) -> EmailMessage:
    """From Bob to alice."""
    message = EmailMessage(policy=email.policy.SMTP)
    given = {"From": "Bob <bob@remote.example>", "To": "alice@example.org", "Date": "Mon, 23 Nov 2026 08:00:00 +0000"}
    ids = {"Message_ID": f"<{re.sub('[^a-z0-9]', '-', subject.lower())}@remote.example>"}
    for name, value in (given | ids | headers | {"Subject": subject}).items():
        if name.replace("_", "-") in message:
            message.replace_header(name.replace("_", "-"), value)
        else:
            message[name.replace("_", "-")] = value
    message.set_content(body)
    return message

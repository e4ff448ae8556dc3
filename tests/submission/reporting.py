"""A host to which reports come about what alice sent."""

from pathlib import Path
from typing import Any

from jmapd.formats.message import dsn
from jmapd.formats.message.wire_form import wire_digest
from jmapd.submission import reports
from tests.submission.submissions import TEXT, Sending, envelope

BOB, CAROL = "bob@example.net", "carol@example.net"
SENT = ("250 2.0.0 Ok", "unknown")


class Reporting(Sending):
    """Messages with the id <1@example.org>, <2@example.org>... are sent, and were taken by the next server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.count, self.follower = 0, self.worker()

    def sent(self, *recipients: str, draft: str | None = None, asks: bool = True) -> str:
        """The id of a submission."""
        if draft is None:
            self.count += 1
            more: dict[str, Any] = {"header:Disposition-Notification-To:asText": "alice@example.org"} if asks else {}
            draft = self.draft(messageId=[f"{self.count}@example.org"], **TEXT, **more)
        to = recipients or (BOB,)
        id = str(self.submit(draft, envelope=envelope(*to))["id"])
        self.attempted(id, **{each.partition("@")[0]: SENT for each in to})
        self.follow()
        return id

    def follow(self) -> None:
        """What the worker does from time to time."""
        reports.follow(self.follower)

    def arrive(self, data: bytes | str, folder: str = "INBOX") -> str:
        """A message comes, and is followed; its blobId."""
        data = data.encode() if isinstance(data, str) else data
        self.deliver(data, folder=folder, flags="")
        self.follow()
        return f"G{wire_digest(data)}"

    def status(self, id: str, email: str = BOB) -> tuple[str, str, str]:
        """delivered, displayed, smtpReply"""
        found = self.get(id, "deliveryStatus")[email]
        return found["delivered"], found["displayed"], found["smtpReply"]

    def state(self) -> str:
        return str(self.call("EmailSubmission/get", {"ids": []})["state"])


def bounce(*recipients: dsn.Recipient, envelope_id: str | None = None, about: str | None = None) -> bytes:
    """A DSN; `about`: the Message-ID of the message it returns."""
    header = f"Message-ID: <{about}>\r\n" if about else ""
    report = dsn.DeliveryReport("mx.example.net", list(recipients), envelope_id)
    return dsn.build(
        report, "alice@example.org", "MAILER-DAEMON@mx.example.net", f"{header}Subject: x\r\n\r\ny".encode()
    )


def receipt(about: str, type: str = "displayed", final: str = BOB, more: str = "", sender: str = BOB) -> str:
    """An MDN."""
    return (
        f"From: {sender}\nSubject: Read\nMIME-Version: 1.0\n{more}"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
        f"--b\n\nIt was {type}.\n--b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822;{final}\n{about}Disposition: manual-action/MDN-sent-manually; {type}\n--b--\n"
    )

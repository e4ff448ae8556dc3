"""A day of a mail client that sends: drafts, undo, reply, forward, redirect, an alias with a signature, and junk.

As clients do it (Bulwark, jmapc, aerc): several calls in a request, "#" references between them, and what follows from
a submission in its onSuccess arguments.
"""

import email
import email.policy
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from .sending import Deliverer, Sender, deliverer, letter, running, sender
from .sink import Sink, Taken
from .web import wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7.5")]
BOB, CAROL, DAN = "bob@remote.example", "carol@remote.example", "dan@remote.example"
LEARN = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    """The folder in which the filter notes what it has learned."""
    folder = tmp_path / "filter"
    folder.mkdir()
    return folder


@pytest.fixture
def alice(outside: Sink, learned: Path, tmp_path: Path) -> Iterator[Sender]:
    junk, ham = ([sys.executable, "-c", LEARN, str(learned / name)] for name in ("junk", "ham"))
    sections = f"[junk]\nlearn_junk = {junk}\nlearn_ham = {ham}\nwait_seconds = 0\n"
    addresses = "addresses = { alice = ['sales@example.org'] }"
    host = sender(tmp_path / "host", outside.port, sections=sections, identities=addresses)
    with host as alice, running(alice.host, "jmapd-submit"):
        yield alice


def read(taken: Taken) -> EmailMessage:
    message = email.message_from_bytes(taken.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def came(alice: Sender, mail: Deliverer, message: EmailMessage) -> dict[str, Any]:
    """The Email that it has become."""
    assert mail.lmtp(message) == {}
    found: dict[str, Any] = alice.inbox()[message["Subject"]]
    (whole,) = alice.call("Email/get", ids=[found["id"]])["list"]
    return dict(whole)


def test_draft_that_grows_is_sent_in_the_end(alice: Sender, outside: Sink) -> None:
    """A client saves a draft as a new Email, the old one goes; what is sent is the last, with an attachment and Bcc."""
    first = alice.created("Email/set", alice.draft(BOB, subject="Plans", body="One\n"))
    blob = alice.upload(b"%PDF-1.4 of a plan")
    last = alice.draft(
        BOB, subject="Plans", body="One and two\n", bcc=[{"email": CAROL}],
        attachments=[{"blobId": blob, "type": "application/pdf", "name": "Plän.pdf", "disposition": "attachment"}],
    )  # fmt: skip
    answers = alice.request(("Email/set", {"create": {"mail": last}, "destroy": [first["id"]]}))
    assert answers[0][1]["destroyed"] == [first["id"]]
    id = answers[0][1]["created"]["mail"]["id"]
    sent = {"emailId": id, "identityId": alice.identity()["id"]}
    assert alice.call("EmailSubmission/set", create={"s": sent})["created"]["s"]["undoStatus"] == "pending"
    outside.wait(1)
    (taken,) = outside.taken
    assert sorted(taken.recipients) == [BOB, CAROL] and b"bcc" not in taken.data.lower()
    (attachment,) = read(taken).iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("Plän.pdf", b"%PDF-1.4 of a plan")
    (kept,) = alice.call("Email/get", ids=[id], properties=["bcc"])["list"]
    assert kept["bcc"] == [{"name": None, "email": CAROL}]


def test_undo_makes_it_a_draft_again_and_it_is_sent_later(alice: Sender, outside: Sink) -> None:
    boxes = alice.mailboxes()
    late = {"email": "alice@example.org", "parameters": {"HOLDFOR": "600"}}
    envelope = {"mailFrom": late, "rcptTo": [{"email": BOB, "parameters": None}]}
    answers = alice.post(alice.draft(BOB, subject="Too soon"), envelope=envelope)
    id, mail = alice.sent(answers), answers[0][1]["created"]["mail"]["id"]
    assert alice.emails()[mail]["mailboxIds"] == {boxes["Sent"]["id"]: True}
    back = {"mailboxIds": {boxes["Drafts"]["id"]: True}, "keywords/$draft": True}
    answers = alice.request(
        (
            "EmailSubmission/set",
            {"update": {id: {"undoStatus": "canceled"}}, "onSuccessUpdateEmail": {id: back}},
        )
    )
    assert [name for name, _ in answers] == ["EmailSubmission/set", "Email/set"]
    assert alice.emails()[mail]["keywords"] == {"$draft": True, "$seen": True}
    again = {"emailId": mail, "identityId": alice.identity()["id"]}
    answers = alice.request(("EmailSubmission/set", {"create": {"s": again}, "onSuccessDestroyEmail": ["#s"]}))
    assert answers[0][1]["created"] and answers[1][1]["destroyed"] == [mail]
    outside.wait(1)
    assert read(outside.taken[0])["Subject"] == "Too soon" and mail not in alice.emails()
    assert outside.sessions == 1


def test_reply_and_forward(alice: Sender, outside: Sink) -> None:
    with deliverer(alice.host) as mail:
        got = came(alice, mail, letter("Question", "How much is it?\n"))
    reply = alice.draft(
        BOB, subject="Re: Question", body="> How much is it?\nNothing.\n",
        inReplyTo=got["messageId"], references=(got["references"] or []) + got["messageId"],
    )  # fmt: skip
    forward = alice.draft(
        CAROL, subject="Fwd: Question", attachments=[{"blobId": got["blobId"], "type": "message/rfc822"}]
    )
    identity = alice.identity()["id"]
    create = {name: {"identityId": identity, "emailId": f"#{name}"} for name in ("reply", "forward")}
    answers = alice.request(
        ("Email/set", {"create": {"reply": reply, "forward": forward}}),
        ("EmailSubmission/set", {"create": create}),
        ("Email/set", {"update": {got["id"]: {"keywords/$answered": True, "keywords/$forwarded": True}}}),
    )
    assert answers[1][1]["notCreated"] is None and answers[0][1]["created"]["reply"]["threadId"] == got["threadId"]
    outside.wait(2)
    (replied,), (forwarded,) = map(read, outside.to(BOB)), map(read, outside.to(CAROL))
    assert replied["In-Reply-To"] == replied["References"] == f"<{got['messageId'][0]}>"
    (inside,) = forwarded.iter_attachments()
    assert inside.get_content()["Subject"] == "Question"  # type: ignore[attr-defined]
    names = [path.name for path in (alice.host.maildir / "cur").iterdir()]
    assert any(name.endswith(":2,PR") for name in names), names  # mutt and Dovecot see it, too


def test_redirect_leaves_the_message_as_it_is(alice: Sender, outside: Sink) -> None:
    """7: the Email need not be a draft, nor be hers, and the envelope need not agree with its header fields."""
    with deliverer(alice.host) as mail:
        got = came(alice, mail, letter("For Dan"))
    envelope = {"mailFrom": {"email": "alice@example.org"}, "rcptTo": [{"email": DAN}]}
    sent = {"identityId": alice.identity()["id"], "emailId": got["id"], "envelope": envelope}
    assert alice.call("EmailSubmission/set", create={"s": sent})["created"]
    outside.wait(1)
    (taken,) = outside.taken
    assert taken.recipients == [DAN] and read(taken)["From"] == "Bob <bob@remote.example>"


@pytest.mark.rfc("8621", "6")
def test_alias_with_a_signature(alice: Sender, outside: Sink) -> None:
    by_address = {each["email"]: each for each in alice.call("Identity/get", ids=None)["list"]}
    sales = by_address["sales@example.org"]
    changes = {
        "name": "Sales",
        "textSignature": "-- \nSales",
        "replyTo": [{"name": None, "email": "alice@example.org"}],
    }
    assert alice.call("Identity/set", update={sales["id"]: changes})["notUpdated"] is None
    (shown,) = alice.call("Identity/get", ids=[sales["id"]])["list"]
    draft = alice.draft(
        BOB, subject="Offer", body=f"Two lamps.\n{shown['textSignature']}\n",
        **{"from": [{"name": shown["name"], "email": shown["email"]}], "replyTo": shown["replyTo"]},
    )  # fmt: skip
    alice.sent(alice.post(draft, identityId=sales["id"]))
    outside.wait(1)
    message = read(outside.taken[0])
    assert (outside.taken[0].sender, message["From"]) == ("sales@example.org", "Sales <sales@example.org>")
    assert message["Reply-To"] == "alice@example.org" and message.get_content().endswith("-- \r\nSales\r\n")
    stolen = alice.draft(BOB, **{"from": [{"name": None, "email": "bob@example.org"}]})
    refused = alice.post(stolen)[1][1]["notCreated"]["sent"]
    assert refused["type"] == "forbiddenFrom" and len(outside.taken) == 1


@pytest.mark.rfc("8621", "4.1.1")
def test_junk_is_learned_and_taken_back(alice: Sender, learned: Path) -> None:
    (alice.host.maildir / ".Junk").mkdir(exist_ok=True)
    with deliverer(alice.host) as mail:
        lamp, minutes = (came(alice, mail, letter(subject)) for subject in ("You have won a lamp", "Minutes"))
    if "Junk" not in alice.mailboxes():
        alice.created("Mailbox/set", {"name": "Junk", "role": "junk"})
    boxes = alice.mailboxes()
    for each in (lamp, minutes):
        alice.update(each["id"], **{"mailboxIds": {boxes["Junk"]["id"]: True}, "keywords/$junk": True})
    wait_until(lambda: _subjects(learned / "junk") >= {"You have won a lamp", "Minutes"}, lambda: str(learned))
    alice.update(minutes["id"], **{"mailboxIds": {boxes["Inbox"]["id"]: True}, "keywords/$notjunk": True})
    wait_until(lambda: _subjects(learned / "ham") == {"Minutes"}, lambda: str(learned))


def _subjects(path: Path) -> set[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.partition(": ")[2] for line in lines if line.startswith("Subject: ")}

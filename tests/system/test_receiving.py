"""Mail that bin/jmapd-deliver takes by LMTP: it is there at once, vacation answers once, loops end."""

import pytest

from .sending import Host, deliverer, letter

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "8")]
BOB = "bob@remote.example"


@pytest.mark.rfc("3834", "2")
@pytest.mark.rfc("5230", "4.2")
def test_away(host: Host) -> None:
    """Each writer is answered once, people only, also after a restart."""
    alice, mail, outside = host
    away = {"isEnabled": True, "subject": "Away", "textBody": "I am off.", "htmlBody": "<p>I am <b>off</b>.</p>"}
    answer = alice.call("VacationResponse/set", update={"singleton": away})
    assert answer["updated"].keys() == {"singleton"}, answer
    for number in range(3):
        assert mail.lmtp(letter(f"Question {number}")) == {}
    (reply,) = outside.wait(1)
    assert (reply.sender, reply.recipients) == ("", [BOB])
    for line in (b"Subject: Away\r\n", b"Auto-Submitted: auto-replied", b"In-Reply-To: <question-0@remote.example>",
                 b"To: ", b"multipart/alternative", b"I am off."):  # fmt: skip
        assert line in reply.data, reply.data
    carol = "carol@remote.example"
    quiet = [
        letter("Digest", List_Id="<talk.remote.example>", From=carol),
        letter("Robot", Auto_Submitted="auto-generated", From=carol),
        letter("Bulk", Precedence="bulk", From=carol),
        letter("For others", To="team@remote.example", From=carol),
    ]
    for message in quiet:
        assert mail.lmtp(message, carol) == {}
    assert mail.lmtp(letter("Daemon", From="MAILER-DAEMON@remote.example"), "") == {}
    with deliverer(alice.host) as again:
        assert again.lmtp(letter("Question 4")) == {}
        assert again.lmtp(letter("Carol asks", From=carol), carol) == {}
    (_, second) = outside.wait(2)
    assert second.recipients == [carol] and b"<carol-asks@remote.example>" in second.data
    alice.call("VacationResponse/set", update={"singleton": {"isEnabled": False}})
    assert mail.lmtp(letter("Late", From="dave@remote.example"), "dave@remote.example") == {}
    assert len(alice.inbox()) == 3 + 4 + 1 + 2 + 1
    id = alice.posted(BOB, subject="I am back")  # all that was put out before has left when this has
    outside.wait(3)
    alice.settled(id, {BOB: "unknown"})
    assert [each.recipients for each in outside.taken] == [[BOB], [carol], [BOB]]


@pytest.mark.rfc("5321", "6.3")
def test_loops(host: Host) -> None:
    """A message that was here before is refused; an answer that comes back is not answered again."""
    alice, mail, outside = host
    assert mail.lmtp(letter("Round", Delivered_To="alice@example.org"))["alice@example.org"][0] >= 500
    assert "Round" not in alice.inbox()
    away = {"isEnabled": True, "textBody": "I am off."}
    alice.call("VacationResponse/set", update={"singleton": away})
    erin = "erin@remote.example"
    assert mail.lmtp(letter("One", From=erin), erin) == {}
    (reply,) = outside.wait(1)
    assert mail.lmtp(reply.data.replace(b"alice@example.org", b"zoe@remote.example", 1), "zoe@remote.example") == {}
    assert mail.lmtp(reply.data, "") == {}
    alice.posted("end@remote.example")
    assert [each.recipients for each in outside.wait(2)] == [[erin], ["end@remote.example"]]


def test_one_answer_for_each_recipient(host: Host) -> None:
    """RFC 2033 4.2: one is known, one is not, one has a detail."""
    alice, mail, _ = host
    to = ("alice@example.org", "nobody@example.org", "alice+lists@example.org")
    refused = mail.lmtp(letter("For some"), BOB, *to)
    assert refused.keys() == {"nobody@example.org"} and 550 <= refused["nobody@example.org"][0] <= 559
    assert "For some" in alice.inbox()


def test_mail_is_there_when_it_is_answered(host: Host) -> None:
    """The index has it at once, in the order it came, and a client that knows the old state is told."""
    alice, mail, _ = host
    state = alice.call("Email/get", ids=[])["state"]
    for number in range(20):
        assert mail.lmtp(letter(f"Number {number}")) == {}
        assert f"Number {number}" in alice.inbox()
    changes = alice.call("Email/changes", sinceState=state)
    assert len(changes["created"]) == 20 and changes["updated"] == changes["destroyed"] == []
    text = (alice.host.maildir / "new").glob("*")
    first = min(text, key=lambda path: path.stat().st_mtime_ns).read_bytes()
    assert first.startswith(b"Return-Path: <bob@remote.example>") and b"\nDelivered-To: alice" in first

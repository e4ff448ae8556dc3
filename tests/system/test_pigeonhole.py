"""[vacation] method = sieve: Debian's Pigeonhole runs the script that JMAP stored, beside alice's own."""

import contextlib
import smtplib
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from .jmap import Jmap, no_server_errors, verified
from .peers import Dovecot, fetched
from .plain_user import SystemUser
from .sending import URN
from .sink import Sink
from .web import CORE, Gunicorn, gunicorn, program

pytestmark = [pytest.mark.system, pytest.mark.rfc("5230", "4"), pytest.mark.rfc("8621", "8")]

OPTIONS = """
[identities]
domain = 'example.org'
[vacation]
method = 'sieve'
sieve_folder = '{home}/sieve'
sieve_active = '{active}'
"""
PLUGIN = """
submission_host = 127.0.0.1:{port}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:{home}/sieve;active={home}/.dovecot.sieve
  {more}
}}
"""
OWN = """require ["fileinto", "mailbox"];
if header :contains "Subject" "filed" { fileinto :create "Filed"; stop; }
"""


class Pigeonhole(Dovecot):
    """A Dovecot whose LMTP runs alice's scripts; what they send goes to the sink."""

    def __init__(self, server: Gunicorn, user: SystemUser, port: int, more: str = "") -> None:
        program("sievec")
        self.home, self.sink_port, self.more = server.folder / "dovecot" / "home", port, more
        super().__init__(server.folder / "dovecot", server.maildir, user)

    def _settings(self) -> str:
        return super()._settings() + PLUGIN.format(port=self.sink_port, home=self.home, more=self.more)

    def receive(self, subject: str, *lines: str, sender: str = "bob@example.com") -> None:
        """By LMTP, for alice@example.org."""
        head = [
            f"From: {sender}",
            "To: alice@example.org",
            f"Subject: {subject}",
            f"Message-ID: <{subject}@example.com>",
        ]
        data = "\r\n".join([*head, *lines, "", "Text", ""]).encode()
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=20) as session:
            session.sendmail(sender, ["alice@example.org"], data)


Start = Callable[..., tuple[Pigeonhole, "Vacation"]]


class Vacation(Jmap):
    using = (CORE, URN + "mail", URN + "vacationresponse")

    def set(self, **properties: object) -> None:
        answer = self.call("VacationResponse/set", update={"singleton": properties})
        assert answer["notUpdated"] is None, answer


def replies(outside: Sink) -> list[EmailMessage]:
    """All that were sent; each as RFC 3834 has it."""
    found = [message_from_bytes(each.data, policy=policy.default) for each in outside.taken]
    assert all(each["Auto-Submitted"].startswith("auto-replied") for each in found)
    return found  # type: ignore[return-value]


@pytest.fixture
def start(open_folder: Path, nobody: SystemUser, outside: Sink) -> Iterator[Start]:
    """A server that writes scripts, and a Pigeonhole that runs them."""
    started: list[Pigeonhole] = []
    with contextlib.ExitStack() as stack:

        def start(active: str | None = None, more: str = "", own: str = "") -> tuple[Pigeonhole, Vacation]:
            home = open_folder / "jmapd" / "dovecot" / "home"
            link = str(home / ".dovecot.sieve") if active is None else active
            server = stack.enter_context(
                gunicorn(open_folder / "jmapd", OPTIONS.format(home=home, active=link), nobody)
            )
            dovecot = Pigeonhole(server, nobody, outside.port, more.format(home=home))
            started.append(dovecot)
            if own:
                (home / "sieve").mkdir()
                (home / "sieve" / "main.sieve").write_text(own)
                (home / ".dovecot.sieve").symlink_to("sieve/main.sieve")
                nobody.own(home)
            stack.callback(no_server_errors, server)
            stack.callback(verified, server)
            return dovecot, Vacation(server)

        yield start
        complaints = [line for each in started for line in each.complaints()]
        for each in started:
            each.stop()
    assert complaints == []


def test_it_answers_once(start: Start, outside: Sink) -> None:
    dovecot, vacation = start()
    dovecot.receive("before")
    vacation.set(isEnabled=True, subject='Away – "until" \\ March', textBody='One "line"\n.\nÜ ${x}')
    for subject in ("first", "second"):
        dovecot.receive(subject)
    dovecot.receive("list", "List-Id: <list.example.com>", sender="carol@example.com")
    dovecot.receive("spam", "X-Spam-Flag: YES", sender="dave@example.com")
    [reply] = replies(outside)
    assert (outside.taken[0].sender, outside.taken[0].recipients) == ("", ["bob@example.com"])
    assert reply["Subject"] == 'Away – "until" \\ March' and reply["In-Reply-To"] == "<first@example.com>"
    assert reply.get_content().splitlines() == ['One "line"', ".", "Ü ${x}"]
    assert fetched(dovecot).keys() == {"before", "first", "second", "list", "spam"}
    vacation.set(toDate="2040-01-01T00:00:00Z")  # the same answer
    dovecot.receive("third")
    assert len(outside.taken) == 1
    vacation.set(textBody="Another")
    dovecot.receive("fourth")
    assert [each.get_content().strip() for each in replies(outside)[1:]] == ["Another"]
    vacation.set(isEnabled=False)
    dovecot.receive("after", sender="erin@example.com")
    assert len(outside.taken) == 2 and not any(dovecot.home.rglob("*.sieve"))


@pytest.mark.rfc("5230", "4.4")
def test_html(start: Start, outside: Sink) -> None:
    dovecot, vacation = start()
    vacation.set(isEnabled=True, htmlBody="<p>Ünd <b>HTML</b></p>")
    dovecot.receive("one")
    [reply] = replies(outside)
    assert reply["Subject"] == "Auto: one" and reply.get_content_type() == "multipart/alternative"
    plain, html = reply.iter_parts()
    assert plain.get_content().strip() == "Ünd HTML"  # type: ignore[attr-defined]
    assert html.get_content().strip() == "<p>Ünd <b>HTML</b></p>"  # type: ignore[attr-defined]


@pytest.mark.rfc("5260", "4")
def test_dates(start: Start, outside: Sink) -> None:
    dovecot, vacation = start()
    past, future = "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"
    spans = [(past, future), (past, None), (None, future), (None, past), (future, None), (past, "2021-01-01T00:00:00Z")]
    for number, (begins, ends) in enumerate(spans):
        vacation.set(isEnabled=True, fromDate=begins, toDate=ends)
        dovecot.receive(f"n{number}", sender=f"bob{number}@example.com")
    assert [each.recipients for each in outside.taken] == [[f"bob{number}@example.com"] for number in (0, 1, 2)]


@pytest.mark.rfc("6609", "3.2")
def test_beside_her_own_script(start: Start, outside: Sink) -> None:
    """Both run, also for what her own one files and stops at; and hers alone when she is back."""
    dovecot, vacation = start(own=OWN)
    dovecot.receive("filed-before")
    vacation.set(isEnabled=True)
    dovecot.receive("filed-during")
    dovecot.receive("other", sender="carol@example.com")
    vacation.set(isEnabled=False)
    dovecot.receive("filed-after", sender="dave@example.com")
    assert [each.recipients for each in outside.taken] == [["bob@example.com"], ["carol@example.com"]]
    assert fetched(dovecot, "Filed").keys() == {"filed-before", "filed-during", "filed-after"}
    assert fetched(dovecot).keys() == {"other"}
    assert str((dovecot.home / ".dovecot.sieve").readlink()) == "sieve/main.sieve"


def test_named_in_sieve_before(start: Start, outside: Sink) -> None:
    """The active link is left alone; a script that is not there is none."""
    dovecot, vacation = start(active="", more="sieve_before = file:{home}/sieve/jmapd-vacation.sieve", own=OWN)
    dovecot.receive("filed-before")
    vacation.set(isEnabled=True)
    dovecot.receive("filed-during")
    vacation.set(isEnabled=False)
    dovecot.receive("filed-after", sender="carol@example.com")
    assert [each.recipients for each in outside.taken] == [["bob@example.com"]]
    assert fetched(dovecot, "Filed").keys() == {"filed-before", "filed-during", "filed-after"}


@pytest.mark.rfc("6609", "3.2")
def test_her_own_script_is_removed_meanwhile(start: Start, outside: Sink) -> None:
    dovecot, vacation = start(own=OWN)
    vacation.set(isEnabled=True)
    (dovecot.home / "sieve" / "main.sieve").unlink()
    dovecot.receive("filed")
    vacation.set(isEnabled=False)
    dovecot.receive("after", sender="carol@example.com")
    assert [each.recipients for each in outside.taken] == [["bob@example.com"]]
    assert fetched(dovecot).keys() == {"filed", "after"}

"""What a delivery answers: loops, quota, what cannot be written, and filters (RFC 5321 4.2, 6.3; RFC 3463)."""

import logging
import os
import shutil
from dataclasses import replace

import pytest

from jmapd.delivery import deliver as agent_module
from jmapd.delivery.deliver import Incoming, deliver
from jmapd.delivery.filters import Fate
from jmapd.delivery.replies import exit_status, reply
from jmapd.stores.maildir import MaildirAccount
from tests.conftest import MailHost

from .conftest import Make, account_of, deliver_to, emails, incoming, leftovers, message, new_files, subjects

pytestmark = pytest.mark.rfc("3463", "3")
LIMITED = {"identities": {"domain": "example.org"}, "quota": {"rules": ["*:messages=2"]}}


def test_delivered(host: MailHost) -> None:
    [outcome] = deliver_to(host, incoming("One"))
    assert outcome.is_delivered and outcome.stored is not None
    assert outcome.reply == f"250 2.0.0 <alice@example.org> {outcome.stored.id} saved"


@pytest.mark.rfc("5321", "6.3")
@pytest.mark.parametrize("written", ["alice@example.org", "Alice@EXAMPLE.org "])
def test_a_loop(host: MailHost, written: str) -> None:
    looped = f"Delivered-To: {written}\n".encode() + message("One")
    [outcome, other] = deliver_to(host, incoming("One", data=looped), incoming("Two"))
    assert outcome.reply.startswith("554 5.4.6 ") and other.is_delivered
    assert subjects(host) == ["Two"]


@pytest.mark.rfc("5321", "6.3")
def test_what_was_delivered_here_once_loops_when_it_comes_back(host: MailHost) -> None:
    deliver_to(host, incoming("One"))
    [outcome] = deliver_to(host, incoming("One", data=new_files(host)[0]))
    assert outcome.reply.startswith("554 5.4.6 ")


@pytest.mark.rfc("5321", "6.3")
def test_delivered_to_another_is_no_loop(host: MailHost) -> None:
    other = b"Delivered-To: list@example.com\n" + message("One")
    assert deliver_to(host, incoming("One", data=other))[0].is_delivered


@pytest.mark.rfc("5321", "6.3")
@pytest.mark.parametrize(("hops", "code"), [(100, "250"), (101, "554")])
def test_too_many_hops(host: MailHost, hops: int, code: str) -> None:
    [outcome] = deliver_to(host, incoming("One", data=b"Received: from a\n" * hops + message("One")))
    assert outcome.reply.startswith(code)


@pytest.mark.parametrize(("option", "start"), [("defer", "452 4.2.2 "), ("bounce", "552 5.2.2 ")])
def test_over_quota(make_mailhost: Make, option: str, start: str) -> None:
    host = make_mailhost(delivery={"over_quota": option}, **LIMITED)
    outcomes = deliver_to(host, *(incoming(f"n{number}") for number in range(4)))
    assert [outcome.is_delivered for outcome in outcomes] == [True, True, False, False]
    assert outcomes[2].reply == f"{start}<alice@example.org>: the mailbox is full"
    assert subjects(host) == ["n0", "n1"] and leftovers(host) == []


def test_a_full_disk_is_never_the_senders_matter(make_mailhost: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    host = make_mailhost(delivery={"over_quota": "bounce"}, **LIMITED)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("jmapd.files.atomic.write_new", full)
    assert deliver_to(host, incoming("One"))[0].reply.startswith("452 4.3.1 ")


def test_no_maildir_is_tried_again(host: MailHost) -> None:
    shutil.rmtree(host.root)
    assert deliver_to(host, incoming("One"))[0].reply.startswith("451 4.2.0 ")


def test_what_may_not_be_written_is_tried_again(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("jmapd.files.atomic.write_new", refused)
    assert deliver_to(host, incoming("One"))[0].reply.startswith("451 4.2.1 ")


def test_an_account_without_mail_is_a_fault_of_ours(make_mailhost: Make) -> None:
    host = make_mailhost(identities={"domain": "example.org"}, paths={"mail": ""})
    assert deliver_to(host, incoming("One"))[0].reply.startswith("451 4.3.5 ")


class Step:
    """A filter that says what it was made with."""

    def __init__(self, **fate: object) -> None:
        self.fate = fate

    def __call__(self, account: MaildirAccount, message: Incoming, fate: Fate) -> Fate:
        return replace(fate, **self.fate)  # type: ignore[arg-type]


def failing(account: MaildirAccount, message: Incoming, fate: Fate) -> Fate:
    raise RuntimeError("a filter's fault")


def test_filters_file_and_flag(host: MailHost) -> None:
    host.folder("Work")
    work = host.mailbox("Work")
    steps = [Step(folders=(work,)), Step(keywords=frozenset(("$seen",)))]
    [outcome] = deliver(account_of(host), [incoming("One")], steps)
    assert outcome.is_delivered
    assert emails(host)[0]["mailboxIds"] == {work: True} and emails(host)[0]["keywords"] == {"$seen": True}


def test_filters_discard(host: MailHost) -> None:
    [outcome] = deliver(account_of(host), [incoming("One")], [Step(folders=())])
    assert outcome.reply.startswith("250 2.0.0 ") and subjects(host) == []


@pytest.mark.rfc("3463", "3.8")
def test_filters_reject(host: MailHost) -> None:
    [outcome] = deliver(account_of(host), [incoming("One")], [Step(reject="not\r\n250 wanted"), failing])
    assert outcome.reply == "550 5.7.1 not 250 wanted" and subjects(host) == []


def test_a_final_step_ends_it(host: MailHost) -> None:
    deliver(account_of(host), [incoming("One")], [Step(is_final=True), Step(folders=())])
    assert subjects(host) == ["One"]


def test_filters_redirect(host: MailHost) -> None:
    account = account_of(host)
    [outcome] = deliver(account, [incoming("One")], [Step(folders=(), redirect=("bob@example.com",))])
    assert outcome.is_delivered and subjects(host) == []
    [entry] = account.outbox.entries()
    assert entry["mailFrom"]["email"] == "sender@example.com"
    assert [each["email"] for each in entry["rcptTo"]] == ["bob@example.com"]
    with account.outbox.attempt(entry["id"]) as held:
        assert held is not None
        sent = held.message()
    assert sent == b"Delivered-To: alice@example.org\r\n" + message("One").replace(b"\n", b"\r\n")


def test_what_cannot_be_redirected_is_kept(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_of(host)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(account.outbox, "put", full)
    step = Step(folders=(), redirect=("bob@example.com",))
    assert deliver(account, [incoming("One")], [step])[0].is_delivered
    assert subjects(host) == ["One"]


def test_a_filter_that_fails_costs_no_mail(host: MailHost, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        assert deliver(account_of(host), [incoming("One")], [failing])[0].is_delivered
    assert subjects(host) == ["One"]


def test_a_fault_in_the_vacation_reply_costs_no_mail(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fails(account: MaildirAccount, data: bytes, sender: str, recipient: str) -> None:
        asked.append((data, sender, recipient))
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(agent_module.vacation, "answer", fails)
    looped = b"Delivered-To: alice@example.org\n" + message("Two")
    outcomes = deliver_to(host, incoming("One"), incoming("Two", data=looped))
    assert outcomes[0].is_delivered
    assert asked == [(message("One"), "sender@example.com", "alice@example.org")]  # of what was delivered only


def test_a_reply_is_one_line() -> None:
    assert reply("550 5.1.1 <{recipient}>: no", "a\r\n250 b\udcff") == "550 5.1.1 <a 250 b >: no"
    assert reply("550 5.1.1 <{recipient}>", "x" * 10_000).startswith("550 5.1.1 <xxx")
    assert len(reply("550 <{recipient}>", "x" * 10_000)) <= 500


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("250 2.0.0 ok", 0),
        ("451 4.3.0 no", 75),
        ("452 4.2.2 full", 75),
        ("550 5.1.1 who", 67),
        ("552 5.2.2 full", 73),
        ("552 5.3.4 large", 73),
        ("550 5.7.1 no", 77),
        ("554 5.4.6 loop", 69),
    ],
)
def test_exit_status(answer: str, status: int) -> None:
    assert exit_status(answer) == status

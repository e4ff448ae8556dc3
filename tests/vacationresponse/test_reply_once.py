"""When a reply is due: dates, and once for each sender within a period (RFC 8621 8, RFC 3834 2, RFC 5230 4.2)."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.delivery import vacation
from jmapd.delivery.vacation import MOST_REPLIED, REPLIED, Replied
from jmapd.wire.dates import utc_date
from tests.vacationresponse.conftest import Away

pytestmark = pytest.mark.rfc("5230", "4.2")

DAY = 86400


def at(offset: int) -> str:
    return utc_date(int(time.time()) + offset)


@pytest.mark.rfc("8621", "8")
@pytest.mark.parametrize(
    ("start", "end", "is_due"),
    [(None, None, True), (-DAY, DAY, True), (-DAY, None, True), (None, DAY, True)]
    + [(DAY, None, False), (None, -DAY, False), (-2 * DAY, -DAY, False), (DAY, 2 * DAY, False), (DAY, -DAY, False)],
)
def test_dates(away: Away, start: int | None, end: int | None, is_due: bool) -> None:
    away.set(fromDate=None if start is None else at(start), toDate=None if end is None else at(end))
    away.receive()
    assert len(away.entries()) == is_due


@pytest.mark.rfc("8621", "8")
def test_edges() -> None:
    """On or after fromDate, before toDate."""
    record = {"isEnabled": True, "fromDate": "1970-01-01T00:01:40Z", "toDate": "1970-01-01T00:03:20Z"}
    moments = (99.9, 100.0, 199.9, 200.0)
    assert [vacation.is_in_force(record, now) for now in moments] == [False, True, True, False]


@pytest.mark.rfc("3834", "2")
def test_once_for_a_sender_and_for_each(away: Away) -> None:
    for sender in ("bob@example.com", "Bob@EXAMPLE.com", "bob@example.com", "carol@example.com"):
        away.receive(sender=sender)
    assert [entry["rcptTo"][0]["email"] for entry in away.entries()] == ["bob@example.com", "carol@example.com"]


def test_a_refused_message_does_not_count(away: Away) -> None:
    away.receive("Precedence: bulk")
    away.receive()
    assert len(away.entries()) == 1


def test_what_was_said_anew_is_sent_anew(away: Away) -> None:
    for text in ("One", "Two", "One"):
        away.set(textBody=text)
        away.receive()
    assert sorted(reply.get_content().strip() for reply in away.replies()) == ["One", "Two"]


def test_it_survives_a_restart_and_a_lost_index(away: Away) -> None:
    away.receive()
    for path in away.state.iterdir():
        if path.is_file() and path.name not in ("objects.json", REPLIED):
            path.unlink()
    away.start()
    away.receive()
    assert len(away.entries()) == 1


def test_the_period_is_configured(make_away: Callable[..., Away]) -> None:
    host = make_away(vacation={"days": 2})
    host.set(isEnabled=True)
    host.receive()
    path = host.state / REPLIED
    then, digest = path.read_text().split()
    path.write_text(f"{int(then) - 2 * DAY + 60}\t{digest}\n")
    host.receive()
    assert len(host.entries()) == 1
    path.write_text(f"{int(then) - 2 * DAY - 1}\t{digest}\n")
    host.receive()
    assert len(host.entries()) == 2


def test_memory_is_bounded_and_forgets(tmp_path: Path) -> None:
    lines = [f"{1000 + number}\t{number:032x}\n" for number in range(MOST_REPLIED)]
    (tmp_path / REPLIED).write_text("".join(lines))
    replied = Replied(tmp_path / REPLIED)
    assert not replied.note("late", 1000.0 + MOST_REPLIED, DAY)
    assert replied.note("later", 1000.0 + DAY, DAY)
    assert len((tmp_path / REPLIED).read_text().splitlines()) == MOST_REPLIED


@pytest.mark.parametrize("content", ["", "\n\n", "x\ty\n", "\xff\x00", "1\n", "9" * 5000 + "\tx\n", "99999999999\tx\n"])
def test_a_damaged_memory_answers_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / REPLIED).write_text(content)
    replied = Replied(tmp_path / REPLIED)
    assert replied.note("a", time.time(), DAY) and not replied.note("a", time.time(), DAY)


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    """What is noted in the future does not count for ever."""
    replied = Replied(tmp_path / REPLIED)
    assert replied.note("a", 10 * DAY, DAY) and replied.note("a", 5 * DAY, DAY)


@pytest.mark.rfc("8621", "8")
def test_a_fault_does_not_fail_the_delivery(away: Away) -> None:
    """An outbox that cannot be written."""
    (away.state / "outbox").write_text("in the way")
    away.receive()
    assert len(away.ids()) == 1

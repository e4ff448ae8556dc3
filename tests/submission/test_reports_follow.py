"""Which messages are looked at for reports (RFC 8621 7), and how much a hostile one may cost."""

from pathlib import Path

import pytest

from jmapd.formats.message.dsn import Recipient
from jmapd.formats.message.wire_form import wire_digest
from jmapd.submission import reports
from tests.submission.reporting import BOB, Reporting, bounce, receipt

pytestmark = pytest.mark.rfc("8621", "7")
FAILED = Recipient(BOB, "failed", "5.1.1")
ABOUT = "Original-Message-ID: <1@example.org>\n"


@pytest.fixture
def host(tmp_path: Path) -> Reporting:
    return Reporting(tmp_path)


def test_nothing_is_written_where_nothing_was_sent(host: Reporting) -> None:
    host.arrive(bounce(FAILED, envelope_id="S1"))
    assert not host.outbox.folder.exists()


def test_any_folder(host: Reporting) -> None:
    id = host.sent()
    host.arrive(bounce(FAILED, envelope_id=id), folder="Work")
    assert host.status(id)[0] == "no"


def test_only_what_is_new_is_opened(host: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    host.sent()
    opened: list[str] = []
    look_at = reports._Reading.look_at
    monkeypatch.setattr(reports._Reading, "look_at", lambda self, id: (opened.append(id), look_at(self, id))[1])
    host.follow()
    assert opened == []
    blob = host.arrive("Subject: second\n\nText\n")
    assert opened == [f"M{blob[1:25]}"]


def test_more_than_a_page(host: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "PAGE", 3)
    id = host.sent()
    for number in range(10):
        host.deliver(f"Subject: {number}\n\nText\n")
    host.arrive(bounce(FAILED, envelope_id=id))
    assert host.status(id)[0] == "no"


@pytest.mark.parametrize("seen", ["nonsense", "", "\0é", None])
def test_the_place_is_lost(host: Reporting, seen: str | None) -> None:
    id = host.sent()
    host.deliver(bounce(FAILED, envelope_id=id), received=2_000_000_000)
    path = host.outbox.folder / reports.SEEN
    path.unlink()
    if seen is not None:
        path.write_text(seen)
    host.follow()
    assert host.status(id)[0] == "no" and len(host.get(id, "dsnBlobIds")) == 1


def test_a_lost_index_finds_the_same_again(host: Reporting) -> None:
    id = host.sent()
    data = bounce(FAILED, envelope_id=id)
    host.deliver(data, received=2_000_000_000)
    host.follow()
    before = host.get(id)
    host.follower.close()
    for path in [*host.state_dir.glob("journal.*"), *host.state_dir.glob("snapshot.*"), host.state_dir / "CURRENT"]:
        path.unlink()
    host.start()
    host.follow()
    assert host.get(id) == before and before["dsnBlobIds"] == [f"G{wire_digest(data)}"]


def test_a_report_that_is_there_twice_counts_once(host: Reporting) -> None:
    id = host.sent()
    data = bounce(FAILED, envelope_id=id)
    host.arrive(data)
    host.arrive(data, folder="Work")
    assert len(host.get(id, "dsnBlobIds")) == 1


def test_a_submission_names_so_many_reports_and_no_more(host: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_REPORTS", 2)
    id = host.sent()
    blobs = [host.arrive(receipt(ABOUT, "deleted", more=f"X-Number: {number}\n")) for number in range(4)]
    assert host.get(id, "mdnBlobIds") == blobs[:2]
    host.arrive(receipt(ABOUT))
    assert host.status(id)[1] == "yes"


HOSTILE = {
    "cut in the header": lambda data: data[:60],
    "cut in the status": lambda data: data[: data.index(b"Action")],
    "no boundary": lambda data: data.replace(b"boundary=", b"bindery="),
    "no blank lines": lambda data: data.replace(b"\r\n\r\n", b"\r\n"),
    "control characters": lambda data: data.replace(b"failed", b"fai\x1bled"),
    "not text": lambda data: data.replace(BOB.encode(), b"\xff\xfe\x00@\x80"),
    "address without end": lambda data: data.replace(BOB.encode(), b"(((((" + BOB.encode()),
    "an escape too far": lambda data: data.replace(b"rfc822; bob", rb"utf-8; \x{FFFFFF}\x{D800}\x{0A}bob"),
    "another action": lambda data: data.replace(b"failed", b"lost"),
    "nothing but a report type": lambda data: b"Content-Type: multipart/report\r\n\r\n",
    "a million recipients": lambda data: data.replace(
        b"\r\n\r\nFinal", b"\r\n\r\nFinal-Recipient: x\r\n\r\nFinal" * 9999
    ),
    "parts of parts": lambda data: b"Content-Type: multipart/report; boundary=x\r\n\r\n" + b"--x\r\n" * 20_000 + data,
}


@pytest.mark.rfc("3464", "4")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_reports_change_nothing(host: Reporting, name: str, caplog: pytest.LogCaptureFixture) -> None:
    id = host.sent()
    before = host.status(id)
    data = HOSTILE[name](bounce(FAILED, envelope_id=id))
    host.arrive(data)
    assert host.status(id) == before
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]
    host.arrive(bounce(FAILED, envelope_id=id))
    assert host.status(id)[0] == "no"

"""The outbox: what waits, when, and one attempt at a time."""

import os
import time
from pathlib import Path

import pytest

from jmapd.stores.outbox import ORPHAN_SECONDS, Outbox, Result

MESSAGE = b"Subject: x\r\n\r\nText\r\n"
TAKEN, LATER = Result("250 2.0.0 Ok", "unknown"), Result("450 4.2.0 Later", "queued")


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "alice" / "outbox")


def names(outbox: Outbox) -> list[str]:
    return sorted(path.name for path in outbox.folder.iterdir() if path.name != ".lock")


def test_there_need_not_be_one(outbox: Outbox) -> None:
    assert (outbox.waiting(), outbox.due(9e9), outbox.next_time(), list(outbox.entries())) == ([], [], None, [])
    outbox.recover(lambda id: True)
    assert not outbox.folder.exists()


def test_put(outbox: Outbox) -> None:
    before = time.time()
    id = outbox.put("vacation", "", ["bob@example.net"], MESSAGE)
    assert outbox.due(before - 1) == [] and outbox.due(time.time()) == [id]
    with outbox.attempt(id) as entry:
        assert entry is not None and entry.message() == MESSAGE
        assert (entry.kind, entry.mail_from) == ("vacation", {"email": "", "parameters": None})
        assert entry.rcpt_to == entry.pending() == [{"email": "bob@example.net", "parameters": None}]


def test_order_of_times(outbox: Outbox) -> None:
    late, early, middle = (outbox.put("mdn", "a@example.org", ["b@example.net"], MESSAGE, at) for at in (30, 10, 20))
    assert outbox.due(100) == [early, middle, late] and outbox.due(20) == [early, middle]
    assert outbox.next_time() == 10


def test_put_leaves_nothing_when_it_fails(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("write", "sync_file"):
        with monkeypatch.context() as patched:
            patched.setattr(f"jmapd.stores.outbox.atomic.{name}", full)
            with pytest.raises(OSError, match="No space"):
                outbox.put("mdn", "", ["bob@example.net"], MESSAGE)
        assert names(outbox) == []


def test_one_attempt_at_a_time(outbox: Outbox) -> None:
    id = outbox.put("mdn", "", ["bob@example.net"], MESSAGE)
    with outbox.attempt(id) as first, outbox.attempt(id) as second, Outbox(outbox.folder).attempt(id) as third:
        assert first is not None and second is None and third is None
    with outbox.attempt(id) as again:
        assert again is not None


@pytest.mark.parametrize("is_replaced", [True, False])
def test_what_was_replaced_or_went_before_it_was_locked(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, is_replaced: bool
) -> None:
    id = outbox.put("mdn", "", ["bob@example.net"], MESSAGE)
    path = outbox.folder / f"{id}.eml"

    def late(*_: int) -> None:
        path.unlink()
        if is_replaced:
            path.write_bytes(MESSAGE)

    with monkeypatch.context() as patched:
        patched.setattr("jmapd.stores.outbox.fcntl.flock", late)
        with outbox.held(id) as descriptor:
            assert descriptor is None
    with outbox.held(id) as descriptor, outbox.attempt("Qnone") as none:
        assert (descriptor is not None) == is_replaced and none is None


def test_results_of_several_attempts(outbox: Outbox) -> None:
    id = outbox.put("submission", "a@example.org", ["b@example.net", "c@example.net"], MESSAGE, 10)
    with outbox.attempt(id) as entry:
        assert entry is not None and entry.attempts == 0
        entry.begin()
        entry.record_results({"b@example.net": TAKEN, "c@example.net": LATER}, 50.0)
        assert [each["email"] for each in entry.pending()] == ["c@example.net"]
    assert outbox.due(49) == [] and outbox.due(50) == [id]
    with outbox.attempt(id) as entry:
        assert entry is not None and entry.attempts == 1
        assert entry.results == {"b@example.net": TAKEN, "c@example.net": LATER}
        assert [each["email"] for each in entry.pending()] == ["c@example.net"]
        entry.begin()
        entry.record_results({"c@example.net": TAKEN}, None)
        assert entry.pending() == [] and entry.attempts == 2
        assert entry.message() == MESSAGE, "a bounce may be made of it"
    assert names(outbox) == [] and outbox.next_time() is None


def test_what_cannot_be_read_is_left_out(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    good, *bad = (outbox.put("mdn", "", ["bob@example.net"], MESSAGE, 10) for _ in range(4))
    for id, text in zip(bad, ("", "[]", '{"version": 99}'), strict=True):
        (outbox.folder / f"{id}.json").write_text(text)
    assert outbox.due(100) == [good] and "cannot be read" in caplog.text
    for id in bad:
        with outbox.attempt(id) as entry:
            assert entry is None
    outbox.recover(lambda id: False)
    assert {f"{id}.eml" for id in bad} <= set(names(outbox)), "no message is thrown away for that"


@pytest.mark.parametrize("id", ["../x", "a/b", ".lock", "", "x\n"])
def test_an_id_leads_nowhere_else(outbox: Outbox, id: str) -> None:
    with pytest.raises(KeyError):
        outbox.read(id)


def test_leftovers_of_killed_writers_go_when_they_are_old(outbox: Outbox) -> None:
    kept = outbox.put("mdn", "", ["bob@example.net"], MESSAGE)
    stale, fresh = outbox.folder / "Q1.eml", outbox.folder / "Q2.eml"
    temporary = outbox.folder / ".Q3.json.abc.tmp"
    old = time.time() - ORPHAN_SECONDS - 60
    for path in (stale, fresh, temporary, outbox.folder / f"{kept}.eml"):
        path.write_bytes(MESSAGE)
        if path != fresh:
            os.utime(path, (old, old))
    outbox.recover(lambda id: False)
    assert names(outbox) == sorted(["Q2.eml", f"{kept}.eml", f"{kept}.json"])

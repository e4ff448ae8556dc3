"""Snapshots and record files that are cut or changed are noticed (index.md, "Proof")."""

from pathlib import Path

import pytest

from jmapd.index import IndexDamaged, snapshot
from jmapd.index.account import AccountIndex
from tests.index import events
from tests.index.cards import TYPE, card_id, record
from tests.index.model import some_rows

pytestmark = pytest.mark.rfc("8620", "5.2")
COUNT = 30


def filled(folder: Path) -> Path:
    index = AccountIndex(folder)
    with index.lock():
        cards = {card_id(number): record(number) for number in range(COUNT)}
        files = {f"b1/{number}.vcf": {"stat": [number]} for number in range(COUNT)}
        small = {"Mailbox": {"inbox": {"role": "inbox"}}}
        rule = {"frequency": "weekly"}
        made = {events.event_id(number): events.record(number, recurrenceRule=rule) for number in range(COUNT)}
        index.replace(some_rows(COUNT), {**small, "ContactCard": cards, "_vcf": files, "CalendarEvent": made})
    assert not index.verify()
    index.close()
    return next(folder.glob("snapshot.*"))


def problems(folder: Path) -> list[str]:
    """What an opening, a reading of all and verify() find."""
    try:
        index = AccountIndex(folder)
        list(index.rows())
        return index.verify()
    except IndexDamaged as error:
        return [str(error)]


def test_a_cut_snapshot(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = path.read_bytes()
    for length in [0, 1, 50, 4095, 4096, len(data) // 2, len(data) - 4097, len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(IndexDamaged):
            AccountIndex(tmp_path)
    path.write_bytes(data + b"x")
    with pytest.raises(IndexDamaged):
        AccountIndex(tmp_path)


def test_a_flipped_bit_in_any_section(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = path.read_bytes()
    index = AccountIndex(tmp_path)
    sections = index.mail.snapshot.header["sections"]
    index.close()
    assert len(sections) > 50 and "CalendarEvent.span_reach" in sections
    for offset, length, _, _ in sections.values():
        for at in {offset, offset + length // 2, offset + length - 1} if length else ():
            path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            assert problems(tmp_path)
    path.write_bytes(data)
    assert not problems(tmp_path)


def test_a_flipped_bit_in_the_header(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = path.read_bytes()
    first = data.split(b"\n")[0]
    offset = int(first.split(b" ")[3])
    for at in [*range(0, len(first), 3), *range(offset, len(data), 7)]:
        path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        with pytest.raises(IndexDamaged):
            AccountIndex(tmp_path)


def test_a_damaged_record(tmp_path: Path) -> None:
    filled(tmp_path)
    path = next(tmp_path.glob("records.*"))
    data = path.read_bytes()
    for at in (20, len(data) // 2, len(data) - 10):
        path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        assert problems(tmp_path)
    path.write_bytes(data[:-30])
    assert problems(tmp_path)


def test_a_damaged_record_of_a_large_section_is_met_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A section too large to be checked when it is opened: each record has a checksum of its own."""
    monkeypatch.setattr(snapshot, "CHECKED_AT_USE", 0)
    path = filled(tmp_path)
    data = path.read_bytes()
    index = AccountIndex(tmp_path)
    offset, length, _, _ = index.mail.snapshot.header["sections"][f"{TYPE}.records"]
    index.close()
    for at in (offset, offset + length // 2, offset + length - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        index = AccountIndex(tmp_path)
        with pytest.raises(IndexDamaged):
            dict(index.objects.all(TYPE).items())
        assert index.is_damaged
        index.close()

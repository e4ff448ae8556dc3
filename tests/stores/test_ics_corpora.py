"""Every .ics file of the corpora: loaded or reported, unchanged on disk, patched in place, and deleted."""

from pathlib import Path

import pytest

from jmapd.stores import rebuild
from jmapd.stores.icalendars import ICalendars
from jmapd.stores.vdir_format import Item
from jmapd.wire import Record
from tests.stores.ics_files import Calendars

MOST = 4  # changes in one file
FEW = 20  # components of a file whose records are all deleted
PARTS = 12  # each takes every twelfth file
DAMAGED = ("zday.ics",)  # control characters in the parameters of SUMMARY, which no line may have
GUESSED = ("109.ics",)  # a time zone of no zone's rules: which one comes near hangs on the times of all its events
in_parts = pytest.mark.parametrize("part", range(PARTS))


def files(corpora: Path, part: int) -> list[Path]:
    return sorted((corpora / "ics").rglob("*.ics"))[part::PARTS]


@pytest.fixture
def loaded(calendars: Calendars, corpora: Path, part: int) -> Calendars:
    """A calendar for each program whose files they are."""
    for number, path in enumerate(files(corpora, part)):
        book = path.relative_to(corpora / "ics").parts[0]
        calendars.write(f"{book}/{number}.ics", path.read_bytes())
    rebuild.bring_up(calendars.account)
    return calendars


def octets(calendars: Calendars) -> dict[str, bytes]:
    return {str(path.relative_to(calendars.root)): path.read_bytes() for path in calendars.root.rglob("*.ics")}


@pytest.mark.rfc("jmap-calendars-27", "5")
@in_parts
def test_all_are_loaded(loaded: Calendars) -> None:
    before = octets(loaded)
    assert len(before) > 75
    assert rebuild.verify(loaded.account, is_thorough=True) == []
    with loaded.account.session():
        ids = {type: list(loaded.store(type).ids()) for type in ("CalendarEvent", "Task")}
        for type, found in ids.items():
            shown = loaded.store(type).get(found).values()
            assert all(record["uid"] and record["@type"] in ("Event", "Task") for record in shown)
            blob_ids = [loaded.store(type).whole(id) for id in found[::20]]
            assert all(loaded.account.blobs.open(blob_id) for blob_id in blob_ids)
    assert len(ids["CalendarEvent"]) > 50 and ids["Task"]
    assert octets(loaded) == before


@pytest.mark.rfc("8620", "5.3")
@in_parts
def test_all_are_deleted(loaded: Calendars) -> None:
    """Those of small files; what else is in the files stays."""
    large = {path for path, data in octets(loaded).items() if data.count(b"BEGIN:V") > FEW}
    for path in large:
        (loaded.root / path).unlink()
    for type in ("CalendarEvent", "Task", "CalendarEvent"):  # again: one of two with a UID has the other's id then
        with loaded.account.session(), loaded.account.lock(), loaded.store(type).transaction() as tx:
            for id in list(loaded.store(type).ids()):
                if tx.get(id) is not None:  # else it is the same as another by now
                    tx.destroy(id)
    assert loaded.all("CalendarEvent") == {} == loaded.all("Task")
    assert all(ICalendars().read(data, str) == [] for data in octets(loaded).values())
    assert rebuild.verify(loaded.account, is_thorough=True) == []


@pytest.mark.rfc("8620", "5.3")
@in_parts
def test_some_are_taken_out_of_a_file_of_many(corpora: Path, part: int) -> None:
    """Every other one is what it was, the last and the first being taken in turn."""
    for path in files(corpora, part):
        format, data = ICalendars(), path.read_bytes()
        items = format.read(data, str) if path.name not in GUESSED else []
        for step in range(min(MOST, len(items) - 1)):
            number = (len(items) - 1) * (step % 2)
            data = format.removed(data, number)
            left = format.read(data, str)
            del items[number]
            assert [_rest(item) for item in left] == [_rest(item) for item in items], path
            items = left


@pytest.mark.rfc("8620", "5.3")
@in_parts
def test_a_patched_title_leaves_all_other_components(corpora: Path, part: int) -> None:
    """And the item says what it said, but for that."""
    wrong = []
    for path in files(corpora, part):
        if path.name in DAMAGED:
            continue
        format, data = ICalendars(), path.read_bytes()
        items = format.read(data, str)
        for number, item in enumerate(items[:MOST]):
            others = [each.etag for n, each in enumerate(items) if n != number]
            changed = format.replaced(data, number, item.record | {"title": "Patched"}, item.record)
            after = format.read(changed, str)
            if [each.etag for n, each in enumerate(after) if n != number] != others:
                wrong.append(f"{path.name}: others than {number} changed")
            elif _rest(after[number]) != _rest(item):
                wrong.append(f"{path.name}: {number} says something else")
    assert wrong == []


def _rest(item: Item) -> Record:
    """A UID that was empty is not any more."""
    kept = item.record.get("iCalendar", {}).get("properties", [])
    if ["uid", {}, "text", ""] in kept:
        kept.remove(["uid", {}, "text", ""])
    names = ("title", "uid")
    return {name: value for name, value in item.record.items() if name not in names}

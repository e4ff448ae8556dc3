"""Every .ics file of the corpora: loaded or reported, unchanged on disk, patched in place, and deleted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.stores import rebuild
from jmapd.stores.icalendars import ICalendars
from jmapd.stores.vdir_format import Item
from jmapd.wire import Record
from tests.stores.ics_files import Calendars

MOST = 10  # changes in one file


@pytest.fixture
def loaded(calendars: Calendars, corpora: Path) -> Calendars:
    """A calendar for each program whose files they are."""
    for number, path in enumerate(sorted((corpora / "ics").rglob("*.ics"))):
        book = path.relative_to(corpora / "ics").parts[0]
        calendars.write(f"{book}/{number}.ics", path.read_bytes())
    rebuild.bring_up(calendars.account)
    return calendars


def octets(calendars: Calendars) -> dict[str, bytes]:
    return {str(path.relative_to(calendars.root)): path.read_bytes() for path in calendars.root.rglob("*.ics")}


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_all_are_loaded_and_deleted(loaded: Calendars) -> None:
    before = octets(loaded)
    assert len(before) > 900
    assert rebuild.verify(loaded.account, is_thorough=True) == []
    with loaded.account.session():
        ids = {type: list(loaded.store(type).ids()) for type in ("CalendarEvent", "Task")}
        for type, found in ids.items():
            shown = loaded.store(type).get(found).values()
            assert all(record["uid"] and record["@type"] in ("Event", "Task") for record in shown)
            blob_ids = [loaded.store(type).whole(id) for id in found]
            assert all(loaded.account.blobs.open(blob_id) for blob_id in blob_ids)
    assert len(ids["CalendarEvent"]) > 2500 and len(ids["Task"]) > 50
    assert octets(loaded) == before
    for type, found in ids.items():
        with loaded.account.session(), loaded.account.lock(), loaded.store(type).transaction() as tx:
            for id in found:
                if tx.get(id) is not None:  # else it is the same as another by now
                    tx.destroy(id)
    assert loaded.all("CalendarEvent") == {} == loaded.all("Task")
    left = octets(loaded)
    assert all(ICalendars().read(data, str) == [] for data in left.values())
    assert rebuild.verify(loaded.account, is_thorough=True) == []


@pytest.mark.rfc("8620", "5.3")
def test_a_patched_title_leaves_all_other_components(corpora: Path) -> None:
    """And the item says what it said, but for that."""
    wrong = []
    for path in sorted((corpora / "ics").rglob("*.ics")):
        format, data = ICalendars(), path.read_bytes()
        items = format.read(data, str)
        for number, item in enumerate(items[:MOST]):
            others = _said(format.read(data, str), lambda n, number=number: n != number)
            changed = format.replaced(data, number, item.record | {"title": "Patched"}, item.record)
            after = format.read(changed, str)
            if len(after) != len(items) or _said(after, lambda n, number=number: n != number) != others:
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


def _said(items: list[Item], test: Callable[[int], bool]) -> list[str]:
    return [item.etag for number, item in enumerate(items) if test(number)]

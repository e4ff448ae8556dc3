"""jmapd-sample --contacts and --calendars: files that any program can read."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jmapd.cli.sample import main
from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.formats.jscalendar.validate import problems as valid
from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.validate import problems
from jmapd.formats.vcard import Card, cards


def _cards(folder: Path) -> list[Card]:
    return [card for path in sorted(folder.rglob("*.vcf")) for card in cards(path.read_bytes())]


@pytest.mark.rfc("9553", "2")
def test_sample_contacts_are_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--contacts", str(tmp_path / "new")]) == 0
    found = _cards(tmp_path / "new")
    assert capsys.readouterr().out == f"{len(found)} contacts in {tmp_path / 'new'}\n"
    assert {card.version for card in found} == {"2.1", "3.0", "4.0"}
    assert not any(card.is_broken for card in found)
    records = [from_vcard(card).record for card in found]
    assert [problems(record, strict=True) for record in records] == [[]] * len(records)
    uids = {record["uid"] for record in records}
    assert len(uids) == len(records)
    assert {member for record in records for member in record.get("members", ())} <= uids


@pytest.mark.rfc("jscalendarbis-15", "2")
def test_sample_calendars_are_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "new"
    assert main(["--calendars", str(root)]) == 0
    files = [calendars(path.read_bytes()) for path in sorted(root.rglob("*.ics"))]
    assert not any(calendar.is_broken for found in files for calendar in found)
    every = [each for found in files for calendar in found for each in objects(calendar)]
    kinds = [each.type for each in every]
    assert capsys.readouterr().out == f"{kinds.count('Event')} events and {kinds.count('Task')} tasks in {root}\n"
    assert [valid(each.record) for each in every] == [[]] * len(every)
    assert len({each.uid for each in every}) == len(every) == len(files)
    today = datetime.now()
    week = [len([*occurrences(each.record, today, today + timedelta(8))]) for each in every]
    assert sum(week) >= 6


def test_a_folder_that_has_something_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.vcf").write_text("x")
    with pytest.raises(SystemExit) as error:
        main(["--contacts", str(tmp_path)])
    assert error.value.code == 2 and [path.name for path in tmp_path.iterdir()] == ["mine.vcf"]

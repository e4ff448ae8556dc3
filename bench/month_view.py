#!/usr/bin/env python3
"""Times the first index of a folder of .ics files and then the month view: PYTHONPATH=. bench/month_view.py

The month is one CalendarEvent/query with expandRecurrences, without HTTP; then with a CalendarEvent/get of one page,
for a month of which nothing is kept in the index, and without expansion.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol import dispatch
from jmapd.stores import rebuild
from jmapd.stores.account import FileAccount
from jmapd.stores.icalendars import ICalendars
from jmapd.stores.vdir import VdirPart
from jmapd.wire import ijson

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:calendars"]
USER = "alice"
SHOWN = [
    "id",
    "baseEventId",
    "calendarIds",
    "title",
    "start",
    "timeZone",
    "duration",
    "showWithoutTime",
    "status",
    "color",
]
RULES = ["FREQ=WEEKLY"] * 5 + ["FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;COUNT=10"]
RULES += ["FREQ=MONTHLY;BYDAY=2TU", "FREQ=YEARLY", "FREQ=DAILY"]
ZONE = """BEGIN:VTIMEZONE\r
TZID:Europe/Berlin\r
BEGIN:DAYLIGHT\r
DTSTART:19810329T020000\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
BEGIN:STANDARD\r
DTSTART:19961027T030000\r
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
END:VTIMEZONE\r
"""


def event(number: int, does_recur: bool, today: date, dice: random.Random) -> Iterator[str]:
    """The components of one; those that recur began in the last five years, the others are within three of today."""
    days = -dice.randrange(5 * 365) if does_recur else dice.randrange(-3 * 365, 3 * 365)
    start = datetime(today.year, today.month, today.day, dice.randrange(7, 20)) + timedelta(days)
    times = f"DTSTART;TZID=Europe/Berlin:{start:%Y%m%dT%H%M%S}\r\nDURATION:PT1H\r\n"
    text = "Agenda and notes of the meeting. " * 3
    lines = f"UID:{number}@example.org\r\nDTSTAMP:20260101T000000Z\r\n"
    rule = f"RRULE:{dice.choice(RULES)}\r\n" if does_recur else ""
    if does_recur and number % 3 == 0:
        rule += f"EXDATE;TZID=Europe/Berlin:{start + timedelta(14):%Y%m%dT%H%M%S}\r\n"
    whole = f"{lines}{times}{rule}SUMMARY:Meeting {number}\r\nDESCRIPTION:{text}\r\n"
    yield f"BEGIN:VEVENT\r\n{whole}END:VEVENT\r\n"
    if does_recur and number % 4 == 0:
        moved = start + timedelta(21, hours=2)
        at = f"RECURRENCE-ID;TZID=Europe/Berlin:{start + timedelta(21):%Y%m%dT%H%M%S}\r\n"
        times = f"DTSTART;TZID=Europe/Berlin:{moved:%Y%m%dT%H%M%S}\r\nDURATION:PT1H\r\n"
        yield f"BEGIN:VEVENT\r\n{lines}{at}{times}END:VEVENT\r\n"


def write(folder: Path, count: int, recurring: int) -> None:
    dice, today = random.Random(1), date.today()
    folder.mkdir(parents=True)
    for number in range(count):
        does_recur = number * recurring // count != (number + 1) * recurring // count
        body = ZONE + "".join(event(number, does_recur, today, dice))
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//bench//EN\r\n{body}END:VCALENDAR\r\n"
        (folder / f"{number}.ics").write_bytes(text.encode())


class Timed:
    """Requests to one account."""

    def __init__(self, account: FileAccount, repeats: int) -> None:
        self._account, self._repeats = account, repeats
        self._registry = methods(datatypes.ALL)

    def __call__(self, title: str, calls: list[Any]) -> None:
        request = {"using": USING, "methodCalls": calls}
        times, answer = [], {}
        for _ in range(self._repeats):
            begin = time.process_time()
            answer = dispatch.run(request, USER, {USER: self._account}, self._registry, Limits(), {}, False)
            ijson.dumps(answer)
            times.append((time.process_time() - begin) * 1000)
        name, last, _ = answer["methodResponses"][-1]
        if name == "error":
            raise SystemExit(f"{title}: {last}")
        count = len(last.get("ids") or last.get("list") or ())
        print(f"{title}: {statistics.median(times):.2f} ms CPU, {max(times):.2f} at most, {count} found")


def month(first: date) -> dict[str, str]:
    after = (first.replace(day=15) + timedelta(31)).replace(day=1)
    return {"after": f"{first}T00:00:00", "before": f"{after}T00:00:00"}


def view(filter: dict[str, str], **more: Any) -> list[Any]:
    arguments = {
        "accountId": USER,
        "filter": filter,
        "timeZone": "Europe/Berlin",
        "sort": [{"property": "start"}],
        **more,
    }
    return ["CalendarEvent/query", arguments, "a"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--recurring", type=int, default=1_000, help="of these")
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder / "calendars" / "home", options.events, options.recurring)
        account = FileAccount(USER, USER, USER, folder / "state", [VdirPart(folder / "calendars", ICalendars())])
        clock, begin = time.perf_counter(), time.process_time()
        rebuild.bring_up(account)
        print(f"first index: {time.process_time() - begin:.1f} s CPU, {time.perf_counter() - clock:.1f} s")
        timed = Timed(account, options.repeats)
        now = month(date.today().replace(day=1))
        far = month(date.today().replace(day=1, year=date.today().year + 20))
        get = {"accountId": USER, "#ids": {"resultOf": "a", "name": "CalendarEvent/query", "path": "/ids"}}
        shown = ["CalendarEvent/get", get | {"properties": SHOWN}, "b"]
        timed("month, query", [view(now, expandRecurrences=True)])
        timed("month, query and get of 100", [view(now, expandRecurrences=True, limit=100), shown])
        timed("month that is not kept, query", [view(far, expandRecurrences=True)])
        timed("month, query without expansion", [view(now)])
        timed("all, 50 by start", [view({}, limit=50)])
        timed("text, query", [view({"text": "meeting 77"})])
    finally:
        shutil.rmtree(folder)
    return 0


sys.exit(main())

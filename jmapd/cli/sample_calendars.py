"""Sample calendars and tasks for a first look: as of today, as phones, khal, todoman and office programs write them."""

import re
from datetime import date, timedelta
from pathlib import Path

from jmapd.formats.content_lines import fold

_DAY = re.compile(r"<([+-]\d+)>")  # days from today
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""
OFFICE = BERLIN.replace("TZID:Europe/Berlin", "TZID:W. Europe Standard Time")

# folder -> its files; of a vdir (https://vdirsyncer.pimutils.org) for what is no event and no task
CALENDARS: dict[str, dict[str, str]] = {
    "personal": {
        "displayname": "Personal",
        "color": "#3465a4",
        "choir.ics": f"""
PRODID:-//Example//Phone 3.2//EN
{BERLIN}
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000101
DTSTAMP:20240901T080000Z
DTSTART;TZID=Europe/Berlin:<-70>T190000
DTEND;TZID=Europe/Berlin:<-70>T203000
RRULE:FREQ=WEEKLY
EXDATE;TZID=Europe/Berlin:<-14>T190000
SUMMARY:Choir
LOCATION:Community hall\\, 12 Orchard Lane
ORGANIZER;CN=Chloé Dubois:mailto:chloe@example.net
ATTENDEE;CN=Chloé Dubois;PARTSTAT=ACCEPTED:mailto:chloe@example.net
ATTENDEE;CN=Alice Arden;PARTSTAT=ACCEPTED:mailto:alice@example.org
CATEGORIES:music,friends
SEQUENCE:2
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Choir
TRIGGER:-PT45M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000101
DTSTAMP:20240901T080000Z
RECURRENCE-ID;TZID=Europe/Berlin:<+7>T190000
DTSTART;TZID=Europe/Berlin:<+8>T200000
DTEND;TZID=Europe/Berlin:<+8>T213000
SUMMARY:Choir: dress rehearsal
SEQUENCE:2
END:VEVENT
""",
        "birthday.ics": """
PRODID:-//Example//Phone 3.2//EN
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000102
DTSTAMP:20240901T080000Z
DTSTART;VALUE=DATE:19810412
RRULE:FREQ=YEARLY
SUMMARY:Alice's birthday 🎂
TRANSP:TRANSPARENT
CLASS:PRIVATE
END:VEVENT
""",
        "holiday.ics": """
PRODID:-//pimutils.org//khal//EN
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000103
DTSTAMP:20240901T080000Z
DTSTART;VALUE=DATE:<+20>
DTEND;VALUE=DATE:<+27>
SUMMARY:At the coast
DESCRIPTION:Trains are booked.\\nSwimming things are in the blue bag.
COLOR:turquoise
GEO:54.18;12.09
END:VEVENT
""",
        "dentist.ics": """
PRODID:-//pimutils.org//khal//EN
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000104
DTSTAMP:20240901T080000Z
DTSTART:<+3>T081500
DURATION:PT30M
SUMMARY:Dentist
END:VEVENT
""",
        "call.ics": """
PRODID:-//Example//Web//EN
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000105
DTSTAMP:20240901T080000Z
DTSTART:<+1>T170000Z
DTEND:<+1>T173000Z
SUMMARY:Call with Fumi
CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join:https://meet.example.com/leaf
URL:https://www.example.com/
STATUS:TENTATIVE
END:VEVENT
""",
    },
    "office": {
        "displayname": "Office",
        "description": "Gül & Söhne GmbH",
        "color": "#a40000",
        "meeting.ics": f"""
PRODID:-//Example//Office 16.0//EN
{OFFICE}
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E00800000000000001
DTSTAMP:20240901T080000Z
DTSTART;TZID="W. Europe Standard Time":<-28>T093000
DTEND;TZID="W. Europe Standard Time":<-28>T101500
RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=12
SUMMARY;LANGUAGE=de:Besprechung Übersetzungen
LOCATION:Raum 2
ORGANIZER;CN=Elif Yıldız:mailto:elif@example.com
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Alice Arden:mailto:alice@example.org
ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED;CN=Raum 2:mailto:raum2@example.com
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
END:VEVENT
""",
        "accounts.ics": """
PRODID:-//Example//Office 16.0//EN
BEGIN:VEVENT
UID:5f0c1a52-6b1c-4d5e-9a77-000000000107
DTSTAMP:20240901T080000Z
DTSTART;VALUE=DATE:20240131
RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1
SUMMARY:Monthly accounts
END:VEVENT
""",
    },
    "tasks": {
        "displayname": "To do",
        "color": "#4e9a06",
        "plot.ics": """
PRODID:-//todoman//todoman//EN
BEGIN:VTODO
UID:5f0c1a52-6b1c-4d5e-9a77-000000000108
DTSTAMP:20240901T080000Z
CREATED:20240901T080000Z
DUE:<+5>T160000Z
SUMMARY:Prepare the plot for winter
PRIORITY:5
STATUS:IN-PROCESS
PERCENT-COMPLETE:40
END:VTODO
""",
        "leaves.ics": """
PRODID:-//todoman//todoman//EN
BEGIN:VTODO
UID:5f0c1a52-6b1c-4d5e-9a77-000000000109
DTSTAMP:20240901T080000Z
SUMMARY:Rake the leaves
RELATED-TO;RELTYPE=PARENT:5f0c1a52-6b1c-4d5e-9a77-000000000108
STATUS:COMPLETED
COMPLETED:<-2>T150000Z
PERCENT-COMPLETE:100
END:VTODO
""",
        "ladder.ics": """
PRODID:-//todoman//todoman//EN
BEGIN:VTODO
UID:5f0c1a52-6b1c-4d5e-9a77-000000000110
DTSTAMP:20240901T080000Z
SUMMARY:Give Bob his ladder back
DESCRIPTION:And the long drill.
DUE;VALUE=DATE:<-1>
PRIORITY:1
STATUS:NEEDS-ACTION
END:VTODO
""",
        "plants.ics": f"""
PRODID:-//Example//Mail 128//EN
{BERLIN}
BEGIN:VTODO
UID:5f0c1a52-6b1c-4d5e-9a77-000000000111
DTSTAMP:20240901T080000Z
DTSTART;TZID=Europe/Berlin:<-10>T180000
DUE;TZID=Europe/Berlin:<-10>T200000
RRULE:FREQ=DAILY;INTERVAL=3
SUMMARY:Water the plants
CATEGORIES:home
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Water the plants
TRIGGER;RELATED=END:-PT30M
END:VALARM
END:VTODO
""",
    },
}


def write(root: Path) -> tuple[int, int]:
    """Writes a folder for each calendar; how many events and how many tasks there are."""
    counts = {"VEVENT": 0, "VTODO": 0}
    today = date.today()
    for folder, files in CALENDARS.items():
        (root / folder).mkdir(parents=True)
        for name, text in files.items():
            if name.endswith(".ics"):
                text = _DAY.sub(lambda found: f"{today + timedelta(int(found[1])):%Y%m%d}", text.strip())
                lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *text.split("\n"), "END:VCALENDAR"]
                text = "".join(fold(line, "\r\n") for line in lines)
                counts["VTODO" if "BEGIN:VTODO" in lines else "VEVENT"] += 1
            (root / folder / name).write_bytes(text.encode())
    return counts["VEVENT"], counts["VTODO"]

"""What the Session says of calendars (jmap-calendars-27 1.5)."""

from typing import Any

import pytest

from jmapd.formats.jscalendar import durations
from tests.calendars.host import CALENDARS, PARSE, Calendars

AVAILABILITY = "urn:ietf:params:jmap:principals:availability"
PRINCIPALS = "urn:ietf:params:jmap:principals"
SHARED = {"team": ["alice", "bob:read"]}


def _told(host: Calendars, urn: str) -> dict[str, Any]:
    accounts = host.session()["accounts"]
    return {id: each["accountCapabilities"][urn] for id, each in accounts.items() if urn in each["accountCapabilities"]}


@pytest.mark.rfc("jmap-calendars-27", "1.5.1")
def test_calendars(make_host: Any) -> None:
    host = make_host(SHARED)
    assert host.session()["capabilities"][CALENDARS] == {}
    assert _told(host, CALENDARS)["alice"] == {
        "maxCalendarsPerEvent": None,
        "minDateTime": "0001-01-01T00:00:00Z",
        "maxDateTime": "9999-12-31T23:59:59Z",
        "maxExpandedQueryDuration": "P400D",
        "maxParticipantsPerEvent": 1000,
        "mayCreateCalendar": True,
    }
    assert durations.is_duration("P400D")
    host.log_in("bob")
    assert {id: each["mayCreateCalendar"] for id, each in _told(host, CALENDARS).items()} == {
        "bob": True,
        "team": False,
    }


@pytest.mark.rfc("jmap-calendars-27", "1.5.1")
def test_they_are_primary_in_the_users_own_account(make_host: Any) -> None:
    assert make_host(SHARED).session()["primaryAccounts"][CALENDARS] == "alice"


@pytest.mark.rfc("jmap-calendars-27", "1.5.1")
def test_no_calendars_no_capability(make_host: Any) -> None:
    host = make_host(paths={"calendars": ""})
    assert _told(host, CALENDARS) == {} and host.error("Calendar/get")["type"] == "accountNotSupportedByMethod"


@pytest.mark.rfc("jmap-calendars-27", "1.5.2")
def test_availability_is_where_principals_are(make_host: Any) -> None:
    host = make_host(SHARED)
    assert host.session()["capabilities"][AVAILABILITY] == {}
    assert _told(host, AVAILABILITY) == {"alice": {"maxAvailabilityDuration": "P400D"}}
    assert _told(host, PRINCIPALS).keys() == {"alice"}


@pytest.mark.rfc("jmap-calendars-27", "1.5.3")
def test_parse_says_nothing_more(make_host: Any) -> None:
    host = make_host(SHARED)
    assert host.session()["capabilities"][PARSE] == {}
    assert _told(host, PARSE) == {"alice": {}, "team": {}}

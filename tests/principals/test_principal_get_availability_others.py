"""Principal/getAvailability (jmap-calendars-27 2.2): who may ask of whom, and what is refused."""

from typing import Any

import pytest

from tests.calendars.host import person, vcalendar, vevent
from tests.principals.host import CALENDARS_TOO, PRINCIPALS, People
from tests.principals.test_principal_get_availability import JANUARY, METHOD, at, busy

pytestmark = pytest.mark.rfc("jmap-calendars-27", "2.2")


def test_of_an_account_that_one_sees(host: People) -> None:
    host.use("team").new("Meeting")
    host.be("bob")
    team = host.principal("team")
    (found,) = busy(host, team, showDetails=True)
    assert found["event"]["title"] == "Meeting" and found["accountId"] == "team"


def test_what_the_principal_said_counts_not_what_the_guest_did(host: People) -> None:
    """freeBusyStatus and includeInAvailability are each user's own."""
    host.use("team").new("Meeting")
    home = host.calendar("home")
    host.updated(home, {"isSubscribed": True, "includeInAvailability": "none"}, "Calendar")
    host.be("alice")
    assert len(busy(host, host.principal("team"))) == 1 and busy(host) == []


def test_details_of_what_is_private_in_a_shared_account(host: People) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "CLASS:PRIVATE", "DURATION:PT1H")), user="team")
    host.write("b.ics", vcalendar(vevent("u2", "CLASS:CONFIDENTIAL", "DURATION:PT3H")), user="team")
    host.be("bob")
    (found,) = busy(host, host.principal("team"), showDetails=True)
    assert found["event"] is None and found["utcEnd"] == "2026-01-05T10:00:00Z"


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_details_have_no_more_than_the_event_has(host: People) -> None:
    people = {"t": person("team@example.org", "owner"), "c": person("carol@example.org")}
    host.use("team").new("Meeting", participants=people, hideAttendees=True)
    host.be("bob")
    (found,) = busy(host, host.principal("team"), showDetails=True)
    assert found["event"]["participants"].keys() == {"t"}
    alert = {"@type": "Alert", "action": "display", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}
    host.be("alice").new("Lunch", alerts={"1": alert})
    (found,) = busy(host, showDetails=True)
    assert found["event"]["alerts"] == {"1": alert}


def test_of_one_whose_account_one_does_not_see(make_all: Any) -> None:
    host = make_all()
    host.be("carol").new("Dentist")
    host.be("alice")
    (found,) = busy(host, host.principal("carol"), showDetails=True)
    assert found["event"] is None and found["accountId"] is None and found["utcStart"] == "2026-01-05T08:00:00Z"
    assert host.error("CalendarEvent/get", {"accountId": "carol", "ids": None})["type"] == "accountNotFound"


def test_forbidden(make_all: Any) -> None:
    host = make_all(availability="shared")
    error = host.error(METHOD, {"id": host.principal("carol"), **JANUARY})
    assert error["type"] == "forbidden" and error["description"]


def test_not_found(host: People) -> None:
    carol = host.be("carol").principal("carol")
    for id in (carol, "Pnone", ""):
        assert host.be("alice").error(METHOD, {"id": id, **JANUARY})["type"] == "notFound"


def test_too_large(host: People) -> None:
    me = host.principal("alice")
    long = {"utcStart": "2026-01-01T00:00:00Z", "utcEnd": "2027-02-05T00:00:00Z"}
    assert host.call(METHOD, {"id": me, **long})["list"] == []
    assert host.error(METHOD, {"id": me, **long, "utcEnd": "2027-02-05T00:00:01Z"})["type"] == "tooLarge"


@pytest.mark.parametrize(
    "wrong",
    [
        {"utcStart": None},
        {"utcStart": "2026-01-01T00:00:00"},
        {"utcEnd": "2025-01-01T00:00:00Z"},
        {"showDetails": "yes"},
        {"eventProperties": "title"},
        {"id": None},
    ],
)
def test_wrong_arguments(host: People, wrong: dict[str, Any]) -> None:
    assert host.error(METHOD, {"id": host.principal("alice"), **JANUARY, **wrong})["type"] == "invalidArguments"


def test_the_principal_by_reference(make_all: Any) -> None:
    host = make_all()
    host.be("carol").new("Dentist")
    host.be("alice")
    query = {"accountId": "alice", "filter": {"email": "carol"}}
    reference = {"resultOf": "q", "name": "Principal/query", "path": "/ids/0"}
    calls = [["Principal/query", query, "q"], [METHOD, {"accountId": "alice", "#id": reference, **JANUARY}, "a"]]
    answer = host.request(calls)[1]
    assert answer[0] == METHOD and len(answer[1]["list"]) == 1


def test_two_who_ask_of_each_other_do_not_wait_for_each_other(make_all: Any) -> None:
    """All accounts are taken in one order, whoever asks."""
    host = make_all()
    accounts = host.app.site.accounts
    entered: list[str] = []
    for name in ("alice", "carol"):
        account = accounts.account(name)
        session = account.session
        account.session = lambda name=name, session=session: (entered.append(name), session())[1]
    for user, other in (("alice", "carol"), ("carol", "alice")):
        host.be(user)
        id = host.principal(other)
        entered.clear()
        at(host, id)
        assert entered == ["alice", "carol"]


@pytest.mark.rfc("jmap-calendars-27", "1.5.2")
def test_it_needs_its_capability(host: People) -> None:
    given = {"id": host.principal("alice"), **JANUARY}
    assert host.error(METHOD, given, (*CALENDARS_TOO, PRINCIPALS))["type"] == "unknownMethod"

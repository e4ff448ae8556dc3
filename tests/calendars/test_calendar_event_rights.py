"""CalendarRights (jmap-calendars-27 4) as CalendarEvent/set keeps them: what each right is enough for."""

from typing import Any

import pytest

from jmapd.datatypes.calendars.calendar_event_kind import KIND
from jmapd.datatypes.jscalendar import rights
from jmapd.methods.context import Context, Limits
from jmapd.stores.memory import MemoryAccount, MemoryStore
from jmapd.wire.errors import Forbidden
from tests.calendars.host import WEEKLY, person

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4")
ME = "alice@example.org"
DATE = "2026-01-12T09:00:00"


def context(*mine: str, **calendars: dict[str, bool]) -> Context:
    """alice with these rights in the calendars of an account of her own, which has her address."""
    stores = {"Calendar": MemoryStore("B"), "ParticipantIdentity": MemoryStore("A"), "CalendarEvent": MemoryStore("E")}
    for id, given in ({"home": dict.fromkeys(mine, True)} | calendars).items():
        stores["Calendar"].records[id] = {"id": id, "myRights": given}
    stores["ParticipantIdentity"].records["A1"] = {"id": "A1", "calendarAddress": f"mailto:{ME}"}
    return Context("alice", frozenset(), Limits(), {}, account=MemoryAccount("a", stores))


def event(*calendars: str, **more: Any) -> dict[str, Any]:
    where = dict.fromkeys(calendars or ("home",), True)
    return {"id": "E1", "@type": "Event", "uid": "u", "calendarIds": where, "start": "2026-01-05T09:00:00", **more}


def allows(given: Context, old: Any, new: Any) -> bool:
    try:
        rights.check(given, KIND, old, new)
    except Forbidden as error:
        assert error.wire()["properties"] and error.description
        return False
    return True


MINE = event(participants={"me": person(ME, "owner")})
THEIRS = event(participants={"o": person("bob@example.org", "owner"), "me": person(ME)})
NOBODYS = event(participants={"x": person("bob@example.org")})


@pytest.mark.parametrize("before", [MINE, THEIRS, NOBODYS, event()])
def test_may_write_all(before: Any) -> None:
    may = context("mayWriteAll")
    assert allows(may, None, before) and allows(may, before, None) and allows(may, before, before | {"title": "x"})
    nothing = context("mayReadItems")
    assert not (allows(nothing, None, before) or allows(nothing, before, None))
    assert not allows(nothing, before, before | {"title": "x"})


@pytest.mark.parametrize(("before", "is_allowed"), [(MINE, True), (NOBODYS, True), (event(), True), (THEIRS, False)])
def test_may_write_own(before: Any, is_allowed: bool) -> None:
    may = context("mayWriteOwn")
    for old, new in ((None, before), (before, None), (before, before | {"title": "x"})):
        assert allows(may, old, new) is is_allowed


def test_ownership_may_be_given_away() -> None:
    assert allows(context("mayWriteOwn"), MINE, MINE | {"participants": THEIRS["participants"]})


SERIES = THEIRS | {"recurrenceRule": WEEKLY}


def overridden(**patch: Any) -> dict[str, Any]:
    return SERIES | {"recurrenceOverrides": {DATE: {name.replace("__", "/"): each for name, each in patch.items()}}}


@pytest.mark.parametrize(
    ("new", "is_allowed"),
    [
        (SERIES | {"color": "red", "keywords": {"a": True}, "alerts": {}, "useDefaultAlerts": True}, True),
        (SERIES | {"freeBusyStatus": "free"}, True),
        (SERIES | {"color": "red", "updated": "2026-01-01T00:00:00Z", "sequence": 4}, True),
        (overridden(color="red"), True),
        (SERIES | {"title": "x"}, False),
        (SERIES | {"color": "red", "title": "x"}, False),
        (overridden(color="red", title="x"), False),
        (overridden(excluded=True), False),
    ],
)
def test_may_update_private(new: Any, is_allowed: bool) -> None:
    assert allows(context("mayUpdatePrivate"), SERIES, new) is is_allowed
    assert not allows(context("mayRSVP"), SERIES, new)


def with_people(base: Any = SERIES, **people: Any) -> dict[str, Any]:
    found = {id: each for id, each in (base["participants"] | people).items() if each is not None}
    return dict(base | {"participants": found})


ANSWER = {"participationStatus": "accepted", "expectReply": False, "scheduleSequence": 1}


@pytest.mark.parametrize(
    ("new", "is_allowed"),
    [
        (with_people(me=person(ME, **ANSWER)), True),
        (with_people(me=person(ME, scheduleUpdated="2026-01-01T00:00:00Z")), True),
        (overridden(participants__me__participationStatus="declined"), True),
        (with_people(me=person(ME, "attendee", "owner")), False),
        (with_people(me=person(ME, name="Alice")), False),
        (with_people(me=None), False),
        (with_people(o=person("bob@example.org", "owner", **ANSWER)), False),
        (with_people(y=person("y@example.org")), False),
        (overridden(participants__o__participationStatus="declined"), False),
        (overridden(participants__me__participationStatus="declined", title="x"), False),
    ],
)
def test_may_rsvp(new: Any, is_allowed: bool) -> None:
    assert allows(context("mayRSVP"), SERIES, new) is is_allowed
    assert not allows(context("mayUpdatePrivate"), SERIES, new)


@pytest.mark.rfc("jmap-calendars-27", "5.1.1")
@pytest.mark.parametrize(
    ("flag", "new", "is_allowed"),
    [
        (True, person(ME), True),
        (True, person(ME, "attendee", "chair"), False),
        (True, person("y@example.org"), False),
        (False, person(ME), False),
    ],
)
def test_may_invite_self(flag: bool, new: Any, is_allowed: bool) -> None:
    base = event(mayInviteSelf=flag, participants={"o": person("bob@example.org", "owner")})
    assert allows(context("mayRSVP"), base, with_people(base, new=new)) is is_allowed
    one = base | {"recurrenceRule": WEEKLY}
    assert allows(context("mayRSVP"), one, one | {"recurrenceOverrides": {DATE: {"participants/n": new}}}) is is_allowed


@pytest.mark.rfc("jmap-calendars-27", "5.1.2")
@pytest.mark.parametrize(
    ("flag", "new", "is_allowed"),
    [
        (True, person("y@example.org"), True),
        (True, person("y@example.org", "attendee", "owner"), False),
        (False, person("y@example.org"), False),
    ],
)
def test_may_invite_others(flag: bool, new: Any, is_allowed: bool) -> None:
    base = SERIES | {"mayInviteOthers": flag}
    assert allows(context("mayRSVP"), base, with_people(base, new=new)) is is_allowed
    stranger = with_people(base, me=None)
    assert not allows(context("mayRSVP"), stranger, with_people(stranger, new=new))


class TestInSeveralCalendars:
    def test_the_right_must_be_there_in_all(self) -> None:
        old = event("home", "work")
        may = context("mayWriteAll", work={"mayWriteAll": True})
        half = context("mayWriteAll", work={"mayReadItems": True})
        assert allows(may, old, old | {"title": "x"}) and not allows(half, old, old | {"title": "x"})

    def test_removing_needs_the_right_where_it_is_removed(self) -> None:
        old, new = event("home", "work"), event("home")
        assert allows(context("mayReadItems", work={"mayWriteAll": True}), old, new)
        assert not allows(context("mayWriteAll", work={"mayReadItems": True}), old, new)

    def test_adding_needs_the_right_where_it_is_added(self) -> None:
        old, new = event("home"), event("home", "work")
        assert allows(context("mayReadItems", work={"mayWriteAll": True}), old, new)
        assert not allows(context("mayWriteAll", work={"mayReadItems": True}), old, new)

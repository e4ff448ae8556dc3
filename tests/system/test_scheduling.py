"""alice invites bob, by all programs that take part: the server, jmapd-submit, an MTA, jmapd-deliver, jmapd-reindex."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .calendars import CALENDARS, DAY
from .jmap import MAIL, Jmap
from .sending import Deliverer, Sender, deliverer, running, sender
from .sink import Sink, sink
from .web import CORE, HASH, Server, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("6047", "2"), pytest.mark.rfc("jmap-calendars-27", "5.9.2")]
SUBMISSION = "urn:ietf:params:jmap:submission"


class User(Jmap):
    """A client of one user."""

    using = (CORE, MAIL, SUBMISSION, CALENDARS)

    def __init__(self, server: Server, name: str) -> None:
        super().__init__(server)
        self.name, self.address = name, f"mailto:{name}@example.org"
        self._login = {"Authorization": "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()}

    def ask(self, *calls: tuple[str, dict[str, Any]]) -> tuple[int, str]:
        numbered = [[name, {"accountId": self.name} | given, str(at)] for at, (name, given) in enumerate(calls)]
        body = json.dumps({"using": self.using, "methodCalls": numbered}).encode()
        headers = self._login | {"Content-Type": "application/json"}
        status, _, data = self.server.send("POST", "/jmap/api/", body, headers)
        return status, data.decode()

    def person(self, **more: Any) -> dict[str, Any]:
        return {"@type": "Participant", "calendarAddress": self.address, "roles": {"required": True}} | more

    def events(self) -> list[dict[str, Any]]:
        return list(self.call("CalendarEvent/get", ids=None)["list"])

    def event(self) -> dict[str, Any]:
        (found,) = self.events()
        return found

    def set(self, **arguments: Any) -> None:
        answer = self.call("CalendarEvent/set", sendSchedulingMessages=True, **arguments)
        assert not (answer["notCreated"] or answer["notUpdated"] or answer["notDestroyed"]), answer

    def patch(self, patch: dict[str, Any]) -> None:
        self.set(update={self.event()["id"]: patch})

    def status(self, whose: "User") -> str | None:
        """What somebody has answered, as this user sees it."""
        people = [each["participants"].values() for each in self.events()]
        return next((one.get("participationStatus") for one in sum(map(list, people), [])
                     if one["calendarAddress"] == whose.address), None)  # fmt: skip

    def sees(self, what: Any) -> None:
        """Waits until `what` holds of the only event."""
        wait_until(lambda: any(map(what, self.events())), lambda: json.dumps(self.events(), indent=1))


class Host(NamedTuple):
    alice: User
    bob: User
    mta: "Mta"


class Mta:
    """Takes what jmapd-submit sends, and hands it to jmapd-deliver."""

    def __init__(self, outside: Sink, inside: Deliverer) -> None:
        self._outside, self._inside, self.count = outside, inside, 0

    def carry(self, *, twice: bool = False) -> None:
        """The next message, when it has come."""
        message = self._outside.wait(self.count + 1)[self.count]
        self.count += 1
        for _ in range(1 + twice):
            assert self._inside.lmtp(message.data, message.sender, *message.recipients) == {}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    place = tmp_path_factory.mktemp("scheduling")
    for user in ("alice", "bob"):
        (place / "calendars" / user / "home").mkdir(parents=True)
        for part in ("cur", "new", "tmp"):
            (place / "mail" / user / part).mkdir(parents=True)
    folders = ", ".join(f"{user} = '{place}/calendars/{user}'" for user in ("alice", "bob"))
    with (
        sink() as outside,
        sender(place, outside.port, sections=f"[accounts]\ncalendars = {{ {folders} }}\n") as client,
    ):
        _add_user(client, place)
        submit = running(client.host, "jmapd-submit")
        reindex = running(client.host, "jmapd-reindex", "--watch")
        with submit, reindex, deliverer(client.host) as inside:
            yield Host(User(client.server, "alice"), User(client.server, "bob"), Mta(outside, inside))


def _add_user(client: Sender, place: Path) -> None:
    with (place / "users").open("a") as users:
        users.write(f"bob:{HASH}\n")
    client.call("Core/echo")


def test_invitation_answer_change_end(host: Host) -> None:
    """Each message, delivered twice at times, makes both calendars agree; each file is the user's own."""
    alice, bob, mta = host
    (home,) = [each["id"] for each in alice.call("Calendar/get", ids=None)["list"] if each["name"] == "home"]
    people = {"a": alice.person(roles={"owner": True}, participationStatus="accepted"), "b": bob.person()}
    alice.set(create={"new": DAY | {"title": "Lunch", "calendarIds": {home: True}, "participants": people}})
    mta.carry(twice=True)
    bob.sees(lambda event: event["title"] == "Lunch" and not event["isOrigin"])
    assert bob.status(bob) == "needs-action"
    me = next(id for id, each in bob.event()["participants"].items() if each["calendarAddress"] == bob.address)
    bob.patch({f"participants/{me}/participationStatus": "accepted"})
    mta.carry()
    alice.sees(lambda event: alice.status(bob) == "accepted")
    alice.patch({"title": "Brunch"})
    mta.carry(twice=True)
    bob.sees(lambda event: event["title"] == "Brunch")
    assert bob.status(bob) == "accepted"
    alice.patch({"start": "2026-03-02T12:00:00"})
    mta.carry()
    bob.sees(lambda event: event["start"] == "2026-03-02T12:00:00")
    assert bob.status(bob) == "needs-action"
    alice.set(destroy=[alice.event()["id"]])
    mta.carry()
    bob.sees(lambda event: event.get("status") == "cancelled")
    told = bob.call("CalendarEventNotification/get", ids=None)["list"]
    assert [each["type"] for each in sorted(told, key=lambda each: each["created"])][0] == "created"
    assert {each["changedBy"]["email"] for each in told} == {"alice@example.org"} and len(told) == 4

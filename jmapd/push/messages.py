"""What is pushed to a subscription, each message small enough for a push service (RFC 8620 7, emailpush-03 3)."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jmapd.push.encrypt import MAX_PLAIN
from jmapd.push.states import state_change
from jmapd.wire import Id, Record, State, ijson

WEEK, DAY, HOUR = 7 * 86_400, 86_400, 3600
_TOPIC = 32  # characters; RFC 8030 5.4


@dataclass(frozen=True)
class Message:
    """One request's content and headers."""

    value: Record
    ttl: int  # seconds that the push service keeps it for
    urgency: str = "normal"
    topic: str = ""


def verification(id: Id, code: str) -> Message:
    """RFC 8620 7.2.2."""
    return Message(
        {"@type": "PushVerification", "pushSubscriptionId": id, "verificationCode": code}, DAY, "high", _topic("verify")
    )


def of_states(changed: Mapping[Id, Mapping[str, State]]) -> Iterator[Message]:
    """StateChanges. A later one with the same types replaces it at the push service: it says all that this one said."""
    whole = state_change(changed)
    if len(changed) > 1 and len(ijson.dumps(whole)) > MAX_PLAIN:
        for id, states in changed.items():
            yield from of_states({id: states})
        return
    kinds = sorted(f"{id}/{type}" for id, states in changed.items() for type in states)
    yield Message(whole, WEEK, topic=_topic(*kinds))


def _topic(*names: str) -> str:
    digest = hashlib.sha256("\n".join(names).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:_TOPIC]


def of_alerts(alerts: Sequence[Record]) -> Iterator[Message]:
    """CalendarAlerts (jmap-calendars-27 6.4); whose event has a uid of several thousand characters goes nowhere."""
    for alert in alerts:
        if len(ijson.dumps(alert)) <= MAX_PLAIN:
            yield Message(alert, HOUR, "high")


def of_emails(
    account_id: Id, emails: Sequence[Record], properties: Sequence[str], state: State, urgency: str
) -> Iterator[Message]:
    """EmailPushes; properties that do not fit are left out, from the first that does not (emailpush-03 3)."""

    def pushed(fitting: list[Record]) -> Message:
        value = {"@type": "EmailPush", "accountId": account_id, "emails": fitting, "state": state}
        return Message(value, WEEK, urgency)

    room = MAX_PLAIN - len(ijson.dumps(pushed([]).value))
    fitting: list[Record] = []
    left = room
    for email in emails:
        record, size = _fitted(email, properties, room - 1)
        if fitting and size + 1 > left:
            yield pushed(fitting)
            fitting, left = [], room
        fitting.append(record)
        left -= size + 1
    if fitting:
        yield pushed(fitting)


def _fitted(email: Record, properties: Sequence[str], room: int) -> tuple[Record, int]:
    record: dict[str, Any] = {}
    size = 2
    for name in properties:
        if name in email:
            more = len(ijson.dumps({name: email[name]})) - 1
            if size + more <= room:
                record[name] = email[name]
                size += more
    return record, size

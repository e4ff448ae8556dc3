"""Who of an event's participants is the user: ParticipantIdentity (jmap-calendars-27 3), owners (4), isOrigin (5)."""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.calendar_address import normalised_uri
from jmapd.methods.context import Context
from jmapd.stores.base import Account
from jmapd.wire import Id, Record

IDENTITY = "ParticipantIdentity"


def is_owner_of(context: Context, account: Account) -> bool:
    """Whether the account is the user's own."""
    return account.owner == context.user


def addresses(context: Context, account: Account | None = None) -> frozenset[str]:
    """The normalised calendar addresses of the user in an account."""
    account = account or context.account
    assert account is not None
    found: frozenset[str] | None = context.memo.get(("addresses", account.id))
    if found is None:
        given = (each.get("calendarAddress") for each in _identities(account))
        found = frozenset(normalised_uri(uri) for uri in given if isinstance(uri, str))
        context.memo["addresses", account.id] = found
    return found


def default_address(context: Context) -> str | None:
    """That of the default identity, or of the first."""
    assert context.account is not None
    every = [each for each in _identities(context.account) if isinstance(each.get("calendarAddress"), str)]
    chosen = next((each for each in every if each.get("isDefault")), every[0] if every else None)
    return str(chosen["calendarAddress"]) if chosen else None


def _identities(account: Account) -> Iterator[Record]:
    return account.store(IDENTITY).scan() if IDENTITY in account.store_names else iter(())


def participants(record: Record) -> dict[Id, Record]:
    """Those that are objects."""
    found = record.get("participants")
    return {id: each for id, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def is_one_of(participant: Any, known: frozenset[str]) -> bool:
    """Whether a Participant has one of these addresses."""
    address = participant.get("calendarAddress") if isinstance(participant, dict) else None
    return isinstance(address, str) and normalised_uri(address) in known


def has_role(participant: Any, role: str) -> bool:
    roles = participant.get("roles") if isinstance(participant, dict) else None
    return isinstance(roles, dict) and roles.get(role) is True


def owner_role(record: Record) -> str:
    """Owners of a task are those who are in charge of it (tasks-06 3)."""
    return "chair" if record.get("@type") == "Task" else "owner"


def owners(record: Record) -> list[Record]:
    return [each for each in participants(record).values() if has_role(each, owner_role(record))]


def owns(context: Context, record: Record) -> bool:
    """Whether the user is an owner of the event (4)."""
    found = owners(record)
    return bool(found) and any(is_one_of(each, addresses(context)) for each in found)


def is_origin(context: Context, record: Record, name: str = "") -> bool:
    """Whether the account decides about the event: what is sent to its organizer arrives here (5)."""
    organizer = record.get("organizerCalendarAddress")
    return not isinstance(organizer, str) or normalised_uri(organizer) in addresses(context)

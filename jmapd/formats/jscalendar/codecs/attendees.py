"""The parameters of ATTENDEE and ORGANIZER as members of a Participant (jscalendar-icalendar 2.3.4, 2.3.29, 3.6)."""

from collections.abc import Mapping
from typing import Any

from jmapd.formats.content_lines import Params
from jmapd.formats.jscalendar.codecs.values import MAILTO, is_set, is_token, read_email, to_set
from jmapd.formats.jscalendar.units import Property
from jmapd.wire import Record

KINDS = {"INDIVIDUAL": "individual", "GROUP": "group", "RESOURCE": "resource", "ROOM": "location"}
ROLES = {
    "CHAIR": "chair",
    "REQ-PARTICIPANT": "required",
    "OPT-PARTICIPANT": "optional",
    "NON-PARTICIPANT": "informational",
    "OWNER": "owner",
}
STATUSES = {
    status.upper(): (status, "") for status in ("needs-action", "accepted", "declined", "tentative", "delegated")
}
TASK_STATUSES = STATUSES | {  # Table 13
    progress.upper(): ("accepted", progress) for progress in ("completed", "in-process", "failed")
}
_SETS = {"DELEGATED-FROM": "delegatedFrom", "DELEGATED-TO": "delegatedTo", "MEMBER": "memberOf"}
_BACK = {value: name for names in (KINDS, ROLES) for name, value in names.items()}
ATTENDING = frozenset(("kind", "expectReply", "participationStatus", "progress", *_SETS.values()))  # ATTENDEE's alone


def read_attendee(prop: Property, is_task: bool) -> Record:
    """The Participant of an ATTENDEE; what is not understood stays in its parameters."""
    record: Record = {"@type": "Participant", "calendarAddress": prop.value.strip()}
    record |= read_person(prop)
    if kind := KINDS.get(prop.first("CUTYPE").upper()):
        prop.take("CUTYPE")
        record["kind"] = kind
    if roles := to_set(ROLES.get(each.strip().upper(), each.lower()) for each in prop.take_all("ROLE")):
        record["roles"] = roles
    if found := (TASK_STATUSES if is_task else STATUSES).get(prop.first("PARTSTAT").upper()):
        prop.take("PARTSTAT")
        record["participationStatus"] = found[0]
        if found[1]:
            record["progress"] = found[1]
    if (reply := prop.first("RSVP").upper()) in ("TRUE", "FALSE"):
        prop.take("RSVP")
        record["expectReply"] = reply == "TRUE"
    for name, member in _SETS.items():
        if addresses := to_set(prop.take_all(name)):
            record[member] = addresses
    return record


def read_person(prop: Property) -> Record:
    """What ATTENDEE and ORGANIZER have both (Tables 12 and 18)."""
    record: Record = {}
    if name := prop.take("CN"):
        record["name"] = name
    if "@" in prop.first("EMAIL"):
        record["email"] = (prop.take("EMAIL") or "").strip()
    if sender := read_email(prop.first("SENT-BY")):
        prop.take("SENT-BY")
        record["sentBy"] = sender
    return record


def person_params(record: Mapping[str, Any]) -> Params:
    """The inverse of read_person."""
    found: Params = []
    for name, member in (("CN", "name"), ("EMAIL", "email")):
        text = record.get(member)
        if isinstance(text, str) and text:
            found.append((name, [text]))
    sender = record.get("sentBy")
    if isinstance(sender, str) and "@" in sender:
        found.append(("SENT-BY", [MAILTO + sender]))
    return found


def attendee_params(record: Record, is_task: bool, without_owner: bool) -> Params:
    """The inverse of read_attendee."""
    found = person_params(record)
    if record.get("kind") in KINDS.values():
        found.append(("CUTYPE", [_BACK[record["kind"]]]))
    roles = record.get("roles")
    if isinstance(roles, dict) and is_set(roles):
        names = [_BACK.get(each) or each.upper() for each in roles if each in _BACK or _is_role(each)]
        if without_owner:
            names = [name for name in names if name != "OWNER"]
        if names:
            found.append(("ROLE", names))
    if status := _status(record, is_task):
        found.append(("PARTSTAT", [status]))
    if isinstance(record.get("expectReply"), bool):
        found.append(("RSVP", ["TRUE" if record["expectReply"] else "FALSE"]))
    for name, member in _SETS.items():
        addresses = record.get(member)
        if isinstance(addresses, dict) and is_set(addresses):
            found.append((name, list(addresses)))
    return found


def _is_role(role: str) -> bool:
    return is_token(role) and role == role.lower() and role.upper() not in ROLES


def _status(record: Record, is_task: bool) -> str:
    wanted = (record.get("participationStatus"), record.get("progress") or "")
    known = TASK_STATUSES if is_task else STATUSES
    return next((name for name, means in known.items() if means == wanted), "") or next(
        (name for name, means in known.items() if means == (wanted[0], "")), ""
    )

"""Blob/lookup (RFC 9404 4.3): which records refer to a blob."""

from jmapd.datatypes.blob.blob_source import ReadsTooMuch, Sources
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING
from jmapd.wire import Arguments, Id
from jmapd.wire.errors import RequestTooLarge, UnknownDataType
from jmapd.wire.ids import is_id

MAIL = "urn:ietf:params:jmap:mail"
CONTACTS = "urn:ietf:params:jmap:contacts"
CALENDARS = "urn:ietf:params:jmap:calendars"
TASKS = "urn:ietf:params:jmap:tasks"
TYPES = {
    "Mailbox": MAIL,
    "Thread": MAIL,
    "Email": MAIL,
    "ContactCard": CONTACTS,
    "CalendarEvent": CALENDARS,
    "Task": TASKS,
}  # name -> the capability that must be in use
ARGUMENTS: Table = {
    "accountId": ("Id", MISSING),
    "typeNames": ("String[]", MISSING),
    "ids": ("String[]", MISSING),
}


def blob_lookup(context: Context, given: Arguments) -> Arguments:
    """The method. A blob that is not there has no matches, as one that nothing refers to."""
    args = check_arguments(ARGUMENTS, given, context.strict)
    names: list[str] = list(dict.fromkeys(args["typeNames"]))
    for name in names:
        if TYPES.get(name) not in context.using:
            raise UnknownDataType(f"{name[:80]!r} is not known, or its capability not in 'using'")
    ids = list(dict.fromkeys(args["ids"]))
    if len(ids) > context.limits.max_objects_in_get:
        raise RequestTooLarge(f"more than maxObjectsInGet ({context.limits.max_objects_in_get}) blobs")
    sources, found = Sources(context), []
    for each in ids:
        id = sources.asked_for(each)
        matches = _matches(context, sources, id)
        found.append({"id": id, "matchedIds": {name: matches.get(name, []) for name in names}})
    return {"accountId": args["accountId"], "list": found, "notFound": []}


def _matches(context: Context, sources: Sources, blob_id: Id) -> dict[str, list[Id]]:
    """A blob is in its Email, in that one's Thread, and in each of its Mailboxes; or in its card, event or task."""
    account = context.account
    assert account is not None
    if not is_id(blob_id):
        return {}
    try:
        blob = sources.find(blob_id)
    except ReadsTooMuch as error:
        raise RequestTooLarge("the blobs of one request are too large together") from error
    item = account.blobs.item(blob_id) if blob is not None else None
    if item is not None:
        return {item[0]: [item[1]]}
    id = account.blobs.email(blob_id) if blob is not None and "Email" in account.store_names else None
    record = account.store("Email").get([id], ("mailboxIds", "threadId")).get(id) if id is not None else None
    if id is None or record is None:
        return {}
    return {"Email": [id], "Thread": [record["threadId"]], "Mailbox": sorted(record["mailboxIds"])}

"""What every answer must be, whatever was asked (RFC 8620 3.4, 3.6, 5; the methods' own errors)."""

from collections.abc import Iterator
from typing import Any

from jmapd.methods.properties import ID
from jmapd.methods.registry import Registry
from jmapd.wire import ijson
from jmapd.wire.ids import is_id
from jmapd.wire.signatures import compiled

REQUEST_ERRORS = {
    f"urn:ietf:params:jmap:error:{name}" for name in ("notJSON", "notRequest", "unknownCapability", "limit")
}
GENERAL = "unknownMethod invalidArguments invalidResultReference accountNotFound accountNotSupportedByMethod"
GENERAL += " accountReadOnly requestTooLarge"
METHOD_ERRORS = {
    "changes": "cannotCalculateChanges",
    "set": "stateMismatch",
    "copy": "stateMismatch fromAccountNotFound fromAccountNotSupportedByMethod",
    "import": "stateMismatch",
    "query": "anchorNotFound unsupportedSort unsupportedFilter",
    "queryChanges": "unsupportedSort unsupportedFilter tooManyChanges cannotCalculateChanges",
    "lookup": "unknownDataType",
    "SearchSnippet/get": "unsupportedFilter",
    "CalendarEvent/query": "expandDurationTooLarge cannotCalculateOccurrences",
    "Task/query": "expandDurationTooLarge cannotCalculateOccurrences",
    "Principal/getAvailability": "notFound forbidden tooLarge",
    "PushSubscription/get": "forbidden",
}
SET_ERRORS = {
    "notCreated": "forbidden overQuota tooLarge rateLimit invalidProperties singleton",
    "notUpdated": "forbidden overQuota tooLarge invalidProperties singleton notFound invalidPatch willDestroy",
    "notDestroyed": "forbidden rateLimit notFound singleton",
    "notCopied": "notFound overQuota tooLarge",
    "notSent": "notFound forbidden forbiddenFrom overQuota tooLarge rateLimit invalidProperties mdnAlreadySent",
    "Email/notCreated": "tooManyKeywords tooManyMailboxes blobNotFound",
    "Email/notUpdated": "tooManyKeywords tooManyMailboxes",
    "EmailSubmission/notCreated": "invalidEmail tooManyRecipients noRecipients invalidRecipients forbiddenMailFrom"
    " forbiddenFrom forbiddenToSend",
    "EmailSubmission/notUpdated": "cannotUnsend",
    "Identity/notCreated": "forbiddenFrom",
    "Mailbox/notDestroyed": "mailboxHasChild mailboxHasEmail",
    "AddressBook/notDestroyed": "addressBookHasContents",
    "Calendar/notDestroyed": "calendarHasEvent",
    "CalendarEvent/notCreated": "alreadyExists noSupportedScheduleMethods",
    "CalendarEvent/notUpdated": "noSupportedScheduleMethods",
    "CalendarEvent/notDestroyed": "noSupportedScheduleMethods",
    "Task/notCreated": "alreadyExists noSupportedScheduleMethods",
    "Task/notUpdated": "noSupportedScheduleMethods",
    "Task/notDestroyed": "noSupportedScheduleMethods",
    "TaskList/notDestroyed": "taskListHasTask",
    "import/notCreated": "alreadyExists invalidEmail tooManyKeywords tooManyMailboxes",
    "copy/notCreated": "alreadyExists notFound",
    "upload/notCreated": "blobNotFound notFound",
}
ASKED = {"created": "create", "updated": "update", "destroyed": "destroy", "copied": "blobIds", "sent": "send"}
FAILED = {
    "notCreated": "create",
    "notUpdated": "update",
    "notDestroyed": "destroy",
    "notCopied": "blobIds",
    "notSent": "send",
}
MORE_NAMES = {"blobId", "data", "type"}  # of what is no record: EmailImport, UploadObject


def request_problem(answer: Any) -> str | None:
    """What is wrong with an answer that is no Response (RFC 8620 3.6.1, RFC 7807)."""
    if answer.mimetype != "application/problem+json":
        return f"a problem of type {answer.mimetype}"
    body = ijson.loads(answer.data)
    is_known = body.get("type") in REQUEST_ERRORS and 400 <= answer.status_code < 500
    if not is_known or body.get("status") != answer.status_code or not isinstance(body.get("detail"), str):
        return f"not a request error: {body}"
    return "no limit" if body["type"].endswith(":limit") and not isinstance(body.get("limit"), str) else None


def problems(registry: Registry, calls: list[Any], answer: Any) -> Iterator[str]:
    """What is wrong with a Response object, for calls as they were sent."""
    if not isinstance(answer, dict) or not isinstance(answer.get("sessionState"), str):
        yield "not a Response"
        return
    if not set(answer) <= {"methodResponses", "createdIds", "sessionState"}:
        yield f"more than a Response has: {sorted(answer)}"
    asked = {call[2]: call for call in calls}
    first: set[str] = set()
    for response in answer["methodResponses"]:
        name, arguments, id = response
        call = asked.get(id)
        if call is None or not isinstance(arguments, dict):
            yield f"nobody asked: {name} {id}"
            continue
        if name == "error":
            yield from _error(call[0], arguments)
        elif name != call[0] and id not in first:
            yield f"{name} answers {call[0]}"
        elif name in registry:
            yield from _answer(registry, name, call[1] if name == call[0] else {}, arguments)
        first.add(id)
    if first != set(asked):
        yield f"no answer for {sorted(set(asked) - first)}"


def _error(name: str, error: Any) -> Iterator[str]:
    type, verb = name.split("/", 1) if "/" in name else (name, "")
    allowed = f"{GENERAL} {METHOD_ERRORS.get(verb, '')} {METHOD_ERRORS.get(name, '')}".split()
    if error.get("type") not in allowed:
        yield f"{name} answers the error {error}"
    if not isinstance(error.get("description", ""), str):
        yield f"{name}: description {error}"


def _answer(registry: Registry, name: str, given: Any, answer: Any) -> Iterator[str]:
    type, verb = name.split("/")
    if name == "Core/echo":
        return
    for key, argument in FAILED.items():
        objects = given.get("emails" if verb == "import" else argument)
        for each, error in (answer.get(key) or {}).items():
            of = objects.get(each) if isinstance(objects, dict) else None
            found = [*_set_error(type, verb, key, error), *_names(registry, type, of, error)]
            yield from (f"{name} {key} {each[:80]!r}: {wrong}" for wrong in found)
    for done, asked in ASKED.items():
        failed = f"not{done[0].upper()}{done[1:]}"
        if failed not in answer or "#" + asked in given:
            continue
        wanted = given.get("emails" if verb == "import" else asked)
        keys = list(answer[done] or ()) + list(answer[failed] or ())
        if isinstance(wanted, dict | list) and len(keys) != len(set(map(str, wanted))):
            yield f"{name}: {len(keys)} in {done} and {failed} for {len(wanted)}"
        if answer[done] in ({}, []) or answer[failed] == {}:
            yield f"{name}: {done} is empty, not null"
    if verb == "get" and type in registry.datatypes and "get" in registry.datatypes[type].methods:
        yield from _records(registry, type, answer["list"])
    if verb == "query" and not all(is_id(id) for id in answer["ids"]):
        yield f"{name}: {answer['ids']}"


def _records(registry: Registry, type: str, records: Any) -> Iterator[str]:
    rows = registry.datatypes[type].properties
    for record in records:
        for name, value in record.items():
            is_dynamic = any(row.dynamic is not None and row.dynamic(name) for row in rows.values())
            wrong = compiled(rows[name].type)(value) if name in rows else None if is_dynamic else "?"
            if wrong:
                yield f"{type} {name}: {wrong}"
        if compiled(ID.type)(record.get("id")):
            yield f"{type} without id"


def _names(registry: Registry, type: str, given: Any, error: Any) -> Iterator[str]:
    """RFC 8620 5.3: `properties` are those of the object that are invalid, or that it lacks."""
    rows = registry.datatypes[type].properties
    known = {*rows, *MORE_NAMES, *(given if isinstance(given, dict) else ())}
    roots = {name.replace("~1", "/").replace("~0", "~").partition("/")[0] for name in known} | known
    if error.get("type") == "invalidEmail":
        return  # RFC 8621 7.5: those of the Email
    for name in error.get("properties") or ():
        root = name.partition("/")[0] if isinstance(name, str) else ""
        # an open type: what a client gave under an old name is told by the new one
        is_open = any(row.dynamic is not None and row.dynamic(root) for row in rows.values())
        if isinstance(name, str) and name not in known and root not in roots and not is_open:
            yield f"{name[:80]!r} is no property of it: {error}"


def _set_error(type: str, verb: str, key: str, error: Any) -> Iterator[str]:
    names = f"{SET_ERRORS[key]} {SET_ERRORS.get(f'{type}/{key}', '')} {SET_ERRORS.get(f'{verb}/{key}', '')}".split()
    if error.get("type") not in names:
        yield f"the error {error}"
    if not isinstance(error.get("description", ""), str):
        yield f"the description of {error}"
    if error.get("type") == "invalidProperties":
        found = error.get("properties")
        if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
            yield f"the properties of {error}"
        elif len(set(found)) != len(found):
            yield f"properties named twice: {error}"
    if error.get("type") == "alreadyExists" and not is_id(error.get("existingId")):
        yield f"no existingId: {error}"
    if error.get("type") == "blobNotFound" and not error.get("notFound"):
        yield f"no notFound: {error}"

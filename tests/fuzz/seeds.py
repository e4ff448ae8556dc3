"""Valid requests of every method: the standard ones out of the types' tables, so that a new type has them at once."""

from collections.abc import Callable
from typing import Any

from jmapd.datatypes.core.push_subscription import SECRET
from jmapd.methods import arguments
from jmapd.methods.spec import MISSING, DataType
from jmapd.wire import Arguments
from jmapd.wire.signatures import STRUCTURES
from tests.fuzz import calendar_seeds, contact_seeds
from tests.fuzz.world import World

SCALARS: dict[str, Any] = {
    "String": "text",
    "Int": 1,
    "UnsignedInt": 2,
    "Number": 1.5,
    "Boolean": True,
    "Date": "2026-01-02T03:04:05+01:00",
    "UTCDate": "2026-01-02T03:04:05Z",
    "*": "anything",
    "Id": "M0123",
}
FORMS: list[Arguments] = [  # of an Email to be created (RFC 8621 4.6)
    {"subject": "given", "from": [{"name": "Alice", "email": "alice@example.org"}], "to": None},
    {"textBody": [{"partId": "1", "type": "text/plain"}], "bodyValues": {"1": {"value": "Text"}}},
    {
        "header:X-Any:asText": "é",
        "header:List-Id:asRaw": " <a.example.org>",
        "sentAt": "2026-01-02T03:04:05+01:00",
        "messageId": ["new@example.org"],
        "keywords": {"$draft": True, "own": True},
        "receivedAt": "2026-01-02T03:04:05Z",
        "bodyStructure": {
            "type": "multipart/mixed",
            "header:X-Part": " x",
            "subParts": [
                {"type": "text/html", "partId": "h", "language": ["en"], "location": "a.html"},
                {"type": "image/png", "blobId": "?", "name": "é.png", "disposition": "attachment", "cid": "c@x"},
            ],
        },
        "bodyValues": {"h": {"value": "<p>é", "isTruncated": False, "isEncodingProblem": False}},
    },
    {
        "htmlBody": [{"partId": "1", "type": "text/html"}],
        "attachments": [{"blobId": "?", "type": "message/rfc822"}],
        "bodyValues": {"1": {"value": "<b>"}},
        "header:To:asGroupedAddresses": [{"name": "all", "addresses": [{"name": None, "email": "a@example.org"}]}],
        "header:Resent-Date:asDate:all": ["2026-01-02T03:04:05Z"],
        "header:List-Post:asURLs": ["mailto:list@example.org"],
    },
]
DYNAMIC = {  # names that a row with a pattern stands for
    "Email": ["header:X-Any:asText:all", "header:from:asAddresses"],
    "ContactCard": ["name", "media", "vCardProps", "example.com:own"],
    **calendar_seeds.NAMES,
}


def sample(world: World, signature: str, ref: str | None = None) -> Any:
    """A value of that type, of its first alternative; an id of the type that is referred to."""
    first = signature.split("|")[0]
    if first.endswith("[]"):
        return [sample(world, first[:-2], ref)]
    if first.endswith("]"):
        key, _, member = first[:-1].partition("[")
        return {sample(world, key, ref): sample(world, member)}
    if first in STRUCTURES:
        return {name: sample(world, each) for name, (each, _) in STRUCTURES[first].items()}
    if first == "Id" and ref in world.ids:
        return world.ids[ref][0]
    return SCALARS.get(first, {})


def seeds(world: World, name: str) -> list[Arguments]:
    """Arguments for a method; none when nobody has thought of any."""
    if name in EXTRA:
        return EXTRA[name](world)
    type, _, verb = name.partition("/")
    datatype = world.registry.datatypes.get(type)
    return STANDARD[verb](world, datatype) if datatype and verb in datatype.methods else []


def _defaults(world: World, datatype: DataType, verb: str) -> Arguments:
    table = arguments.table(datatype, verb)
    return {
        name: sample(world, signature) if default is MISSING else default
        for name, (signature, default) in table.items()
    } | ({"accountId": "alice"} if datatype.per_account else {})


def _get(world: World, datatype: DataType) -> list[Arguments]:
    args = _defaults(world, datatype, "get")
    rows = {name: row for name, row in datatype.properties.items() if row.capability in (None, *world.using)}
    names = ["id", *(name for name, row in rows.items() if row.dynamic is None and name not in SECRET)]
    names += DYNAMIC.get(datatype.name, [])
    return [args, args | {"ids": world.ids.get(datatype.name, [])[:3], "properties": names}]


def _changes(world: World, datatype: DataType) -> list[Arguments]:
    state = world.ask([f"{datatype.name}/get", {"accountId": "alice", "ids": []}])[0]["state"]
    return [_defaults(world, datatype, "changes") | {"sinceState": state, "maxChanges": 5}]


def _question(world: World, datatype: DataType) -> list[Arguments]:
    conditions = [{name: sample(world, row.type)} for name, row in datatype.filters.items()]
    if datatype.name in calendar_seeds.NAMES:
        conditions = [
            each | {name: calendar_seeds.WINDOW.get(name, each[name]) for name in each} for each in conditions
        ]
    sorts = [
        {"property": name, "isAscending": False} | dict.fromkeys(row.arguments, "text")
        for name, row in datatype.sorts.items()
    ]
    return [
        {"filter": {"operator": "NOT", "conditions": conditions}, "sort": sorts, "calculateTotal": True},
        *({"filter": each, "sort": None} for each in conditions),
    ]


def _query(world: World, datatype: DataType) -> list[Arguments]:
    args = _defaults(world, datatype, "query")
    expanded = calendar_seeds.EXPANDED if datatype.name in calendar_seeds.NAMES else []
    return [args, *(args | {"position": 1, "limit": 2} | each for each in _question(world, datatype) + expanded)]


def _query_changes(world: World, datatype: DataType) -> list[Arguments]:
    args = _defaults(world, datatype, "queryChanges")
    state = world.ask([f"{datatype.name}/query", {"accountId": "alice"}])[0]["queryState"]
    return [args | {"sinceQueryState": state, "upToId": None} | each for each in _question(world, datatype)]


def _set(world: World, datatype: DataType) -> list[Arguments]:
    args, ids = _defaults(world, datatype, "set"), world.ids.get(datatype.name, [])[1:]
    if datatype.name == "CalendarEvent":  # of a Task nothing can be sent
        args |= {"sendSchedulingMessages": True}
    rows = {name: row for name, row in datatype.properties.items() if row.stored and not row.server_set}
    rows = {name: row for name, row in rows.items() if row.capability is None and row.dynamic is None}
    patch = {name: sample(world, row.type, row.ref) for name, row in rows.items() if not row.immutable}
    special = SPECIAL.get(datatype.name)
    made = {name: sample(world, row.type, row.ref) for name, row in rows.items()}
    created, patches = special(world, made, patch) if special else ([made], [patch])
    return [
        *(args | {"create": {"k1": each}} for each in created),
        *(args | {"update": {ids[-1]: each}} for each in patches if ids),
        args | {"destroy": ids[-1:]},
        args | {"create": dict(zip("abc", created, strict=False)), "update": dict(zip(ids, patches, strict=False))},
    ]


def _mailbox(world: World, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    world.count += 1
    names = f"new {world.count}", f"other {world.count}"
    own: Arguments = {"role": None, "parentId": None}
    return (
        [{"name": names[0]}, made | own | {"name": names[1]}],
        [patch | own | {"name": names[0] + "x"}, {"isSubscribed": False}, {"sortOrder": 3}],
    )


def _push_subscription(world: World, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    subscription = {"deviceClientId": "d", "url": "https://push.example.org/1", "types": ["Email"]}
    emails = {"emailPush": {"alice": {"filter": None, "properties": ["subject"]}}}
    return [subscription, subscription | emails], [{"types": None, "expires": "2100-01-01T00:00:00Z"}]


def _email(world: World, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    text = ijson_replaced(FORMS, world.blobs[0])
    into = {"mailboxIds": {world.ids["Mailbox"][0]: True}}
    box = world.ids["Mailbox"][1]
    return (
        [into | each for each in text],
        [patch, {"keywords/$flagged": True, f"mailboxIds/{box}": True}, {"keywords": {}}, into],
    )


def _email_submission(world: World, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    given: Arguments = {"emailId": world.own_email(), "identityId": world.ids["Identity"][0]}
    sender = {"email": "alice@example.org", "parameters": {"HOLDFOR": "60", "RET": "HDRS", "ENVID": "x"}}
    recipient = {"email": "bob@example.org", "parameters": {"NOTIFY": "SUCCESS,FAILURE", "ORCPT": "rfc822;b@c"}}
    return (
        [given, given | {"envelope": {"mailFrom": sender, "rcptTo": [recipient]}}],
        [{"undoStatus": "canceled"}, {"undoStatus": "pending"}],
    )


def _identity(world: World, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    lists = {name: [{"name": "é", "email": "bob@example.org"}] for name in ("replyTo", "bcc")}
    return (
        [{"email": "alice@example.org"}, made | lists | {"email": "alice+x@example.org"}],
        [patch | lists, {"name": "é", "replyTo": None}],
    )


def ijson_replaced(value: Any, blob: str) -> Any:
    """The value with "?" made the blob's id."""
    if isinstance(value, dict):
        return {name: ijson_replaced(member, blob) for name, member in value.items()}
    if isinstance(value, list):
        return [ijson_replaced(each, blob) for each in value]
    return blob if value == "?" else value


def _copy(world: World, datatype: DataType) -> list[Arguments]:
    args = _defaults(world, datatype, "copy") | {"fromAccountId": "team"}
    if datatype.name == "ContactCard":
        return [args | {"create": {"k": contact_seeds.copied(world)}}]
    if datatype.name in calendar_seeds.NAMES:
        return [args | {"create": {"k": calendar_seeds.copied(world, datatype.name)}}]
    id = world.new_email("team")
    into = {"mailboxIds": {world.ids["Mailbox"][0]: True}} if datatype.name == "Email" else {}
    return [args | {"create": {"k": {"id": id} | into}}, args | {"create": {}, "onSuccessDestroyOriginal": True}]


STANDARD: dict[str, Callable[[World, DataType], list[Arguments]]] = {
    "get": _get,
    "changes": _changes,
    "set": _set,
    "copy": _copy,
    "query": _query,
    "queryChanges": _query_changes,
}
Special = Callable[[World, Arguments, Arguments], tuple[list[Arguments], list[Arguments]]]
SPECIAL: dict[str, Special] = {
    "AddressBook": contact_seeds.address_book,
    "Calendar": calendar_seeds.calendar,
    "CalendarEvent": calendar_seeds.calendar_event,
    "CalendarEventNotification": calendar_seeds.nothing,
    "ContactCard": contact_seeds.contact_card,
    "Email": _email,
    "EmailSubmission": _email_submission,
    "Identity": _identity,
    "Mailbox": _mailbox,
    "PushSubscription": _push_subscription,
    "ParticipantIdentity": calendar_seeds.participant_identity,
    "ShareNotification": calendar_seeds.nothing,
    "Task": calendar_seeds.task,
    "TaskList": calendar_seeds.task_list,
    "TaskNotification": calendar_seeds.nothing,
}


def _import(world: World) -> list[Arguments]:
    world.count += 1
    blob = world.upload(f"Subject: imported {world.count}\n\nText\n".encode())
    given = {"blobId": blob, "mailboxIds": {world.ids["Mailbox"][0]: True}}
    more = {"keywords": {"$seen": True}, "receivedAt": "2026-01-02T03:04:05Z"}
    return [{"accountId": "alice", "emails": {"k": given | more}}, {"accountId": "alice", "emails": {"k": given}}]


def _blob_upload(world: World) -> list[Arguments]:
    parts = [{"data:asText": "é"}, {"data:asBase64": "YWJj"}, {"blobId": world.blobs[0], "offset": 1, "length": 3}]
    return [{"accountId": "alice", "create": {"b": {"data": parts, "type": "text/plain"}}}]


def _mdn_send(world: World) -> list[Arguments]:
    [identities] = world.ask(["Identity/get", {"accountId": "alice", "ids": None}])
    disposition = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    given = {
        "forEmailId": world.new_email("alice"),
        "subject": "Read",
        "textBody": "é",
        "includeOriginalMessage": True,
        "reportingUA": "Foomail; 1",
        "disposition": disposition,
        "finalRecipient": f"rfc822; {identities['list'][0]['email']}",
        "extensionFields": {"X-Any": "text"},
    }
    update = {"#k": {"keywords/$mdnsent": True}}
    identity = identities["list"][0]["id"]
    return [{"accountId": "alice", "identityId": identity, "send": {"k": given}, "onSuccessUpdateEmail": update}]


def _vacation(world: World) -> list[Arguments]:
    dates = {"fromDate": "2026-01-02T03:04:05Z", "toDate": None}
    texts = {"subject": "é", "textBody": "Text\n", "htmlBody": "<p>é"}
    return [
        {"accountId": "alice", "ifInState": None, "update": {"singleton": each}}
        for each in ({"isEnabled": True} | dates | texts, dict.fromkeys(texts), {"isEnabled": False})
    ]


EXTRA: dict[str, Callable[[World], list[Arguments]]] = {
    "Core/echo": lambda world: [{"hello": True, "high": 5}],
    "Blob/copy": lambda world: [
        {"accountId": "alice", "fromAccountId": "library", "blobIds": world.foreign[1:2]},
    ],
    "Blob/upload": _blob_upload,
    "Blob/get": lambda world: [
        {"accountId": "alice", "ids": world.blobs[:3]},
        {
            "accountId": "alice",
            "ids": world.blobs[-2:],
            "properties": ["data:asText", "data:asBase64", "data", "digest:sha-256", "size"],
            "offset": 1,
            "length": 20,
        },
    ],
    "Blob/lookup": lambda world: [
        {"accountId": "alice", "typeNames": ["Email", "Mailbox", "Thread"], "ids": world.blobs[:4]},
    ],
    "CalendarEvent/parse": calendar_seeds.parsed,
    "Email/import": _import,
    "Email/parse": lambda world: [
        {"accountId": "alice", "blobIds": world.blobs},
        {
            "accountId": "alice",
            "blobIds": world.blobs[-1:],
            "properties": ["subject", "bodyStructure", "bodyValues", "header:X:asText"],
            "bodyProperties": ["partId", "header:X", "subParts"],
            "fetchAllBodyValues": True,
            "maxBodyValueBytes": 10,
        },
    ],
    "ContactCard/parse": lambda world: [
        {"accountId": "alice", "blobIds": [*world.cards, *world.blobs[:2]]},
        {"accountId": "alice", "blobIds": world.cards, "properties": ["id", "name", "media", "example.com:own"]},
    ],
    "MDN/send": _mdn_send,
    "Principal/getAvailability": calendar_seeds.availability,
    "Principal/set": lambda world: [
        {"accountId": "alice", "update": {world.ids["Principal"][0]: {"description": "é", "timeZone": "Europe/Berlin"}}}
    ],
    "MDN/parse": lambda world: [{"accountId": "alice", "blobIds": world.blobs}],
    "SearchSnippet/get": lambda world: [
        {"accountId": "alice", "filter": {"text": "plain"}, "emailIds": world.ids["Email"][:3]},
    ],
    "VacationResponse/set": _vacation,
}

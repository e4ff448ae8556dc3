"""Email/import (RFC 8621 4.8)."""

from dataclasses import dataclass, field
from typing import Any

from jmapd.datatypes.mail import email_report
from jmapd.datatypes.mail.email_set_update import validate
from jmapd.formats.message import date_time
from jmapd.formats.message.cfws import strip_comments
from jmapd.formats.message.structure import read_header
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.pending import Pending
from jmapd.methods.records import Records, Refused, translated
from jmapd.methods.spec import MISSING, DataType, Hooks, Property
from jmapd.stores.base import Store, StoreError
from jmapd.stores.new_message import NewMessage, new_message
from jmapd.wire import Arguments, Id, Record, dates
from jmapd.wire.errors import (
    InvalidEmail,
    InvalidProperties,
    NotFound,
    RequestTooLarge,
    ServerPartialFail,
    SetError,
    StateMismatch,
)
from jmapd.wire.ids import is_reference

AHEAD = 64 << 20  # octets of messages that are read before the lock is taken
BATCH = 500, 64 << 20  # messages, octets a commit: what they leave in memory is bounded
ANSWERED = ("id", "blobId", "threadId", "size")
_ARGUMENTS: dict[str, tuple[str, Any]] = {
    "accountId": ("Id", MISSING),
    "ifInState": ("String|null", None),
    "emails": ("String[EmailImport]", MISSING),
}
_IMPORT = DataType(
    "Email",
    "urn:ietf:params:jmap:mail",
    store="Email",
    methods=(),
    rfc="RFC 8621 4.8",
    properties={
        "blobId": Property("Id"),
        "mailboxIds": Property("Id[Boolean]", ref="Mailbox"),
        "keywords": Property("String[Boolean]", default={}, key=str.lower),
        "receivedAt": Property("UTCDate|null", default=None),
    },
    hooks=Hooks(validate=validate),
)


def prepare(context: Context, given: Arguments) -> None:
    """Before the lock: reads and parses the messages, as far as they may all be kept in memory."""
    arguments = check_arguments(_ARGUMENTS, given, context.strict)
    count, largest = len(arguments["emails"]), context.limits.max_objects_in_set
    if count > largest:
        raise RequestTooLarge(f"{count} Emails; maxObjectsInSet is {largest}")
    messages: dict[Id, NewMessage] = context.memo.setdefault("messages", {})
    octets = 0
    for each in arguments["emails"].values():
        blob_id = _named(context, each).get("blobId")
        if isinstance(blob_id, str) and blob_id not in messages and octets < AHEAD:
            message = _read(context, blob_id)
            if message is not None:
                messages[blob_id] = message
                octets += message.size


def email_import(context: Context, given: Arguments) -> Arguments:
    """The method; each Email by itself."""
    arguments = check_arguments(_ARGUMENTS, given, context.strict)
    store = context.store("Email")
    old_state = store.state()
    if arguments["ifInState"] not in (None, old_state):
        raise StateMismatch(f"the state is {old_state}")
    run = _Import(context, store)
    todo = list(reversed(arguments["emails"].items()))
    while todo:
        try:
            run.batch(todo)
        except (StoreError, OSError) as error:
            if not run.created:
                raise
            raise ServerPartialFail("not all could be imported; the others are there") from error
    context.created_ids.update({key: record["id"] for key, record in run.created.items()})
    return {
        "accountId": arguments["accountId"],
        "oldState": old_state,
        "newState": store.state(),
        "created": run.created or None,
        "notCreated": {key: error.wire() for key, error in run.failed.items()} or None,
    }


@dataclass
class _Import:
    """What became of the Emails of one call."""

    context: Context
    store: Store
    created: dict[str, Record] = field(default_factory=dict)
    failed: dict[str, SetError] = field(default_factory=dict)

    def batch(self, todo: list[tuple[str, Record]]) -> None:
        """Takes Emails off the end, as many as are committed at once."""
        created: dict[str, Record] = {}
        octets = 0
        try:
            with translated(), self.store.transaction() as transaction:
                records = Records(self.context, _IMPORT, Pending(transaction, self.store))
                while todo and len(created) < BATCH[0] and octets < BATCH[1]:
                    key, given = todo.pop()
                    try:
                        created[key] = self._one(records, given)
                        octets += created[key]["size"]
                    except SetError as error:
                        self.failed[key] = error
                    except Refused as refused:
                        self.failed[key] = refused.error
        except SetError as error:  # of the whole batch: its files could not be made durable
            self.failed |= dict.fromkeys(created, error)
        else:
            self.created |= created

    def _one(self, records: Records, given: Record) -> Record:
        record = records.given(_named(self.context, given))
        message = self._message(record["blobId"])
        if record["receivedAt"] is None:
            received = received_at(message.raw)
            record["receivedAt"] = None if received is None else dates.utc_date(received)
        try:
            found = records.add(record | {"message": message})
        except NotFound as error:  # removed by another program in this moment
            raise InvalidProperties(["mailboxIds"], "mailboxIds: a Mailbox is gone") from error
        email_report.imported(self.context, found["id"], record["keywords"])
        return {name: found[name] for name in ANSWERED}

    def _message(self, blob_id: Id) -> NewMessage:
        message: NewMessage | None = self.context.memo["messages"].pop(blob_id, None) or _read(self.context, blob_id)
        if message is None:
            raise InvalidProperties(["blobId"], f"blobId: there is no blob {blob_id[:80]!r}")
        if not message.has_header:
            raise InvalidEmail("blobId: the blob is no message: it does not begin with a header field")
        return message


def _named(context: Context, given: Record) -> Record:
    """RFC 9404 4.1: blobId may be a "#" reference to what Blob/upload made."""
    blob_id = given.get("blobId")
    if isinstance(blob_id, str) and is_reference(blob_id):
        return given | {"blobId": context.created_ids.get(blob_id[1:], blob_id)}
    return given


def _read(context: Context, blob_id: Id) -> NewMessage | None:
    assert context.account is not None
    data = context.account.blobs.open(blob_id)
    return None if data is None else new_message(data, context.options.get("mail.line_ends", "lf"))


def received_at(raw: bytes) -> int | None:
    """The time of the most recent Received header field, which is the first one whose date can be read."""
    fields, _ = read_header(raw, 0, len(raw))
    for name, value in fields:
        if name.lower() == b"received":
            text = strip_comments(value.decode("utf-8", "replace"))
            moment = date_time.parse(text.rpartition(";")[2])
            if moment is not None and (epoch := date_time.to_epoch(moment)) >= 0:
                return epoch
    return None

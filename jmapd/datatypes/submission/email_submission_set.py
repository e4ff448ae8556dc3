"""EmailSubmission/set (RFC 8621 7.5): what may be sent, what may be called back, and the Email/set that follows."""

from typing import Any, cast

from jmapd.datatypes.submission import envelope as envelopes
from jmapd.datatypes.submission.email_to_send import EmailToSend
from jmapd.datatypes.submission.envelope import Rules
from jmapd.datatypes.submission.extensions import announced
from jmapd.methods.context import Context
from jmapd.methods.spec import Outcome
from jmapd.stores.base import Transaction
from jmapd.stores.identities import IdentityStore
from jmapd.wire import Arguments, Id, Record, dates
from jmapd.wire.errors import ForbiddenToSend, InvalidProperties, RequestTooLarge, TooLarge

ARGUMENTS: dict[str, tuple[str, Any]] = {
    "onSuccessUpdateEmail": ("String[PatchObject]|null", None),
    "onSuccessDestroyEmail": ("String[]|null", None),
}
MAX_CALL = 256 * 1024 * 1024  # octets of all messages of one call
_ANSWERED = (
    "id", "threadId", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds",
)  # fmt: skip
_DESTROYED = "destroyed submissions"


def rules(context: Context) -> Rules:
    """Of the configuration."""
    option = context.options
    longest = option["submission.max_delayed_send"]
    extensions = announced(option["submission.extensions"], longest, option["submission.max_size"])
    return Rules(extensions, option["submission.max_recipients"], longest, option["submission.undo_seconds"])


def prepare(context: Context, record: Record) -> Record:
    """Hook, before the lock: everything that can be wrong is found, and the message is read."""
    assert context.account is not None
    if record["undoStatus"] != "pending":
        raise InvalidProperties(["undoStatus"], "undoStatus: only the server sets it on create")
    if not {context.user, context.account.owner}.isdisjoint(context.options["submission.may_not_send"]):
        raise ForbiddenToSend("You may not send mail at present. Please ask who runs this mail server.")
    stored = context.store("Email").get([record["emailId"]])[record["emailId"]]
    email = _email(context, record, stored)
    email.check()
    given = record["envelope"]
    limits = rules(context)
    if given is None:
        envelope = envelopes.make(email.root, email.mail_from())
    else:
        envelope = envelopes.read(given, limits)
        email.check_mail_from(envelope["mailFrom"]["email"])
    envelopes.check_recipients(envelope, limits)
    at, release = envelopes.release(envelope, limits, envelopes.now())
    return {
        "identityId": record["identityId"],
        "emailId": record["emailId"],
        "threadId": stored["threadId"],
        "envelope": envelope,
        "sendAt": dates.utc_date(int(at)),
        "messageId": email.message_id(),  # no property: reports are known by it
        "message": email.octets(envelope),
        "mailFrom": envelopes.for_server(envelope["mailFrom"]),
        "rcptTo": envelopes.distinct(envelope["rcptTo"]),
        "release": release,
        "given": given,
    }


def _email(context: Context, record: Record, stored: Record) -> EmailToSend:
    """Raises TooLarge, RequestTooLarge, InvalidProperties."""
    assert context.account is not None
    largest = context.options["submission.max_size"]
    if stored["size"] > largest:
        raise TooLarge(f"emailId: the Email has {stored['size']} octets; {largest} can be sent", maxSize=largest)
    context.memo["octets"] = context.memo.get("octets", 0) + stored["size"]
    if context.memo["octets"] > max(MAX_CALL, largest):
        raise RequestTooLarge("the Emails to be sent are too large together; send fewer in one call")
    wire = context.account.blobs.open(stored["blobId"])
    if wire is None:
        raise InvalidProperties(["emailId"], "emailId: there is no such Email any more")
    identities = cast(IdentityStore, context.store("Identity"))
    identity = identities.get([record["identityId"]])[record["identityId"]]
    return EmailToSend(wire, "$draft" in stored["keywords"], identity["email"], identities.may_use)


def commit(context: Context, tx: Transaction, record: Record) -> Record:
    """Hook: what the client does not know of what was created."""
    given = record.pop("given")
    answer = tx.create(record)
    known = record | answer
    more = {} if record["envelope"] == given else {"envelope": record["envelope"]}
    return {name: known[name] for name in _ANSWERED} | more


def validate(context: Context, tx: Transaction, old: Record | None, new: Record) -> None:
    """Of a submission that is there only undoStatus may change: to canceled, if the outbox can still do that."""
    if old is None or old["undoStatus"] == new["undoStatus"]:
        return
    if new["undoStatus"] != "canceled":
        raise InvalidProperties(["undoStatus"], "undoStatus: a client may set nothing but canceled")


def before_destroy(context: Context, tx: Transaction, record: Record) -> None:
    """Which Email it was of, for after_set."""
    context.memo.setdefault(_DESTROYED, {})[record["id"]] = record["emailId"]


def after_set(context: Context, args: Arguments, outcome: Outcome) -> list[tuple[str, Arguments]]:
    """7.5: a single implicit Email/set, of the Emails whose submissions were created, updated or destroyed."""
    emails = {f"#{key}": record["emailId"] for key, record in outcome.created.items()}
    found = context.store("EmailSubmission").get(outcome.updated)
    by_id = {id: record["emailId"] for id, record in found.items()}
    gone: dict[Id, Id] = context.memo.get(_DESTROYED, {})
    by_id |= {id: gone[id] for id in outcome.destroyed}
    by_id |= {record["id"]: record["emailId"] for record in outcome.created.values()}

    def email_of(key: str) -> Id | None:
        id = context.created_ids.get(key[1:], key) if key.startswith("#") else key
        return emails.get(key) or by_id.get(id)

    destroy = [id for key in args["onSuccessDestroyEmail"] or () if (id := email_of(key)) is not None]
    update: dict[Id, Record] = {}
    for key, patch in (args["onSuccessUpdateEmail"] or {}).items():
        if (id := email_of(key)) is not None and id not in destroy:
            update[id] = update.get(id, {}) | patch
    if not update and not destroy:
        return []
    call = {"accountId": args["accountId"], "update": update or None, "destroy": list(dict.fromkeys(destroy)) or None}
    return [("Email/set", call)]

"""MDN/send (RFC 9007 2.1): notifications go into the outbox; $mdnsent is set by the Email/set that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from jmapd.datatypes.mdn.mdn_properties import CAPABILITY, PROPERTIES, check, shown
from jmapd.formats.mail_address import is_address, normalised, split
from jmapd.formats.message import mdn
from jmapd.formats.message.addresses import Mailbox
from jmapd.formats.message.header_forms import as_addresses, as_text
from jmapd.formats.message.report import address, typed
from jmapd.formats.message.structure import Part, parse
from jmapd.formats.message.wire_form import wire_form
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.pending import Pending
from jmapd.methods.records import Records, Refused, translated
from jmapd.methods.spec import MISSING, DataType
from jmapd.stores.email_store import EmailStore
from jmapd.stores.identities import IdentityStore
from jmapd.stores.maildir_write import store_error
from jmapd.stores.submissions import SubmissionStore
from jmapd.wire import Arguments, Id, Record, patch
from jmapd.wire.errors import (
    Forbidden,
    ForbiddenFrom,
    InvalidArguments,
    InvalidProperties,
    MdnAlreadySent,
    NotFound,
    RequestTooLarge,
    SetError,
    TooLarge,
    UnknownMethod,
)

MAIL = "urn:ietf:params:jmap:mail"
SENT = "$mdnsent"
MAX_ASKING = 50  # addresses that one message may want to be told
_ARGUMENTS: dict[str, tuple[str, Any]] = {
    "accountId": ("Id", MISSING),
    "identityId": ("String", MISSING),
    "send": ("String[MDN]", MISSING),
    "onSuccessUpdateEmail": ("String[PatchObject]|null", None),
}
_MDN = DataType("MDN", CAPABILITY, store="Email", methods=(), rfc="RFC 9007 2", properties=PROPERTIES)
_SAYINGS = {
    "deleted": "was deleted. It may or may not have been seen before",
    "dispatched": "was sent on. It may or may not have been displayed",
    "displayed": "was displayed. This does not mean that it has been read or understood",
    "processed": "was processed by a program. It may or may not be displayed",
}


def mdn_send(context: Context, given: Arguments) -> Arguments:
    """The method; each MDN by itself."""
    if MAIL not in context.using:
        raise UnknownMethod(f"'MDN/send' needs {MAIL!r} in 'using'")
    arguments = check_arguments(_ARGUMENTS, given, context.strict)
    count, largest = len(arguments["send"]), context.limits.max_objects_in_set
    if count > largest:
        raise RequestTooLarge(f"{count} MDNs; maxObjectsInSet is {largest}")
    patches = _patches(arguments["send"], arguments["onSuccessUpdateEmail"] or {})
    run = _Sending(context, _identity(context, arguments["identityId"]))
    for key, properties in arguments["send"].items():
        run.check_update(properties.get("forEmailId"), patches[key])
    failed: dict[str, SetError] = {}
    for key, properties in arguments["send"].items():
        try:
            run.send(key, properties, patches[key])
        except SetError as error:
            failed[key] = error
        except Refused as refused:
            failed[key] = refused.error
    if run.updates:
        update = {"accountId": arguments["accountId"], "update": run.updates}
        context.follow_ups.append(("Email/set", update))
    return {
        "accountId": arguments["accountId"],
        "sent": run.sent or None,
        "notSent": {key: error.wire() for key, error in failed.items()} or None,
    }


def _patches(send: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Record]:
    """By creation id. Raises InvalidArguments: the server must reject what does not set the keyword."""
    unknown = next((key for key in given if not key.startswith("#") or key[1:] not in send), None)
    if unknown is not None:
        raise InvalidArguments(f"'onSuccessUpdateEmail': {unknown[:80]!r} is no '#' and a creation id of 'send'")
    for key in send:
        if not _sets_keyword(given.get(f"#{key}", {})):
            why = f"'onSuccessUpdateEmail': '#{key[:80]}' must set the keyword {SENT}"
            raise InvalidArguments(why, arguments=["onSuccessUpdateEmail"])
    return {key: given[f"#{key}"] for key in send}


def _sets_keyword(given: Mapping[str, Any]) -> bool:
    try:
        paths = patch.paths(given)
    except SetError:
        return False
    keywords = paths.get(("keywords",))
    return paths.get(("keywords", SENT)) is True or (isinstance(keywords, dict) and keywords.get(SENT) is True)


def _identity(context: Context, given: str) -> Record:
    id = context.created_ids.get(given[1:], given) if given.startswith("#") else given
    found = context.store("Identity").get([id])
    if id not in found:
        raise InvalidArguments(f"'identityId': there is no Identity {given[:80]!r}", arguments=["identityId"])
    return found[id]


@dataclass
class _Sending:
    """One call: what was sent, and the updates that follow."""

    context: Context
    identity: Record
    sent: dict[str, Record] = field(default_factory=dict)
    updates: dict[Id, Record] = field(default_factory=dict)

    def send(self, key: str, given: Record, update: Record) -> None:
        """Raises SetError, Refused; then nothing was sent."""
        if "extension" in given and not self.context.strict:  # so the example in 3.1
            given = {("extensionFields" if name == "extension" else name): value for name, value in given.items()}
        records = Records(self.context, _MDN)
        record = records.given(given)
        check(record)
        self._check_permission()
        id = records.id(record["forEmailId"])
        message = self._original(id)
        root = parse(message)
        notification = self._notification(record, root)
        to = self._receivers(root, notification)
        sender = self._sender(notification)
        self._check_addresses(notification, sender)
        data = _built(notification, sender, to, message if record["includeOriginalMessage"] else None)
        self._put(data, list(dict.fromkeys(email for _, email in to)))
        self.updates[id] = update
        answer = shown(notification, id) | {"includeOriginalMessage": record["includeOriginalMessage"]}
        self.sent[key] = {name: value for name, value in answer.items() if name not in given or given[name] != value}

    def _original(self, id: Id) -> bytes:
        """The message in wire form."""
        store = cast(EmailStore, self.context.store("Email"))
        record = store.get([id]).get(id)
        if record is None:
            raise NotFound(f"forEmailId: there is no Email {id[:80]!r}")
        if SENT in record["keywords"] or id in self.updates:  # RFC 8098 2.1: no more than one
            raise MdnAlreadySent(f"forEmailId: the Email has the keyword {SENT}")
        message = store.message(id)
        if message is None:
            raise NotFound("forEmailId: the message is gone")
        return wire_form(message)

    def _receivers(self, root: Part, notification: mdn.Notification) -> list[Mailbox]:
        """RFC 8098 3: those whom Disposition-Notification-To names."""
        found = mdn.notify(root)
        if not found:
            raise NotFound("forEmailId: the Email has no valid Disposition-Notification-To header field")
        objection = mdn.objection(root, notification.sending_mode == mdn.SENDING_MODES[1])
        if objection is None and len(found) > MAX_ASKING:
            objection = f"the message wants more than {MAX_ASKING} addresses to be told"
        if objection is not None:
            raise Forbidden(f"forEmailId: {objection}")
        return found

    def _notification(self, record: Record, root: Part) -> mdn.Notification:
        disposition = record["disposition"]
        notification = mdn.Notification(
            disposition["actionMode"],
            disposition["sendingMode"],
            disposition["type"],
            self._final_recipient(record["finalRecipient"], root),
            mdn.original_recipient(root),
            mdn.original_message_id(root),
            record["reportingUA"],
            extensions=record["extensionFields"] or {},
            subject=record["subject"],
            text=record["textBody"],
        )
        title = as_text(root.header("subject") or b"").strip()[:200]
        if notification.subject is None:
            notification = replace(notification, subject=_printable(f"Disposition notification: {title}".strip(": ")))
        if notification.text is None:  # RFC 8098 3: there is always a part for humans
            saying = f"Your message {title!r} {_SAYINGS[notification.type]}." if title else ""
            text = _printable(saying or f"Your message {_SAYINGS[notification.type]}.")
            notification = replace(notification, text=text)
        return notification

    # --- who it is from

    def _final_recipient(self, given: str | None, root: Part) -> str:
        """RFC 9007 2.1. Raises InvalidProperties."""
        if given is None:
            return _typed(self._own_address(root))
        mailbox = address(given) if typed(given) else given.strip()
        if not is_address(mailbox):
            why = f"finalRecipient: {given[:80]!r} is no address, as 'rfc822; bob@example.org'"
            raise InvalidProperties(["finalRecipient"], why)
        return _typed(mailbox)

    def _check_permission(self) -> None:
        account = self.context.account
        assert account is not None
        if not {self.context.user, account.owner}.isdisjoint(self.context.options["submission.may_not_send"]):
            raise Forbidden("This user, or this account, may not send mail at present")

    def _check_addresses(self, notification: mdn.Notification, sender: Mailbox) -> None:
        """RFC 9007 5; what an Identity has may have been taken away meanwhile. Raises ForbiddenFrom."""
        may_use = cast(IdentityStore, self.context.store("Identity")).may_use
        for name, mailbox in (("finalRecipient", address(notification.final_recipient)), ("identityId", sender[1])):
            if not may_use(mailbox):
                raise ForbiddenFrom(f"{name}: this account may not use {mailbox}")

    def _is_of_identity(self, mailbox: str) -> bool:
        local, domain = split(normalised(self.identity["email"]))
        return normalised(mailbox) == f"{local}@{domain}" or (local == "*" and split(normalised(mailbox))[1] == domain)

    def _own_address(self, root: Part) -> str:
        """The identity's; of one with a wildcard, the one that the message was sent to."""
        email: str = self.identity["email"]
        if split(email)[0] != "*":
            return email
        for name in ("delivered-to", "to", "cc"):
            for value in root.header_all(name):
                for each in as_addresses(value):
                    if is_address(each["email"]) and self._is_of_identity(each["email"]):
                        return str(each["email"])
        why = f"finalRecipient: must be given, as the Identity {email} is of many and the Email names none of these"
        raise InvalidProperties(["finalRecipient"], why)

    def _sender(self, notification: mdn.Notification) -> Mailbox:
        """RFC 8098 3: From has the address of the person for whom it is issued."""
        email: str = self.identity["email"]
        if split(email)[0] == "*":
            email = (notification.final_recipient or "").partition("; ")[2]
        return self.identity["name"] or None, email

    # --- sending

    def check_update(self, given: Any, update: Record) -> None:
        """Whether the Email/set that follows can set the keyword. Raises InvalidArguments."""
        store, datatype = self.context.store("Email"), self.context.datatypes["Email"]
        if not isinstance(given, str):
            return
        try:
            id = Records(self.context, datatype).id(given)
            if id not in store.get([id], ("id",)):
                return
        except NotFound:
            return
        try:
            with translated(), store.transaction() as transaction:
                records = Records(self.context, datatype, Pending(transaction, store))
                change = records.change(id, update)
                wrong = records.check([change])
        except SetError as error:
            raise _wrong_update(error.description) from error
        except Refused as refused:
            raise _wrong_update(refused.error.description) from refused
        if wrong or SENT not in change.new["keywords"]:
            raise _wrong_update(f"would not set {SENT}")

    def _put(self, data: bytes, to: list[str]) -> None:
        largest = int(self.context.options.get("submission.max_size", 0) or 0)
        if largest and len(data) > largest:
            raise TooLarge(f"the MDN would have {len(data)} octets", maxSize=largest)
        outbox = cast(SubmissionStore, self.context.store("EmailSubmission")).outbox
        with translated():
            try:
                outbox.put("mdn", "", to, data)  # RFC 8098 3: the envelope's sender is null
            except OSError as error:
                raise store_error(error) from error


def _typed(mailbox: str) -> str:
    """RFC 8098 3.2.4, RFC 6533 3."""
    return f"{'rfc822' if mailbox.isascii() else 'utf-8'}; {mailbox}"


def _wrong_update(why: str | None) -> InvalidArguments:
    return InvalidArguments(f"'onSuccessUpdateEmail': {why or 'is refused'}", arguments=["onSuccessUpdateEmail"])


def _built(
    notification: mdn.Notification,
    sender: tuple[str | None, str],
    to: list[tuple[str | None, str]],
    original: bytes | None,
) -> bytes:
    try:
        return mdn.build(notification, sender, to, original)
    except ValueError as error:
        raise InvalidProperties(["subject"], f"subject: {error}") from error


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)

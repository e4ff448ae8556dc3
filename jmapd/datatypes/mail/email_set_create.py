"""Email/set create (RFC 8621 4.6): a message is made of what the client gave, before the lock; stored under it."""

import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from socket import gethostname

from jmapd.datatypes.mail import email_set_create_body as body
from jmapd.datatypes.mail.email_header import PREFIX
from jmapd.datatypes.mail.email_set_create_header import HeaderFields, Problems, is_header
from jmapd.datatypes.mail.email_set_create_part import GivenPart
from jmapd.datatypes.mail.email_set_update import validate
from jmapd.formats.message.generate import generate
from jmapd.formats.message.wire_form import wire_form
from jmapd.methods.context import Context
from jmapd.stores.base import RecordExists, RecordNotFound, Transaction
from jmapd.stores.new_message import NewMessage, new_message
from jmapd.wire import Id, Record
from jmapd.wire.errors import BlobNotFound, InvalidProperties, RequestTooLarge, TooLarge

MAX_CALL = 256 * 1024 * 1024  # octets of all messages that one call may make
VERSION = b"MIME-Version: 1.0"
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,200}")


def prepare(context: Context, record: Record) -> Record:
    """Hook: what `commit` is to store. Raises InvalidProperties, BlobNotFound and TooLarge; RequestTooLarge."""
    problems = Problems()
    top = HeaderFields("", problems)
    for name, value in record.items():
        if name.lower().startswith(f"{PREFIX}content-"):
            problems.add(name, "must be given on the EmailBodyPart that it describes")
        elif name == "headers":
            problems.add(name, "must not be given; give each header field by itself")
        elif is_header(name):
            top.add(name, value)
    root = body.read(record, problems, context.created_ids)
    for field, path in root.fields.by.items():
        if field in top.by:
            problems.add(path, f"is given beside {top.by[field]!r:.100}, which is the same header field")
    problems.check()
    part = body.Builder(record, _blobs(context, root), problems).build(root)
    problems.check()
    given = top.written.keys() | root.fields.written.keys()
    data = generate(part, [*_required(record, given), *top.lines()])
    context.memo["made"] = made = context.memo.get("made", 0) + len(data)
    if made > max(MAX_CALL, len(data)):
        raise RequestTooLarge("the Emails to be created are too large together; create fewer in one call")
    kept = ("mailboxIds", "keywords", "receivedAt")
    made_of = {"message": _stored(context, data), "hasVersion": "mime-version" in given}
    return {name: record[name] for name in kept} | made_of


def commit(context: Context, tx: Transaction, record: Record) -> Record:
    """Hook: stores it; "id", "blobId", "threadId" and "size" are what the client is told (4.6)."""
    validate(context, tx, None, record)
    while True:
        try:
            answer = tx.create(record)
        except RecordExists:
            # One Email has one content here, and the client that saves a draft again unchanged destroys the old one
            record["message"] = _stored(context, _unlike(wire_form(record["message"].raw), record["hasVersion"]))
        except RecordNotFound as error:
            raise InvalidProperties(["mailboxIds"], f"there is no Mailbox {error}") from error
        else:
            return {name: answer[name] for name in ("id", "blobId", "threadId", "size")}


def _required(record: Record, given: Collection[str]) -> list[bytes]:
    """The header fields that the message must have and the client did not give (4.6); MIME-Version comes first."""
    lines = [] if "mime-version" in given else [VERSION + b"\r\n"]
    if "date" not in given:
        lines.append(f"Date: {format_datetime(datetime.now(UTC))}\r\n".encode())
    if "message-id" not in given:
        lines.append(f"Message-ID: <{secrets.token_urlsafe(18)}@{_domain(record)}>\r\n".encode())
    return lines


def _domain(record: Record) -> str:
    """RFC 5322 3.6.4: the right side of a Message-ID is best a domain of the one who writes."""
    for address in record["from"] or ():
        found = _DOMAIN.fullmatch(address["email"].rpartition("@")[2])
        if found and len(found[0]) <= 253:
            return found[0]
    return _host()


@cache
def _host() -> str:
    found = _HOST.fullmatch(gethostname())
    return found[0] if found else "localhost"


def _blob_ids(part: GivenPart) -> Iterator[Id]:
    if part.blob_id is not None:
        yield part.blob_id
    for child in part.children:
        yield from _blob_ids(child)


def _blobs(context: Context, root: GivenPart) -> dict[Id, bytes]:
    """The content of all blobs. Raises BlobNotFound, TooLarge (1.3.1 maxSizeAttachmentsPerEmail)."""
    uses = Counter(_blob_ids(root))
    if not uses:
        return {}
    assert context.account is not None
    largest = context.limits.max_size_attachments_per_email
    total, contents = 0, {}
    for id, content in context.account.blobs.contents(uses):
        if content is None:
            continue
        contents[id] = content
        total += len(content) * uses[id]
        if total > largest:  # now: what is too large must not be held all together
            why = f"the attachments of an Email may have {largest} octets together (maxSizeAttachmentsPerEmail)"
            raise TooLarge(why)
    if missing := [id for id in uses if id not in contents]:
        raise BlobNotFound(missing)
    return contents


def _stored(context: Context, data: bytes) -> NewMessage:
    return new_message(data, context.options.get("mail.line_ends", "lf"))


def _unlike(raw: bytes, has_own_version: bool) -> bytes:
    """The same message with other octets: with a comment (RFC 2045 4) or a header field that says nothing."""
    token = secrets.token_urlsafe(9).encode()
    if has_own_version:
        return b"X-Unique: " + token + b"\r\n" + raw
    return VERSION + b" (" + token + b")" + raw[len(VERSION) :]

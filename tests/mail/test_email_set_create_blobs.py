"""Blobs as parts of created Emails: uploads, parts of other messages, whole messages (RFC 8621 4.6)."""

import pytest

from jmapd.stores.blobs import Blobs
from tests.conftest import CORE, MAIL
from tests.mail.composing import blob, create, files, get, record, refused, stdlib, upload, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

TEXT = {"textBody": [{"partId": "t"}], "bodyValues": {"t": {"value": "See there.\n"}}}
CONTENTS = [
    b"",
    b"\n",
    b"text\n",
    b"text\r\n",
    b"two\r\nlines",
    b"mixed\r\nends\n",
    b"bare\rCR",
    "Grüße\r\n".encode(),
    "Wenig Umlaute in diesem längeren Text.\r\n".encode(),
    b"latin \xe4\r\n",
    b"x" * 2000,
    b"\0\1\2",
    bytes(range(256)) * 20,
    b"trailing \t\r\n \r\n",
    b"=3D\r\n=\r\n.\r\nFrom a\r\n",
    b"--\r\n--=_\r\n",
]


@pytest.mark.parametrize(
    "type", ["text/plain", "text/html", "image/png", "application/json", "message/delivery-status"]
)
@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: repr(content[:12]))
def test_every_octet_is_kept(mailhost, content, type):
    given = {"blobId": upload(mailhost, content), "type": type, "name": "a"}
    created = create(mailhost, **TEXT, attachments=[given])
    [part] = get(mailhost, created, "attachments")["attachments"]
    assert part["size"] == len(content) and part["type"] == type
    assert blob(mailhost, part["blobId"]) == content
    data = wire(mailhost, created)
    assert data.isascii() and max(map(len, data.split(b"\r\n"))) <= 78
    attached = stdlib(data).get_payload(1)
    assert attached.get_payload(decode=True) == content or type.startswith("message/")


def test_size_is_ignored(mailhost):
    given = {"blobId": upload(mailhost, b"1234"), "type": "image/png", "size": 9999}
    [part] = get(mailhost, create(mailhost, attachments=[given]), "attachments")["attachments"]
    assert part["size"] == 4


@pytest.mark.parametrize(
    ("content", "given", "charset"),
    [(b"abc\r\n", None, "us-ascii"), ("ä".encode(), None, "utf-8"), (b"\xe4", None, "us-ascii"),
     (b"\xe4", "iso-8859-1", "iso-8859-1"), ("ä".encode("utf-16"), "UTF-16", "UTF-16"),
         ("日本".encode("iso2022_jp"), None, "us-ascii")],
)  # fmt: skip
def test_charset(mailhost, content, given, charset):
    part = {"blobId": upload(mailhost, content), "type": "text/plain", "charset": given}
    created = create(mailhost, textBody=[part])
    found = get(mailhost, created, "textBody", "bodyValues")
    assert found["textBody"][0]["charset"] == charset
    assert found["bodyValues"]["1"]["value"].strip() in ("abc", "ä", "日本")
    assert blob(mailhost, found["textBody"][0]["blobId"]) == content


MESSAGE = "From: b@example.org\r\nSubject: Über\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nInner ä\r\n".encode()
ASCII = b"From: b@example.org\r\nSubject: Inner\r\n\r\nInner text\r\n"


@pytest.mark.rfc("2046", "5.2.1")
@pytest.mark.parametrize(
    ("content", "encoding"),
    [(ASCII, "7bit"), (MESSAGE, "8bit"), (ASCII + b"x" * 999 + b"\r\n", "binary"), (ASCII + b"\0\r\n", "binary"),
     (ASCII + b"a\rb\r\n", "binary"), (ASCII + b"a\r\r\nb\r\n", "binary")],
)  # fmt: skip
def test_message_is_never_encoded(mailhost, content, encoding):
    inner = upload(mailhost, content, "message/rfc822")
    nested = {"type": "multipart/mixed", "subParts": [{"blobId": inner, "type": "message/rfc822", "name": "fwd.eml"}]}
    tree = {"type": "multipart/mixed", "subParts": [{"partId": "t"}, nested]}
    created = create(mailhost, bodyStructure=tree, bodyValues=TEXT["bodyValues"])
    data = wire(mailhost, created)
    message = stdlib(data)
    attached = message.get_payload(1).get_payload(0)
    assert attached["Content-Transfer-Encoding"] == encoding
    # RFC 2045 6.4: what is around it says so, too
    for outer in (message, message.get_payload(1)):
        assert (outer["Content-Transfer-Encoding"] or "7bit") == encoding
    assert data.count(content) == 1
    [part] = get(mailhost, created, "attachments")["attachments"]
    assert blob(mailhost, part["blobId"]) == content
    parsed = mailhost.call("Email/parse", {"blobIds": [part["blobId"]], "properties": ["subject"]})["parsed"]
    assert parsed[part["blobId"]]["subject"] in ("Inner", "Über")


def test_message_with_lf_gets_wire_form(mailhost):
    inner = upload(mailhost, ASCII.replace(b"\r\n", b"\n"))
    created = create(mailhost, **TEXT, attachments=[{"blobId": inner, "type": "message/rfc822"}])
    [part] = get(mailhost, created, "attachments")["attachments"]
    assert blob(mailhost, part["blobId"]) == ASCII


def test_forwarded_message_and_its_parts(mailhost):
    picture = {"blobId": upload(mailhost, b"\x89PNG\n"), "type": "image/png", "name": "a.png"}
    first = create(mailhost, **TEXT, subject="First", attachments=[picture])
    [part] = get(mailhost, first, "attachments")["attachments"]
    copied = {name: part[name] for name in part if name != "partId"}
    whole = {"blobId": first["blobId"], "type": "message/rfc822"}
    second = create(mailhost, **TEXT, subject="Fwd: First", attachments=[copied, whole])
    one, two = get(mailhost, second, "attachments")["attachments"]
    assert blob(mailhost, one["blobId"]) == b"\x89PNG\n" and one["name"] == "a.png"
    assert blob(mailhost, two["blobId"]) == wire(mailhost, first)


def test_blob_not_found_lists_all(mailhost):
    there = upload(mailhost, b"x")
    first = create(mailhost, **TEXT)
    missing = ["G" + "0" * 64, "nothing", f"{first['blobId']}_7"]
    tree = {"subParts": [{"blobId": id, "type": "image/png"} for id in [there, *missing, missing[0]]]}
    error = refused(mailhost, bodyStructure=tree)
    assert error["type"] == "blobNotFound" and sorted(error["notFound"]) == sorted(missing)


def test_blob_vanishes_in_between(mailhost):
    there = upload(mailhost, b"x")
    for path in mailhost.root.parents[1].rglob("blobs/*"):
        path.unlink()
    error = refused(mailhost, attachments=[{"blobId": there, "type": "image/png"}])
    assert (error["type"], error["notFound"]) == ("blobNotFound", [there])


def test_blob_by_creation_id(mailhost):
    create = {"k": record(mailhost, attachments=[{"blobId": "#up", "type": "image/png"}])}
    calls = [["Email/set", {"accountId": "alice", "create": create}]]
    [answer] = mailhost.request(calls, using=(CORE, MAIL), createdIds={"up": upload(mailhost, b"PNG")})
    [part] = get(mailhost, answer[1]["created"]["k"], "attachments")["attachments"]
    assert blob(mailhost, part["blobId"]) == b"PNG"
    [answer] = mailhost.request(calls)
    assert answer[1]["notCreated"]["k"]["properties"] == ["attachments/0/blobId"]


@pytest.mark.rfc("8621", "1.3.1")
def test_max_size_attachments_per_email(make_mailhost):
    mailhost = make_mailhost(limits={"max_size_attachments_per_email": 1000})
    session = mailhost.client.get("/.well-known/jmap", auth=mailhost.authorization).get_json()
    assert session["accounts"]["alice"]["accountCapabilities"][MAIL]["maxSizeAttachmentsPerEmail"] == 1000
    part = {"blobId": upload(mailhost, b"x" * 500), "type": "image/png"}
    create(mailhost, attachments=[part, part])
    before = files(mailhost)
    error = refused(mailhost, attachments=[part, part, {"blobId": upload(mailhost, b"y"), "type": "image/png"}])
    assert error["type"] == "tooLarge" and "maxSizeAttachmentsPerEmail" in error["description"]
    assert files(mailhost) == before


def test_all_of_one_call_together(mailhost, monkeypatch):
    monkeypatch.setattr("jmapd.datatypes.mail.email_set_create.MAX_CALL", 5000)
    part = {"blobId": upload(mailhost, b"\0" * 3000), "type": "image/png"}
    create(mailhost, attachments=[part, part])  # one alone is bound by maxSizeAttachmentsPerEmail
    calls = {"create": {key: record(mailhost, attachments=[part]) for key in "abc"}}
    before = files(mailhost)
    assert mailhost.error("Email/set", calls)["type"] == "requestTooLarge" and files(mailhost) == before


def test_blobs_beyond_the_limit_are_not_read(make_mailhost, monkeypatch):
    mailhost = make_mailhost(limits={"max_size_attachments_per_email": 1000})
    parts = [{"blobId": upload(mailhost, bytes([number]) * 900)} for number in range(4)]
    read, whole = [], Blobs.open
    monkeypatch.setattr(Blobs, "open", lambda self, id: read.append(id) or whole(self, id))
    assert refused(mailhost, attachments=parts)["type"] == "tooLarge" and len(read) == 2

"""Email/get: bodyStructure, the three flat lists and the properties of their parts."""

import base64

import pytest

pytestmark = pytest.mark.rfc("8621", "4.1.4")

DEFAULTS = ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location"]


def part(type, content="x", *headers):
    """One entity."""
    return "\n".join([f"Content-Type: {type}", *headers, "", content])


def multipart(subtype, boundary, *parts):
    """A multipart entity of parts."""
    body = "".join(f"--{boundary}\n{inner}\n" for inner in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n{body}--{boundary}--\n'


def message(entity):
    """A message with that body."""
    return f"From: alice@example.org\nSubject: parts\nMIME-Version: 1.0\n{entity}"


INLINE, ATTACHED = "Content-Disposition: inline", "Content-Disposition: attachment"
# The shape of RFC 8621 4.1.4's example, with its letters as Content-Location.
LIST_MESSAGE = message(
    multipart(
        "mixed",
        "b1",
        part("text/plain", "a", INLINE, "Content-Location: A"),
        multipart(
            "mixed",
            "b2",
            multipart(
                "alternative",
                "b3",
                multipart(
                    "mixed",
                    "b4",
                    part("text/plain", "b", INLINE, "Content-Location: B"),
                    part("image/jpeg", "c", INLINE, "Content-Location: C"),
                    part("text/plain", "d", INLINE, "Content-Location: D"),
                ),
                multipart(
                    "related",
                    "b5",
                    part("text/html", "e", "Content-Location: E"),
                    part("image/jpeg", "f", "Content-Location: F", "Content-ID: <f@example.org>"),
                ),
            ),
            part("image/jpeg", "g", ATTACHED, "Content-Location: G"),
            part("application/x-excel", "h", "Content-Location: H"),
            part("message/rfc822", "Subject: inner\n\nj", "Content-Location: J"),
        ),
        part("text/plain", "k", INLINE, "Content-Location: K"),
    )
)


def get(mailhost, *properties, **arguments):
    """The properties named, of the only message."""
    [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": list(properties), **arguments})["list"]
    return email


def test_the_lists_of_the_rfc_example(mailhost):
    mailhost.deliver(LIST_MESSAGE)
    email = get(mailhost, "textBody", "htmlBody", "attachments", "hasAttachment", bodyProperties=["location"])
    letters = {name: "".join(part["location"] for part in email[name]) for name in email if name.endswith(("y", "s"))}
    assert letters == {"textBody": "ABCDK", "htmlBody": "AEK", "attachments": "CFGHJ"}
    assert email["hasAttachment"] is True


def test_structure(mailhost):
    mailhost.deliver(LIST_MESSAGE)
    root = get(mailhost, "bodyStructure", bodyProperties=["partId", "type"])["bodyStructure"]

    def shape(part):
        inner = [shape(child) for child in part.get("subParts", [])]
        return [part["partId"], part["type"], *inner]

    assert shape(root) == [
        None,
        "multipart/mixed",
        ["1", "text/plain"],
        [
            None,
            "multipart/mixed",
            [
                None,
                "multipart/alternative",
                [
                    None,
                    "multipart/mixed",
                    ["2.1.1.1", "text/plain"],
                    ["2.1.1.2", "image/jpeg"],
                    ["2.1.1.3", "text/plain"],
                ],
                [None, "multipart/related", ["2.1.2.1", "text/html"], ["2.1.2.2", "image/jpeg"]],
            ],
            ["2.2", "image/jpeg"],
            ["2.3", "application/x-excel"],
            ["2.4", "message/rfc822"],  # not looked into
        ],
        ["3", "text/plain"],
    ]


def test_default_body_properties(mailhost):
    mailhost.deliver(LIST_MESSAGE)
    email = get(mailhost, "bodyStructure", "textBody", "htmlBody", "attachments")
    for name in ("textBody", "htmlBody", "attachments"):
        assert all(sorted(part) == sorted(DEFAULTS) for part in email[name])
    assert sorted(email["bodyStructure"]) == sorted([*DEFAULTS, "subParts"])
    assert email["bodyStructure"]["blobId"] is None


def test_flat_parts_have_no_sub_parts(mailhost):
    mailhost.deliver(LIST_MESSAGE)
    email = get(mailhost, "bodyStructure", "attachments", bodyProperties=["partId", "subParts"])
    assert all(part["subParts"] is None for part in email["attachments"])
    assert email["bodyStructure"]["subParts"][0] == {"partId": "1", "subParts": None}


def test_all_properties_of_a_part(mailhost):
    content = base64.encodebytes(b"%PDF-1.4 \x00\xff").decode()
    pdf = part(
        "application/pdf; name=other.pdf",
        content,
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename*=utf-8''na%C3%AFve.pdf",
        "Content-ID: <pdf@example.org>",
        "Content-Language: fr, de-CH",
        "Content-Location: https://example.org/a.pdf",
    )
    mailhost.deliver(message(multipart("mixed", "b", part("text/plain; charset=utf-8", "hi"), pdf)))
    names = [*DEFAULTS, "headers", "header:content-ID", "header:Content-Type:all", "header:X-None"]
    email = get(mailhost, "blobId", "attachments", bodyProperties=names)
    [found] = email["attachments"]
    fields = found.pop("headers")
    assert found == {
        "partId": "2",
        "blobId": email["blobId"] + "_2",
        "size": 11,
        "name": "naïve.pdf",
        "type": "application/pdf",
        "charset": None,
        "disposition": "attachment",
        "cid": "pdf@example.org",
        "language": ["fr", "de-CH"],
        "location": "https://example.org/a.pdf",
        "header:content-ID": " <pdf@example.org>",
        "header:Content-Type:all": [" application/pdf; name=other.pdf"],
        "header:X-None": None,
    }
    assert [field["name"] for field in fields] == [
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Content-ID",
        "Content-Language",
        "Content-Location",
    ]


@pytest.mark.parametrize(
    ("fields", "type", "charset"),
    [
        ("", "text/plain", "us-ascii"),
        ("Content-Type: text/html\n", "text/html", "us-ascii"),
        ('Content-Type: TEXT/Plain; charset="UTF-8"\n', "text/plain", "UTF-8"),
        ("Content-Type: application/json; charset=utf-8\n", "application/json", "utf-8"),
        ("Content-Type: application/json\n", "application/json", None),
        ("Content-Type: text/plain (plain) ; charset=us-ascii (US)\n", "text/plain", "us-ascii"),
    ],
)
def test_type_and_charset(mailhost, fields, type, charset):
    mailhost.deliver(f"From: a@example.org\n{fields}\nx\n")
    found = get(mailhost, "bodyStructure")["bodyStructure"]
    assert (found["partId"], found["type"], found["charset"]) == ("1", type, charset)


def test_implicit_type_in_a_digest(mailhost):
    mailhost.deliver(message(multipart("digest", "b", "\nSubject: inner\n\nx")))
    email = get(mailhost, "attachments")
    assert [part["type"] for part in email["attachments"]] == ["message/rfc822"]


def test_blobs_have_the_size_and_the_content(mailhost):
    png = bytes(range(256)) * 3
    image = part("image/png", base64.encodebytes(png).decode(), "Content-Transfer-Encoding: base64", ATTACHED)
    inner = part("message/rfc822", "Subject: inner\n\nline\nline\n")
    quoted = part("text/plain; charset=utf-8", "caf=C3=A9 =\nau lait", "Content-Transfer-Encoding: quoted-printable")
    mailhost.deliver(message(multipart("mixed", "b", quoted, image, inner)))
    email = get(mailhost, "blobId", "size", "textBody", "attachments")
    contents = ["café au lait".encode(), png, b"Subject: inner\r\n\r\nline\r\nline\r\n"]
    for found, content in zip(email["textBody"] + email["attachments"], contents, strict=True):
        url = f"/jmap/download/{mailhost.account}/{found['blobId']}/name?type=application/octet-stream"
        answer = mailhost.client.get(url, auth=mailhost.authorization)
        assert answer.status_code == 200
        assert answer.data == content
        assert found["size"] == len(content)


def test_body_of_one_part(mailhost):
    mailhost.deliver("From: a@example.org\n\nHello\n")
    email = get(mailhost, "blobId", "textBody", "htmlBody", "bodyStructure", "attachments", "hasAttachment")
    assert email["textBody"] == email["htmlBody"] == [email["bodyStructure"]]
    assert email["attachments"] == []
    assert email["hasAttachment"] is False
    assert email["textBody"][0]["blobId"] == email["blobId"] + "_1"
    assert email["textBody"][0]["size"] == len("Hello\r\n")

"""Email/get: bodyValues."""

import re

import pytest

pytestmark = pytest.mark.rfc("8621", "4.2")

ALTERNATIVE = (
    "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n"
    "--m\nContent-Type: multipart/alternative; boundary=a\n\n"
    "--a\nContent-Type: text/plain; charset=utf-8\n\nplain é\nsecond\n"
    "--a\nContent-Type: text/html; charset=utf-8\n\n<p>html é</p>\n--a--\n"
    "--m\nContent-Type: text/x-diff\nContent-Disposition: attachment\n\n+diff\n"
    "--m\nContent-Type: image/png\n\nnot really\n--m--\n"
)


def values(mailhost, **arguments):
    """The bodyValues of the only message."""
    arguments = {"ids": mailhost.ids(), "properties": ["bodyValues"], **arguments}
    [email] = mailhost.call("Email/get", arguments)["list"]
    return email["bodyValues"]


def entity(charset, body, encoding="8bit"):
    """A message of one text part."""
    head = (
        f"From: a@example.org\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    )
    return head.encode() + body


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({}, []),
        ({"fetchTextBodyValues": True}, ["1.1"]),
        ({"fetchHTMLBodyValues": True}, ["1.2"]),
        ({"fetchTextBodyValues": True, "fetchHTMLBodyValues": True}, ["1.1", "1.2"]),
        ({"fetchAllBodyValues": True}, ["1.1", "1.2", "2"]),
        ({"fetchAllBodyValues": True, "fetchTextBodyValues": True}, ["1.1", "1.2", "2"]),
        ({"fetchTextBodyValues": False, "maxBodyValueBytes": 3}, []),
    ],
)
def test_which_parts(mailhost, arguments, parts):
    mailhost.deliver(ALTERNATIVE)
    assert sorted(values(mailhost, **arguments)) == parts


def test_value(mailhost):
    mailhost.deliver(ALTERNATIVE.replace("\n", "\r\n"))
    found = values(mailhost, fetchAllBodyValues=True)
    # RFC 8621 4.1.4: each CRLF becomes LF; the line end before a boundary belongs to the boundary.
    assert found["1.1"] == {"value": "plain é\nsecond", "isEncodingProblem": False, "isTruncated": False}
    assert found["2"]["value"] == "+diff"


@pytest.mark.parametrize("size", range(1, 12))
def test_truncation_leaves_whole_characters(mailhost, size):
    text = "aé€😀b"  # 1, 2, 3, 4 and 1 octets
    mailhost.deliver(entity("utf-8", text.encode()))
    [found] = values(mailhost, fetchTextBodyValues=True, maxBodyValueBytes=size).values()
    assert text.startswith(found["value"])
    assert len(found["value"].encode()) <= size
    assert len((found["value"] + text[len(found["value"]) :][:1]).encode()) > size or found["value"] == text
    assert found["isTruncated"] is (found["value"] != text)
    assert found["isEncodingProblem"] is False


def test_truncation_leaves_whole_tags(mailhost):
    html = "<p>One <a href='https://example.org/a>b'>link</a></p>"
    mailhost.deliver(f"From: a@example.org\nContent-Type: text/html\n\n{html}")
    for size in range(1, len(html)):
        [found] = values(mailhost, fetchHTMLBodyValues=True, maxBodyValueBytes=size).values()
        assert html.startswith(found["value"])
        assert found["isTruncated"] is True
        assert len(found["value"]) <= size
        whole_tags = re.sub(r"<(?:[^'>]|'[^']*')*>", "", found["value"])
        assert "<" not in whole_tags


@pytest.mark.rfc("8621", "4.1.4")
@pytest.mark.parametrize(
    ("charset", "body", "value", "problem"),
    [
        ("iso-8859-1", b"caf\xe9", "café", False),
        ("windows-1252", b"\x80 5", "€ 5", False),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет", False),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本", False),
        ("utf-8", b"a\xffb", None, True),
        ("x-no-such-charset", b"plain", "plain", True),
        ("us-ascii", b"plain", "plain", False),
    ],
)
def test_charset(mailhost, charset, body, value, problem):
    mailhost.deliver(entity(charset, body))
    [found] = values(mailhost, fetchTextBodyValues=True).values()
    assert found["isEncodingProblem"] is problem
    assert found["isTruncated"] is False
    if value is not None:
        assert found["value"] == value


@pytest.mark.rfc("8621", "4.1.4")
def test_transfer_encodings(mailhost):
    mailhost.deliver(entity("utf-8", b"Y2Fmw6k=\n", "base64"))
    mailhost.deliver(entity("utf-8", b"caf=C3=A9", "Quoted-Printable"))
    mailhost.deliver(entity("utf-8", b"caf\xc3\xa9", "x-unknown"))
    arguments = {"ids": mailhost.ids(), "properties": ["bodyValues"], "fetchAllBodyValues": True}
    found = [email["bodyValues"]["1"] for email in mailhost.call("Email/get", arguments)["list"]]
    assert [value["value"] for value in found] == ["café"] * 3
    assert sorted(value["isEncodingProblem"] for value in found) == [False, False, True]

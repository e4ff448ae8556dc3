"""Messages made to hurt: through index, get and parse, bounded in what they cost and in what they answer."""

import pytest

from jmapd.datatypes.mail import email_body
from tests.mail.email_properties import BODY_PART, LISTS, STORED

pytestmark = [pytest.mark.rfc("8621", "9.1"), pytest.mark.rfc("8621", "4.1.4")]

HEAD = "From: mallory@example.org\nSubject: odd\nMIME-Version: 1.0\n"
BODY_PROPERTIES = [*BODY_PART, "header:Content-Type:all", "header:X-Any:asAddresses"]
FORMS = [f"header:X-Any:as{form}" for form in ("GroupedAddresses", "MessageIds", "Date", "URLs", "Text")]
FORMS += ["header:Subject:asText:all", "header:X-Any:asAddresses:all", "header:List-Id", "header:Received:all"]
PROPERTIES = [*STORED, "headers", "bodyStructure", "bodyValues", *LISTS, *FORMS]


def whole(mailhost, data):
    """The message with all its properties, after it was delivered and indexed."""
    mailhost.deliver(data)
    arguments = {
        "ids": mailhost.ids(),
        "properties": PROPERTIES,
        "bodyProperties": BODY_PROPERTIES,
        "fetchAllBodyValues": True,
        "maxBodyValueBytes": 1000,
    }
    [email] = mailhost.call("Email/get", arguments)["list"]
    assert sorted(email) == sorted(PROPERTIES)
    return email


def depth(part):
    """How many levels of parts there are."""
    return 1 + max((depth(child) for child in part["subParts"] or ()), default=0)


def test_ten_thousand_parts(mailhost):
    parts = "".join(f"--b\nContent-Type: text/plain; name=p{n}\n\n{n}\n" for n in range(10_000))
    email = whole(mailhost, f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    assert 1 <= len(email["bodyStructure"]["subParts"]) <= 10_000
    assert len(email["bodyValues"]) == len(email["bodyStructure"]["subParts"])


def test_nested_a_thousand_deep(mailhost):
    opening = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1000))
    email = whole(mailhost, f"{HEAD}{opening}Content-Type: text/plain\n\nbottom\n")
    assert 1 <= depth(email["bodyStructure"]) <= 1001


def test_one_boundary_for_all_levels(mailhost):
    opening = "Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 1000
    email = whole(mailhost, f"{HEAD}{opening}\n\nbottom\n--b--\n")
    assert 1 <= depth(email["bodyStructure"]) <= 1001


def test_boundaries_that_are_prefixes_of_each_other(mailhost):
    opening = "".join(f"Content-Type: multipart/mixed; boundary={'b' * n}\n\n--{'b' * n}\n" for n in range(1, 300))
    email = whole(mailhost, f"{HEAD}{opening}\nbottom\n")
    assert email["bodyStructure"]["type"] == "multipart/mixed"


def test_hundred_thousand_headers(mailhost):
    fields = "".join(f"X-Any: value {n}\n" for n in range(100_000))
    email = whole(mailhost, f"{HEAD}{fields}\nbody\n")
    assert 1 <= len(email["headers"]) <= 100_003
    assert email["subject"] == "odd"


def test_line_of_fifty_megabytes(mailhost):
    email = whole(mailhost, HEAD.encode() + b"\n" + b"x" * 50_000_000)
    assert email["bodyStructure"]["size"] == 50_000_000
    assert len(email["bodyValues"]["1"]["value"]) == 1000
    assert email["bodyValues"]["1"]["isTruncated"] is True
    assert len(email["preview"]) <= 256


def test_header_field_of_ten_megabytes(mailhost):
    email = whole(mailhost, HEAD + "X-Any: " + "=?utf-8?q?a?= <a@example.org>, " * 330_000 + "\n\nbody\n")
    assert email["subject"] == "odd"


def test_field_without_an_end(mailhost):
    email = whole(mailhost, HEAD + "X-Any: " + "((((" * 100_000 + '"' + "<" * 100_000 + "\n\nbody\n")
    assert email["subject"] == "odd"


def test_messages_in_messages(mailhost):
    data = f"{HEAD}Content-Type: message/rfc822\n\n" * 1000 + HEAD + "\nbottom\n"
    email = whole(mailhost, data)
    [part] = email["attachments"]
    for _ in range(5):  # not looked into but by Email/parse, one level a call
        answer = mailhost.call(
            "Email/parse", {"blobIds": [part["blobId"]], "properties": ["attachments", "bodyStructure"]}
        )
        [inner] = answer["parsed"].values()
        [part] = inner["attachments"]
        assert depth_of_type(inner["bodyStructure"]) == "message/rfc822"


def depth_of_type(part):
    """The type of the only leaf."""
    while part.get("subParts"):
        [part] = part["subParts"]
    return part["type"]


def test_multipart_and_messages_by_turns(mailhost):
    levels = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\nContent-Type: message/rfc822\n\n" for n in range(300)
    )
    email = whole(mailhost, f"{HEAD}{levels}\nbottom\n")
    assert [part["type"] for part in email["attachments"]] == ["message/rfc822"]


def test_multipart_without_a_boundary(mailhost):
    email = whole(mailhost, f"{HEAD}Content-Type: multipart/mixed\n\n--b\n\ntext\n--b--\n")
    assert email["bodyStructure"]["type"].split("/")[0] in ("multipart", "text")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\r\n\r\n",
        b"no header at all",
        b"\x00" * 100,
        bytes(range(256)) * 10,
        b"Subject",
        b"Subject:",
        b": value\n\nx",
        b" folded first\nSubject: x\n\nbody",
        b"From alice Thu Jan  1 00:00:00 1970\nSubject: x\n\nbody",
        b"Subject: x\rContent-Type: text/html\r\rbody",
        b"Content-Type: text/plain; charset=\n\nx",
        b"Content-Type: ; charset=utf-8\n\nx",
        b"Content-Type: /\n\nx",
        b"Content-Type: multipart/\n\nx",
        b"Content-Transfer-Encoding: base64\n\n!!!",
        b"Content-Transfer-Encoding: quoted-printable\n\n=\n=XX=",
        b"Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=b\n\nLS1iCgp4Cg==",
        b"Content-Type: text/plain; charset=utf-16\n\n\xff\xfe\x00",
        b"Content-Type: text/plain; charset=idna\n\nxn--a",
        b"Content-Type: text/plain; charset=zlib\n\nx",
        b"Content-Type: text/plain; charset=utf-7\n\n+2AD-",
        b"Subject: =?utf-8?b?7aCA?= =?utf-16?q?=D8=00?=\n\n\xed\xa0\x80",
        b"Content-Disposition: attachment; filename*0*=x''%zz; filename*1=\"\n\nx",
    ],
)
def test_odd_bytes(mailhost, data):
    email = whole(mailhost, data)
    assert email["size"] >= len(data)
    assert email["bodyStructure"]["partId"] is None or email["bodyStructure"]["blobId"]


def test_as_many_parts_as_are_answered_can_be_fetched(mailhost):
    parts = "".join(f"--b\nContent-Type: application/x\n\n{n}\n" for n in range(3000))
    email = whole(mailhost, f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    last = email["attachments"][-1]
    url = f"/jmap/download/{mailhost.account}/{last['blobId']}/n?type=text/plain"
    answer = mailhost.client.get(url, auth=mailhost.authorization)
    assert len(answer.data) == last["size"]


@pytest.mark.rfc("8620", "5.1")
def test_body_values_of_one_answer_are_bounded(mailhost, monkeypatch):
    monkeypatch.setattr(email_body, "MAX_VALUES_SIZE", 10_000)
    for number in range(3):
        mailhost.deliver(f"{HEAD}\n{number}{'x' * 4000}")
    ids = mailhost.ids()
    arguments = {"properties": ["bodyValues"], "fetchTextBodyValues": True}
    assert mailhost.error("Email/get", {"ids": ids, **arguments})["type"] == "requestTooLarge"
    assert len(mailhost.call("Email/get", {"ids": ids[:2], **arguments})["list"]) == 2
    assert len(mailhost.call("Email/get", {"ids": ids, "maxBodyValueBytes": 3000, **arguments})["list"]) == 3

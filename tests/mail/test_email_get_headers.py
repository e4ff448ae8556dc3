"""Email/get: header fields by name, in each form."""

import pytest

pytestmark = pytest.mark.rfc("8621", "4.1.3")

MESSAGE = (
    "Received: from a\nReceived: from b\n by c\n"
    "From: =?utf-8?q?Ren=C3=A9?= <rene@example.org>\n"
    "To: Friends: jane@example.org, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.org>;, bob@example.org\n"
    "Cc: one@example.org\nCc: two@example.org\n"
    "Subject: =?utf-8?q?caf=C3=A9?=\n  at noon\n"
    "Date: Tue, 14 Nov 2023 10:00:00 +0100\n"
    "Message-ID: <1@example.org>\n"
    "Resent-Date: nonsense\n"
    "List-Id: Plums <plums.example.org>\n"
    "List-Unsubscribe: <mailto:leave@example.org?subject=x> (by mail),\n <https://example.org/leave>\n"
    "X-Note:  first\nx-note: second\n"
    "Comments: =?utf-8?q?=C3=BC?=\n\nHello\n"
)


def header(mailhost, *names):
    """The properties named, of the only message."""
    answer = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": list(names)})
    [email] = answer["list"]
    del email["id"]
    return email


@pytest.fixture
def host(mailhost):
    """With one message."""
    mailhost.deliver(MESSAGE)
    return mailhost


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("header:Subject", " =?utf-8?q?caf=C3=A9?=\r\n  at noon"),
        ("header:Subject:asRaw", " =?utf-8?q?caf=C3=A9?=\r\n  at noon"),
        ("header:subject:asText", "café  at noon"),
        ("header:SUBJECT:asText:all", ["café  at noon"]),
        ("header:X-Note", " second"),
        ("header:X-Note:all", ["  first", " second"]),
        ("header:x-nOTE:asText:all", ["first", "second"]),
        ("header:Received:all", [" from a", " from b\r\n by c"]),
        ("header:Cc:asAddresses", [{"name": None, "email": "two@example.org"}]),
        (
            "header:Cc:asAddresses:all",
            [[{"name": None, "email": "one@example.org"}], [{"name": None, "email": "two@example.org"}]],
        ),
        ("header:From:asAddresses", [{"name": "René", "email": "rene@example.org"}]),
        (
            "header:To:asGroupedAddresses",
            [
                {
                    "name": "Friends",
                    "addresses": [
                        {"name": None, "email": "jane@example.org"},
                        {"name": "John Smîth", "email": "john@example.org"},
                    ],
                },
                {"name": None, "addresses": [{"name": None, "email": "bob@example.org"}]},
            ],
        ),
        ("header:Message-ID:asMessageIds", ["1@example.org"]),
        ("header:Date:asDate", "2023-11-14T10:00:00+01:00"),
        ("header:Date:asDate:all", ["2023-11-14T10:00:00+01:00"]),
        ("header:Resent-Date:asDate", None),
        ("header:Resent-Date:asDate:all", [None]),
        ("header:List-Id:asText", "Plums <plums.example.org>"),
        ("header:List-Id", " Plums <plums.example.org>"),
        ("header:List-ID:all", [" Plums <plums.example.org>"]),
        (
            "header:List-Unsubscribe:asURLs",
            ["mailto:leave@example.org?subject=x", "https://example.org/leave"],
        ),
        ("header:List-Post:asURLs", None),
        ("header:List-Post:asURLs:all", []),
        ("header:X-None", None),
        ("header:X-None:asAddresses:all", []),
        ("header:Bcc:asAddresses", None),
        ("header:Comments:asText", "ü"),
        ("header:X-Note:asDate", None),
        ("header:X-Note:asURLs", None),
    ],
)
def test_value(host, name, value):
    # RFC 8621 4.2: the name in the answer is the one of the request, letter by letter.
    assert header(host, name) == {name: value}


@pytest.mark.rfc("8621", "4.1.2")
@pytest.mark.parametrize(
    "name",
    [
        "header:From:asDate",
        "header:from:asText",
        "header:From:asURLs:all",
        "header:Date:asText",
        "header:Date:asAddresses",
        "header:Subject:asAddresses",
        "header:Message-ID:asText",
        "header:References:asAddresses",
        "header:List-Post:asText",
        "header:List-Unsubscribe:asMessageIds",
        "header:Comments:asDate",
        "header:Return-Path:asAddresses",
        "header:Received:asText",
    ],
)
def test_form_that_is_not_allowed_for_the_field(host, name):
    assert host.error("Email/get", {"ids": host.ids(), "properties": [name]})["type"] == "invalidArguments"


@pytest.mark.parametrize(
    "name",
    [
        "header:",
        "header::asText",
        "header:Subject:all:asText",
        "header:Subject:asText:asText",
        "header:Subject:all:all",
        "header:Subject:astext",
        "header:Subject:asNothing",
        "header:Sub ject",
        "header:Sübject",
        "header:Subject:",
        "Header:Subject",
        "headers:Subject",
    ],
)
def test_names_that_are_no_property(host, name):
    assert host.error("Email/get", {"ids": [], "properties": [name]})["type"] == "invalidArguments"


def test_headers(host):
    [first, second, *_, last] = header(host, "headers")["headers"]
    assert first == {"name": "Received", "value": " from a"}
    assert second == {"name": "Received", "value": " from b\r\n by c"}
    assert last == {"name": "Comments", "value": " =?utf-8?q?=C3=BC?="}
    assert [field["name"] for field in header(host, "headers")["headers"] if field["name"].lower() == "x-note"] == [
        "X-Note",
        "x-note",
    ]


def test_convenience_properties_equal_their_header_form(host):
    pairs = {
        "messageId": "header:Message-ID:asMessageIds",
        "inReplyTo": "header:In-Reply-To:asMessageIds",
        "references": "header:References:asMessageIds",
        "sender": "header:Sender:asAddresses",
        "from": "header:From:asAddresses",
        "to": "header:To:asAddresses",
        "cc": "header:Cc:asAddresses",
        "bcc": "header:Bcc:asAddresses",
        "replyTo": "header:Reply-To:asAddresses",
        "subject": "header:Subject:asText",
        "sentAt": "header:Date:asDate",
    }
    stored = header(host, *pairs)
    # With :all the values come from the file, not from the index.
    parsed = header(host, *[f"{name}:all" for name in pairs.values()])
    for name, row in pairs.items():
        assert stored[name] == (parsed[f"{row}:all"] or [None])[-1], name


@pytest.mark.rfc("8621", "4.1.2.1")
def test_octets_that_are_no_utf8(mailhost):
    mailhost.deliver(b"Subject: caf\xe9\nX-Nul: a\x00b\nX-Utf: \xc3\xa9\n\nx\n")
    assert header(mailhost, "header:Subject", "header:X-Nul", "header:X-Utf") == {
        "header:Subject": " caf\ufffd",
        "header:X-Nul": " ab",
        "header:X-Utf": " é",
    }


def test_many_properties_of_one_field(host):
    names = [f"header:{name}" for name in ("Subject", "subject", "SUBJECT", "sUBJECT")]
    assert header(host, *names) == dict.fromkeys(names, " =?utf-8?q?caf=C3=A9?=\r\n  at noon")

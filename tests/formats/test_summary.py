"""What the index keeps of a message."""

import hashlib

import pytest

from jmapd.formats.message.summary import MAX_TEXT, summarise

MESSAGE = b"""\
Message-ID: <m1@example.org>
In-Reply-To: <m0@example.org>
References: <r1@example.org> <m0@example.org>
From: =?utf-8?q?Alice_=C3=84?= <alice@example.org>
To: Bob <bob@example.org>, carol@example.org
Reply-To: list@example.org
Subject: Re: [list] =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Tue, 1 Jul 2003 10:52:37 +0200
List-Id: <list.example.org>
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/alternative; boundary=i

--i
Content-Type: text/plain; charset=utf-8

Hello plain world, this is a line of text that both have.
--i
Content-Type: text/html; charset=utf-8

<p>Hello plain world, this is a line of text that both have. <img alt="logo"></p>
--i--
--o
Content-Type: application/pdf; name="report.pdf"

%PDF
--o
Content-Type: message/rfc822

Subject: the inner subject

the inner text
--o--
"""


@pytest.fixture(scope="module")
def found() -> object:
    return summarise(MESSAGE)


@pytest.mark.rfc("8621", "4.1.3")
def test_record() -> None:
    record = summarise(MESSAGE).record
    alice = {"name": "Alice Ä", "email": "alice@example.org"}
    assert record == {
        "messageId": ["m1@example.org"],
        "inReplyTo": ["m0@example.org"],
        "references": ["r1@example.org", "m0@example.org"],
        "sender": None,
        "from": [alice],
        "to": [{"name": "Bob", "email": "bob@example.org"}, {"name": None, "email": "carol@example.org"}],
        "cc": None,
        "bcc": None,
        "replyTo": [{"name": None, "email": "list@example.org"}],
        "subject": "Re: [list] Grüße",
        "sentAt": "2003-07-01T10:52:37+02:00",
        "preview": "Hello plain world, this is a line of text that both have.",
        "hasAttachment": True,
        "headers": {"list-id": [" <list.example.org>"]},
    }


@pytest.mark.rfc("8621", "4.1.1")
def test_digest_and_size_are_those_of_the_wire_form() -> None:
    wire = MESSAGE.replace(b"\n", b"\r\n")
    lines = summarise(MESSAGE)
    assert (lines.digest, lines.size) == (hashlib.sha256(wire).hexdigest(), len(wire))
    assert summarise(wire) == lines


@pytest.mark.rfc("8621", "4.4.2")
def test_sort_keys() -> None:
    assert summarise(MESSAGE).sort == {
        "subject": "grüsse",
        "from": "alice ä",
        "to": "bob",
        "sentAt": 1057049557,
    }
    assert summarise(b"To: carol@Example.ORG\n\n").sort == {
        "subject": "",
        "from": "",
        "to": "carol@example.org",
        "sentAt": 0,
    }


@pytest.mark.rfc("8621", "4.4.1")
def test_texts() -> None:
    texts = summarise(MESSAGE).texts
    assert texts["subject"] == "Re: [list] Grüße"
    assert texts["from"] == "Alice Ä alice@example.org"
    assert texts["to"] == "Bob bob@example.org, carol@example.org"
    assert texts["cc"] == texts["bcc"] == ""
    assert texts["attachments"] == "report.pdf"
    body = texts["body"].split("\n")
    assert body[0] == "Hello plain world, this is a line of text that both have."
    assert body[1] == "logo"  # of the HTML form only what the plain one lacks
    assert body[2:4] == ["the inner subject", "the inner text"]


@pytest.mark.rfc("8621", "4.4.1")
def test_html_that_says_something_else_is_searched_too() -> None:
    raw = MESSAGE.replace(
        b"<p>Hello plain world, this is a line of text that both have.", b"<p>Entirely other words here."
    )
    assert "Entirely other words here." in summarise(raw).texts["body"]


@pytest.mark.rfc("8621", "4.4.1")
def test_body_text_is_bounded() -> None:
    assert len(summarise(b"A: b\n\n" + b"word " * 400_000).texts["body"]) == MAX_TEXT


@pytest.mark.rfc("8621", "3")
def test_thread_keys_are_shared_with_replies_of_the_same_subject() -> None:
    def keys(message_id: str, reference: str, subject: str) -> set[int]:
        raw = f"Message-ID: <{message_id}>\nReferences: <{reference}>\nSubject: {subject}\n\n"
        return set(summarise(raw.encode()).thread_keys)

    first, reply = keys("a@x", "r@x", "Hello"), keys("b@x", "a@x", "Re: hello (fwd)")
    assert first & reply
    assert not first & keys("c@x", "a@x", "Other")
    assert not first & keys("d@x", "e@x", "Hello")
    assert all(0 <= key < 2**63 for key in first)
    assert summarise(b"Subject: x\n\n").thread_keys == []


@pytest.mark.rfc("8621", "4.4.1")
def test_header_names() -> None:
    assert summarise(b"A: 1\nb: 2\na: 3\n\n").header_names == ["a", "b"]

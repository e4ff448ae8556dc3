"""What Email/set create refuses, and which properties it names (RFC 8621 4.6)."""

import pytest

from tests.mail.composing import TEXT, files, record, refused

pytestmark = pytest.mark.rfc("8621", "4.6")

A, B = [{"email": "a@example.org"}], [{"email": "b@example.org"}]
VALUE = {"bodyValues": {"t": {"value": "x"}}}

# what is given, and all the properties that the error names
HEADERS = {
    "headers": ({"headers": [{"name": "X", "value": "y"}]}, {"headers"}),
    "twice: raw": ({"header:from": " a@example.org", "from": A}, {"header:from", "from"}),
    "twice: convenience form": ({"header:From:asAddresses": A, "from": B}, {"header:From:asAddresses", "from"}),
    "twice: case": ({"header:X-a": "1", "header:x-A": "2"}, {"header:X-a", "header:x-A"}),
    "twice: forms": ({"header:Subject:asText": "a", "header:subject": " a"},
                     {"header:Subject:asText", "header:subject"}),
    "twice: all": ({"header:X:all": ["a"], "header:X": "b"}, {"header:X:all", "header:X"}),
    "twice: Message-ID": ({"header:MESSAGE-ID": " <a@b>", "messageId": ["a@b"]}, {"header:MESSAGE-ID", "messageId"}),
    "twice: Date": ({"header:Date:asDate": "2020-01-01T00:00:00Z", "sentAt": "2020-01-01T00:00:00Z"},
                    {"header:Date:asDate", "sentAt"}),
    "form: From asText": ({"header:From:asText": "a"}, {"header:From:asText"}),
    "form: Subject asAddresses": ({"header:Subject:asAddresses": A}, {"header:Subject:asAddresses"}),
    "form: To asDate": ({"header:To:asDate": "2020-01-01T00:00:00Z"}, {"header:To:asDate"}),
    "form: Date asText": ({"header:Date:asText": "x"}, {"header:Date:asText"}),
    "form: References asURLs": ({"header:References:asURLs": ["http://a"]}, {"header:References:asURLs"}),
    "form: List-Post asText": ({"header:List-Post:asText": "x"}, {"header:List-Post:asText"}),
    "form: Received asText": ({"header:Received:asText": "x"}, {"header:Received:asText"}),
    "form: none such": ({"header:X:asNothing": "x"}, {"header:X:asNothing"}),
    "form: order": ({"header:X:all:asText": ["x"]}, {"header:X:all:asText"}),
    "name: empty": ({"header:": "x"}, {"header:"}),
    "name: space": ({"header:A B": "x"}, {"header:A B"}),
    "name: line end": ({"header:A\r\nB": "x"}, {"header:A\r\nB"}),
    "Content-": ({"header:Content-Type": " text/plain"}, {"header:Content-Type"}),
    "Content-: any": ({"header:cOnTeNt-X:asText:all": ["x"]}, {"header:cOnTeNt-X:asText:all"}),
    "type: raw": ({"header:X": 1}, {"header:X"}),
    "type: all": ({"header:X:all": "a"}, {"header:X:all"}),
    "type: null in all": ({"header:X:asDate:all": [None]}, {"header:X:asDate:all"}),
    "type: not all": ({"header:X": ["a"]}, {"header:X"}),
    "type: addresses": ({"header:To:asAddresses": ["a@example.org"]}, {"header:To:asAddresses"}),
    "type: address": ({"to": [{"name": "A"}]}, {"to"}),
    "type: name": ({"to": [{"name": 1, "email": "a@example.org"}]}, {"to"}),
    "type: groups": ({"header:To:asGroupedAddresses": A}, {"header:To:asGroupedAddresses"}),
    "type: ids": ({"messageId": "a@b"}, {"messageId"}),
    "type: date": ({"sentAt": "yesterday"}, {"sentAt"}),
    "type: date form": ({"header:Date:asDate": "2020-01-01"}, {"header:Date:asDate"}),
    "type: text": ({"subject": {"a": 1}}, {"subject"}),
    "id with brackets": ({"inReplyTo": ["<a@b>"]}, {"inReplyTo"}),
    "several": ({"subject": "a\nb", "header:X:asText": "a\0b", "cc": [{"email": "a\r\nBcc: b"}]},
                {"subject", "header:X:asText", "cc"}),
}  # fmt: skip

METADATA = {
    "no such property": ({"nothing": 1}, {"nothing"}),
    "set by the server": ({"id": "M1", "blobId": "G1", "threadId": "T1", "size": 1, "hasAttachment": True,
                           "preview": ""},
                          {"id", "blobId", "threadId", "size", "hasAttachment", "preview"}),
    "mailboxIds: empty": ({"mailboxIds": {}}, {"mailboxIds"}),
    "mailboxIds: unknown": ({"mailboxIds": {"nowhere": True}}, {"mailboxIds"}),
    "mailboxIds: not created": ({"mailboxIds": {"#nowhere": True}}, {"mailboxIds"}),
    "mailboxIds: value": ({"mailboxIds": {"x": 1}}, {"mailboxIds"}),
    "mailboxIds: type": ({"mailboxIds": ["x"]}, {"mailboxIds"}),
    "keywords: character": ({"keywords": {"a b": True}}, {"keywords"}),
    "keywords: empty": ({"keywords": {"": True}}, {"keywords"}),
    "keywords: long": ({"keywords": {"a" * 256: True}}, {"keywords"}),
    "keywords: control": ({"keywords": {"a\n": True}}, {"keywords"}),
    "keywords: value": ({"keywords": {"a": "yes"}}, {"keywords"}),
    "receivedAt": ({"receivedAt": "2020-01-01T00:00:00+01:00"}, {"receivedAt"}),
}  # fmt: skip

INJECTED = ["a\r\nBcc: evil@example.org", "a\nb", "a\rb", "a\0b", "\r\n\r\nbody", "a\r\n b\r\n\r\nc", "a\x0bb\x7f"]


def check(mailhost, given, names):
    error = refused(mailhost, **given)
    assert error["type"] == "invalidProperties" and set(error["properties"]) == names
    assert all(name.split("/")[0].split("\r")[0][:40] in error["description"] for name in names)
    assert not mailhost.ids()


@pytest.mark.parametrize(("given", "names"), HEADERS.values(), ids=HEADERS)
def test_header(mailhost, given, names):
    check(mailhost, TEXT | given, names)


@pytest.mark.parametrize(("given", "names"), METADATA.values(), ids=METADATA)
def test_metadata(mailhost, given, names):
    check(mailhost, TEXT | given, names)


def test_mailbox_ids_must_be_given(mailhost):
    answer = mailhost.call("Email/set", {"create": {"k": TEXT}})
    assert answer["notCreated"]["k"]["properties"] == ["mailboxIds"]


def test_too_many_keywords(mailhost):
    error = refused(mailhost, **TEXT, keywords={f"k{n}": True for n in range(500)})
    assert error["type"] == "tooManyKeywords"


@pytest.mark.parametrize("text", INJECTED, ids=repr)
@pytest.mark.parametrize(
    "given",
    [
        lambda text: {"subject": text},
        lambda text: {"from": [{"name": text, "email": "a@example.org"}]},
        lambda text: {"cc": [{"name": None, "email": text}]},
        lambda text: {"messageId": [text]},
        lambda text: {"header:X-A": text},
        lambda text: {"header:X-A:all": ["fine", text]},
        lambda text: {"header:X-A:asText": text},
        lambda text: {"header:List-Post:asURLs": [text]},
        lambda text: {"header:To:asGroupedAddresses": [{"name": text, "addresses": A}]},
        lambda text: {f"header:{text}": "x"},
    ],
)
def test_header_injection(mailhost, given, text):
    error = refused(mailhost, **TEXT, **given(text))
    assert error["type"] == "invalidProperties" and len(error["properties"]) == 1


def test_one_refused_does_not_stop_the_others(mailhost):
    create = {"good": record(mailhost, **TEXT), "bad": record(mailhost, **TEXT, headers=[])}
    answer = mailhost.call("Email/set", {"create": create})
    assert set(answer["created"]) == {"good"} and set(answer["notCreated"]) == {"bad"}
    assert len(files(mailhost)) == 1


def test_not_done_in_another_state(mailhost):
    arguments = {"create": {"k": record(mailhost, **TEXT)}, "ifInState": "nothing"}
    assert mailhost.error("Email/set", arguments)["type"] == "stateMismatch" and not files(mailhost)


def test_many_header_fields(mailhost):
    check(mailhost, TEXT | {"header:X:all": ["x"] * 1001}, {"header:X:all"})
    check(mailhost, TEXT | {"header:X": "x" * 999}, {"header:X"})

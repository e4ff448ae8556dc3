"""Email/set create of parts as clients have them from elsewhere: an upload's answer, a browser, another message."""

import pytest

from tests.mail.composing import TEXT, blob, create, get, refused, stdlib, upload, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

ASKED = ["type", "charset", "name", "disposition", "cid", "language", "location", "blobId", "partId"]


def attached(mailhost, **given):
    """The part of the created message, with its own Content-Type."""
    part = {"blobId": upload(mailhost, b"hello\n"), "type": "text/plain"} | given
    created = create(mailhost, **TEXT, attachments=[part])
    names = [*ASKED, "header:Content-Type"]
    [found] = get(mailhost, created, "attachments", bodyProperties=names)["attachments"]
    assert blob(mailhost, found["blobId"]) == b"hello\n"
    message = stdlib(wire(mailhost, created))
    assert not message.defects and len(message.get_payload()) == 2
    return found


@pytest.mark.rfc("8620", "6.1")
def test_type_as_the_upload_was_answered(mailhost):
    answer = mailhost.client.post(
        "/jmap/upload/alice/", data=b"hello\n", content_type="text/plain;charset=KOI8-R", auth=mailhost.authorization
    ).get_json()
    found = attached(mailhost, blobId=answer["blobId"], type=answer["type"], name="a.txt")
    assert (found["type"], found["charset"], found["name"]) == ("text/plain", "KOI8-R", "a.txt")


def test_parameters_of_the_type_are_kept(mailhost):
    found = attached(mailhost, type="Text/Calendar; METHOD=REQUEST", charset="utf-8")
    assert (found["type"], found["charset"]) == ("text/calendar", "utf-8")
    assert "method=REQUEST" in found["header:Content-Type"].replace("METHOD", "method")
    assert attached(mailhost, type="text/plain; charset=a", charset="b")["charset"] == "b"


def test_parameters_of_the_type_of_a_text_and_of_a_multipart(mailhost):
    text = {"partId": "t", "type": "text/plain; charset=utf-8; format=flowed"}
    tree = {"type": "multipart/mixed; boundary=a", "subParts": [text]}
    created = create(mailhost, bodyStructure=tree, bodyValues={"t": {"value": "--a\nGrüße\n"}})
    found = get(mailhost, created, "bodyStructure", "bodyValues")["bodyStructure"]
    assert (found["type"], found["subParts"][0]["charset"]) == ("multipart/mixed", "utf-8")
    assert stdlib(wire(mailhost, created)).get_payload(0).get_content() == "--a\r\nGrüße\r\n"
    created = create(mailhost, **TEXT | {"textBody": [text]})
    assert b"format=flowed" in wire(mailhost, created)
    bad = text | {"type": "text/plain; charset=koi8-r"}
    error = refused(mailhost, **TEXT | {"textBody": [bad]})
    assert error["properties"] == ["textBody/0/type"]


@pytest.mark.parametrize("name", ["type", "charset", "name", "disposition", "cid", "location"])
def test_an_empty_string_is_none(mailhost, name):
    # a browser has "" for the type of a file it does not know
    assert attached(mailhost, **{name: ""})["type"] == ("application/octet-stream" if name == "type" else "text/plain")


def test_an_empty_cid_shows_nothing(mailhost):
    html = {"htmlBody": [{"partId": "t", "type": "text/html"}], "bodyValues": {"t": {"value": "<p>"}}}
    picture = {"blobId": upload(mailhost, b"\x89PNG"), "type": "image/png", "cid": "", "disposition": "inline"}
    assert stdlib(wire(mailhost, create(mailhost, **html, attachments=[picture]))).get_content_subtype() == "mixed"


def test_part_id_of_the_message_that_it_comes_from(mailhost):
    found = attached(mailhost, partId="2", size=6)  # what bodyValues does not have
    assert found["type"] == "text/plain"
    both = {"partId": "t", "blobId": upload(mailhost, b"hello\n")}
    error = refused(mailhost, attachments=[both], bodyValues=TEXT["bodyValues"])
    assert set(error["properties"]) == {"attachments/0/partId", "attachments/0/blobId"}


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ({"charset": "charset=us-askey"}, {"charset": "charset=us-askey"}),
        ({"charset": 'utf 8;"'}, {"charset": 'utf 8;"'}),
        ({"name": "a\n\nb\r\nBcc: c.png\0"}, {"name": "a b Bcc: c.png"}),
        ({"name": "\x1b"}, {"name": None}),
        ({"name": "a\x1bb", "disposition": None}, {"name": "a b"}),
        ({"language": ["en_US"]}, {"language": ["en_US"]}),
    ],
)
def test_what_odd_messages_say_can_be_sent_on(mailhost, given, answered):
    found = attached(mailhost, **given)
    assert {name: found[name] for name in answered} == answered


def test_every_answered_part_can_be_sent_on(mailhost, corpora):
    # each property as Email/get answers it, be the message ever so broken
    for path in sorted((corpora / "eml" / "mail-parser").rglob("*.eml")):
        mailhost.deliver(path.read_bytes())
    ids = mailhost.ids()
    count = 0
    for email in mailhost.call("Email/get", {"ids": ids, "properties": ["attachments"]})["list"]:
        if email["attachments"]:
            count += len(email["attachments"])
            create(mailhost, **TEXT, attachments=email["attachments"])
    assert count > 50

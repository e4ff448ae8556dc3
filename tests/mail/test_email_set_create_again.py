"""A message that the account has already must still become an Email of its own (RFC 8621 4.6)."""

import pytest

from tests.mail.composing import TEXT, create, files, get, record, stdlib, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

SAME = {"messageId": ["same@example.org"], "sentAt": "2020-01-01T00:00:00Z", "subject": "Draft", **TEXT}


def test_saved_again_unchanged(mailhost):
    # as a client does it that saves a draft: the new one and the destruction of the old one in one call
    old = create(mailhost, **SAME)
    arguments = {"create": {"new": record(mailhost, **SAME)}, "destroy": [old["id"]]}
    answer = mailhost.call("Email/set", arguments)
    assert answer["notCreated"] is None and answer["destroyed"] == [old["id"]]
    new = answer["created"]["new"]
    assert new["id"] != old["id"] and mailhost.ids() == [new["id"]] and len(files(mailhost)) == 1
    found = get(mailhost, new, "messageId", "subject", "bodyValues", "textBody")
    assert (found["messageId"], found["subject"]) == (["same@example.org"], "Draft")
    assert stdlib(wire(mailhost, new))["MIME-Version"].startswith("1.0 (")


def test_two_alike_in_one_call(mailhost):
    answer = mailhost.call("Email/set", {"create": {key: record(mailhost, **SAME) for key in "abc"}})
    assert answer["notCreated"] is None and len({each["id"] for each in answer["created"].values()}) == 3
    assert len(mailhost.ids()) == 3


def test_the_clients_own_mime_version_stays(mailhost):
    given = SAME | {"header:MIME-Version": " 1.0"}
    first, second = create(mailhost, **given), create(mailhost, **given)
    assert first["id"] != second["id"]
    for created in (first, second):
        assert get(mailhost, created, "header:MIME-Version")["header:MIME-Version"] == " 1.0"
        assert get(mailhost, created, "subject") == {"id": created["id"], "subject": "Draft"}
    assert wire(mailhost, second).startswith(b"X-Unique: ")


def test_multipart_is_never_alike(mailhost):
    parts = [{"partId": name, "type": "text/plain"} for name in "ab"]
    given = SAME | {"bodyStructure": {"subParts": parts}, "bodyValues": {"a": {"value": "A"}, "b": {"value": "B"}}}
    del given["textBody"]
    first, second = create(mailhost, **given), create(mailhost, **given)
    assert first["id"] != second["id"] and wire(mailhost, second).startswith(b"MIME-Version: 1.0\r\n")


def test_with_crlf_in_the_files(make_mailhost):
    mailhost = make_mailhost(mail={"line_ends": "crlf"})
    first, second = create(mailhost, **SAME), create(mailhost, **SAME)
    assert first["id"] != second["id"]
    for path in mailhost.root.rglob("cur/*"):
        data = path.read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n") > 5
    assert wire(mailhost, first) != wire(mailhost, second)

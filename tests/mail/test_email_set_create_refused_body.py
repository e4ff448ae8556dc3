"""Bodies that Email/set create refuses, and which properties it names (RFC 8621 4.6)."""

import pytest

from tests.mail.composing import refused, upload

pytestmark = pytest.mark.rfc("8621", "4.6")

T, H = {"partId": "t", "type": "text/plain"}, {"partId": "h", "type": "text/html"}
BLOB = {"type": "image/png", "blobId": "G0"}
VALUES = {"t": {"value": "x"}, "h": {"value": "<p>x"}}


def root(**more):
    return {"bodyStructure": T | more}


# what is given beside bodyValues, and all the properties that the error names
BODIES = {
    "beside bodyStructure": ({"bodyStructure": T, "textBody": [T], "htmlBody": [H], "attachments": []},
                             {"textBody", "htmlBody", "attachments"}),
    "header of the Email too": ({"subject": "a"} | root(**{"header:Subject": "b"}), {"bodyStructure/header:Subject"}),
    "header of the Email too: textBody": ({"subject": "a", "textBody": [T | {"header:SUBJECT:asText": "b"}]},
                                          {"textBody/0/header:SUBJECT:asText"}),
    "textBody: none": ({"textBody": []}, {"textBody"}),
    "textBody: two": ({"textBody": [T, H]}, {"textBody"}),
    "textBody: type": ({"textBody": [H]}, {"textBody/0/type"}),
    "textBody: multipart": ({"textBody": [{"type": "multipart/mixed", "subParts": [T]}]}, {"textBody/0/type"}),
    "textBody: null": ({"textBody": None}, {"textBody"}),
    "htmlBody: none": ({"htmlBody": []}, {"htmlBody"}),
    "htmlBody: two": ({"htmlBody": [H, H]}, {"htmlBody"}),
    "htmlBody: type": ({"htmlBody": [T]}, {"htmlBody/0/type"}),
    "attachments: multipart": ({"attachments": [{"type": "multipart/mixed", "subParts": [T]}]},
                               {"attachments/0/type"}),
    "attachments: not objects": ({"attachments": ["G1"]}, {"attachments"}),
    "bodyStructure: no object": ({"bodyStructure": [T]}, {"bodyStructure"}),
    "partId and blobId": (root(blobId="G0"), {"bodyStructure/partId", "bodyStructure/blobId"}),
    "no content": ({"bodyStructure": {"type": "text/plain"}}, {"bodyStructure/partId"}),
    "no such partId": (root(partId="other"), {"bodyStructure/partId"}),
    "no such partId, deep": ({"bodyStructure": {"subParts": [T, {"subParts": [{"partId": "other"}]}]}},
                             {"bodyStructure/subParts/1/subParts/0/partId"}),
    "partId twice": ({"textBody": [T], "htmlBody": [H | {"partId": "t"}]}, {"htmlBody/0/partId"}),
    "charset beside partId": (root(charset="utf-8"), {"bodyStructure/charset"}),
    "size beside partId": (root(size=1), {"bodyStructure/size"}),
    "Content-Transfer-Encoding": (root(**{"header:content-transfer-ENCODING:asText": "7bit"}),
                                  {"bodyStructure/header:content-transfer-ENCODING:asText"}),
    "headers": (root(headers=[]), {"bodyStructure/headers"}),
    "unknown": (root(encoding="7bit"), {"bodyStructure/encoding"}),
    "twice: type": (root(**{"header:Content-Type": " text/plain"}),
                    {"bodyStructure/type", "bodyStructure/header:Content-Type"}),
    "twice: case": (root(**{"header:X-a": "1", "header:x-A": "2"}),
                    {"bodyStructure/header:X-a", "bodyStructure/header:x-A"}),
    "twice: cid": (root(cid="a", **{"header:Content-ID": " <a>"}),
                   {"bodyStructure/cid", "bodyStructure/header:Content-ID"}),
    "twice: disposition": (root(disposition="inline", name="x", **{"header:Content-Disposition": " inline"}),
                           {"bodyStructure/disposition", "bodyStructure/name",
                            "bodyStructure/header:Content-Disposition"}),
    "twice: language": (root(language=["en"], **{"header:content-language:asText": "en"}),
                        {"bodyStructure/language", "bodyStructure/header:content-language:asText"}),
    "twice: location": (root(location="a", **{"header:Content-Location": "a"}),
                        {"bodyStructure/location", "bodyStructure/header:Content-Location"}),
    "two Content-Types": ({"bodyStructure": {"partId": "t", "header:Content-Type:all": [" a/b", " c/d"]}},
                          {"bodyStructure/header:Content-Type:all"}),
    "form": (root(**{"header:Date:asText": "x"}), {"bodyStructure/header:Date:asText"}),
    "multipart without parts": ({"bodyStructure": {"type": "multipart/mixed"}}, {"bodyStructure/subParts"}),
    "multipart with no parts": ({"bodyStructure": {"type": "multipart/mixed", "subParts": []}},
                                {"bodyStructure/subParts"}),
    "multipart with content": ({"bodyStructure": {"type": "multipart/mixed", "partId": "h", "blobId": "G0",
                                                   "subParts": [T]}},
                               {"bodyStructure/partId", "bodyStructure/blobId"}),
    "parts of what is no multipart": (root(subParts=[H]), {"bodyStructure/subParts"}),
    "charset beside partId in the field": (
        {"bodyStructure": {"partId": "t", "header:Content-Type": " text/plain; charset=koi8-r"}},
        {"bodyStructure/header:Content-Type"}),
    "bad type in the field": ({"bodyStructure": {"partId": "t", "header:Content-Type": " text"}},
                              {"bodyStructure/header:Content-Type"}),
}  # fmt: skip

VALUES_WRONG = {
    "isTruncated": ({"value": "x", "isTruncated": True}, "isTruncated"),
    "isEncodingProblem": ({"value": "x", "isEncodingProblem": True}, "isEncodingProblem"),
    "isTruncated null": ({"value": "x", "isTruncated": None}, "isTruncated"),
    "no value": ({}, "value"),
    "value": ({"value": 1}, "value"),
    "value null": ({"value": None}, "value"),
    "more": ({"value": "x", "charset": "utf-8"}, "charset"),
}

WRONG_TYPES = {
    "partId": 1, "blobId": "no Id!", "size": -1, "name": ["x"], "type": None, "charset": 5, "disposition": True,
    "cid": {}, "language": "en", "location": 1, "subParts": {}, "header:X": 1,
}  # fmt: skip
BAD_VALUES = {
    "type": ["text", "text/", "te xt/plain", "text/plain\r\nX: y", "a/b/c", "é/x", ";", "text; charset=utf-8"]
    + ["text/plain; charset=utf-8\r\nX: y", "text/plain; a=\0"],
    "charset": ["x\r\nY: z", "a\0", "a" * 101],
    "disposition": ["in line", "inline;x=y", "a\r\nX: y", "a\0"],
    "name": ["x" * 1001],
    "cid": ["a b", "<a@b>", "a\r\nX: y", "a\0b", "a(b)c"],
    "language": [["en us"], ["en\r\nX: y"], ["\0"], [""]],
    "location": ["a\r\nX: y", "a\0b", 'a"b'],
    "header:X": ["a\r\nX: y", "a\n b", "a\0"],
}


def check(mailhost, given, names):
    error = refused(mailhost, **({"bodyValues": VALUES} | given))
    assert (error["type"], set(error["properties"])) == ("invalidProperties", names), error


@pytest.mark.parametrize(("given", "names"), BODIES.values(), ids=BODIES)
def test_body(mailhost, given, names):
    check(mailhost, given, names)


@pytest.mark.parametrize(("value", "name"), VALUES_WRONG.values(), ids=VALUES_WRONG)
def test_body_value(mailhost, value, name):
    check(mailhost, {"bodyValues": {"t": value}, "textBody": [T]}, {f"bodyValues/t/{name}"})


def test_body_values_type(mailhost):
    check(mailhost, {"bodyValues": {"t": "x"}, "textBody": [T]}, {"bodyValues"})


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES.items(), ids=WRONG_TYPES)
def test_wrong_type_deep_inside(mailhost, name, value):
    part = {"type": "text/plain", "blobId": "G0", name: value}
    if name == "partId":
        part.pop("blobId")
    check(
        mailhost,
        {"bodyStructure": {"subParts": [T, {"subParts": [part]}]}},
        {f"bodyStructure/subParts/1/subParts/0/{name}"},
    )


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, bad in BAD_VALUES.items() for each in bad])
def test_bad_value(mailhost, name, value):
    part = {"type": "text/plain", "blobId": upload(mailhost, b"x"), "disposition": "inline", name: value}
    error = refused(mailhost, attachments=[part])
    assert (error["type"], error["properties"]) == ("invalidProperties", [f"attachments/0/{name}"])


def test_too_deep(mailhost):
    part = T
    for _ in range(51):
        part = {"subParts": [part]}
    error = refused(mailhost, bodyStructure=part, bodyValues=VALUES)
    assert error["type"] == "invalidProperties" and error["properties"][0].startswith("bodyStructure/subParts/0/")


def test_too_many_parts(mailhost):
    values = {f"p{n}": {"value": ""} for n in range(1000)}
    error = refused(mailhost, bodyStructure={"subParts": [{"partId": name} for name in values]}, bodyValues=values)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["bodyStructure/subParts/999"])
    error = refused(mailhost, attachments=[{"blobId": "G0"}] * 20_000)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["attachments/1000"])


def test_many_things_wrong_are_not_all_told(mailhost):
    error = refused(mailhost, bodyStructure={f"x{n}" * 50: 1 for n in range(5000)})
    assert error["type"] == "invalidProperties" and len(error["properties"]) == 50
    assert len(error["description"]) <= 2000

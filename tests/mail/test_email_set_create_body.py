"""Bodies of created Emails: bodyStructure, and textBody, htmlBody and attachments (RFC 8621 4.1.4, 4.6)."""

import pytest

from tests.mail.composing import blob, create, get, shape, stdlib, upload, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

TEXT, HTML = {"partId": "t", "type": "text/plain"}, {"partId": "h", "type": "text/html"}
VALUES = {"t": {"value": "Hello\n"}, "h": {"value": '<p>Hello <img src="cid:pic@x"></p>'}}


def made(mailhost, **given):
    created = create(mailhost, **({"bodyValues": VALUES} | given))
    assert not stdlib(wire(mailhost, created)).defects
    return created


def structure(mailhost, **given):
    return shape(
        get(mailhost, made(mailhost, **given), "bodyStructure", bodyProperties=["type", "subParts"])["bodyStructure"]
    )


def test_text_and_html(mailhost):
    assert structure(mailhost, textBody=[TEXT]) == "text/plain"
    assert structure(mailhost, htmlBody=[HTML]) == "text/html"
    assert structure(mailhost, textBody=[TEXT], htmlBody=[HTML]) == ["multipart/alternative", "text/plain", "text/html"]


def test_types_of_text_body_and_html_body_are_implied(mailhost):
    created = made(mailhost, textBody=[{"partId": "t"}], htmlBody=[{"partId": "h"}])
    found = get(mailhost, created, "textBody", "htmlBody", "bodyValues")
    assert (found["textBody"][0]["type"], found["htmlBody"][0]["type"]) == ("text/plain", "text/html")
    assert {each["value"] for each in found["bodyValues"].values()} == {each["value"] for each in VALUES.values()}


def test_all_together(mailhost):
    picture = {"blobId": upload(mailhost, b"\x89PNG"), "type": "image/png", "cid": "pic@x"}
    sheet = {"blobId": upload(mailhost, b"a;b\n"), "type": "text/csv", "name": "é.csv"}
    given = {"textBody": [TEXT], "htmlBody": [HTML], "attachments": [picture, sheet]}
    assert structure(mailhost, **given) == [
        "multipart/mixed",
        ["multipart/alternative", "text/plain", ["multipart/related", "text/html", "image/png"]],
        "text/csv",
    ]
    created = made(mailhost, **given)
    found = get(mailhost, created, "textBody", "htmlBody", "attachments", "hasAttachment", "bodyStructure")
    assert [each["type"] for each in found["textBody"]] == ["text/plain"]
    assert [each["type"] for each in found["htmlBody"]] == ["text/html"]
    one, two = found["attachments"]
    assert (one["type"], one["cid"], one["disposition"]) == ("image/png", "pic@x", "inline")
    assert (two["type"], two["name"], two["disposition"]) == ("text/csv", "é.csv", "attachment")
    assert blob(mailhost, one["blobId"]) == b"\x89PNG" and blob(mailhost, two["blobId"]) == b"a;b\n"
    assert found["hasAttachment"] is True
    related = stdlib(wire(mailhost, created)).get_payload(0).get_payload(1)
    assert related.get_param("type") == "text/html"  # RFC 2387 3.1


def test_shown_picture_is_no_attachment(mailhost):
    picture = {"blobId": upload(mailhost, b"\x89PNG"), "type": "image/png", "cid": "pic@x"}
    created = made(mailhost, htmlBody=[HTML], attachments=[picture])
    found = get(mailhost, created, "hasAttachment", "attachments")
    assert found["hasAttachment"] is False and len(found["attachments"]) == 1


def test_cid_that_is_to_be_attached_or_has_no_html(mailhost):
    picture = {"blobId": upload(mailhost, b"\x89PNG"), "type": "image/png", "cid": "pic@x"}
    attached = picture | {"disposition": "attachment"}
    assert structure(mailhost, htmlBody=[HTML], attachments=[attached]) == ["multipart/mixed", "text/html", "image/png"]
    assert structure(mailhost, textBody=[TEXT], attachments=[picture]) == ["multipart/mixed", "text/plain", "image/png"]


def test_attachment_alone(mailhost):
    sheet = {"blobId": upload(mailhost, b"text"), "type": "text/plain"}
    created = made(mailhost, attachments=[sheet])
    found = get(mailhost, created, "bodyStructure", "textBody", "attachments")
    assert shape(found["bodyStructure"]) == ["multipart/mixed", "text/plain"]
    assert found["textBody"] == [] and len(found["attachments"]) == 1


def test_unused_values_and_no_attachments(mailhost):
    assert structure(mailhost, textBody=[TEXT], attachments=[]) == "text/plain"
    assert structure(mailhost, attachments=[]) == "text/plain"


def test_nested_structure_comes_back(mailhost):
    tree = {
        "type": "multipart/mixed",
        "header:X-Top:asText": "Größe",
        "subParts": [
            {"type": "multipart/alternative", "language": ["de", "en-GB"], "subParts": [TEXT, HTML]},
            {"subParts": [{"partId": "c", "type": "text/calendar", "disposition": "inline", "name": "ü.ics"}]},
            {
                "type": "multipart/x-Own",
                "subParts": [
                    {"partId": "e", "cid": "c@x", "location": "https://example.org/a?b#c", "header:X-A": " b"}
                ],
            },
        ],
    }
    values = VALUES | {"c": {"value": "BEGIN:VCALENDAR\n"}, "e": {"value": ""}}
    asked = [
        "type",
        "language",
        "name",
        "disposition",
        "cid",
        "location",
        "header:X-A",
        "header:x-top:asText",
        "partId",
    ]
    created = made(mailhost, bodyStructure=tree, bodyValues=values)
    found = get(mailhost, created, "bodyStructure", "bodyValues", bodyProperties=asked)
    top = found["bodyStructure"]
    assert top["header:x-top:asText"] == "Größe"
    alternative, mixed, own = top["subParts"]
    assert (alternative["type"], alternative["language"]) == ("multipart/alternative", ["de", "en-GB"])
    assert (mixed["type"], own["type"]) == ("multipart/mixed", "multipart/x-own")
    calendar, [last] = mixed["subParts"][0], own["subParts"]
    assert (calendar["name"], calendar["disposition"]) == ("ü.ics", "inline")
    assert (last["type"], last["cid"], last["location"]) == ("text/plain", "c@x", "https://example.org/a?b#c")
    assert last["header:X-A"] == " b" and last["disposition"] is None
    assert {each["value"] for each in found["bodyValues"].values()} == {each["value"] for each in values.values()}


def test_name_without_disposition_stays_so(mailhost):
    created = made(mailhost, bodyStructure=TEXT | {"name": "Ä.txt"})
    part = get(mailhost, created, "bodyStructure")["bodyStructure"]
    assert (part["name"], part["disposition"]) == ("Ä.txt", None)
    assert stdlib(wire(mailhost, created)).get_filename() == "Ä.txt"


def test_own_content_type_keeps_its_parameters(mailhost):
    flowed = {"partId": "t", "header:Content-Type": " text/plain; format=flowed; delsp=yes"}
    value = "Wide lines are broken with a space \nat the end. \n"
    asked = {"bodyProperties": ["type", "charset", "header:Content-Type"]}
    created = made(mailhost, textBody=[flowed], bodyValues={"t": {"value": value}})
    [part] = get(mailhost, created, "textBody", **asked)["textBody"]
    assert part == {"type": "text/plain", "charset": "us-ascii", "header:Content-Type": flowed["header:Content-Type"]}
    assert b"a space \r\nat the end. \r\n" in wire(mailhost, created)
    created = made(mailhost, textBody=[flowed], bodyValues={"t": {"value": value + "Ü \n"}})
    found = get(mailhost, created, "textBody", "bodyValues", **asked)
    assert found["bodyValues"]["1"]["value"] == value + "Ü \n"
    [part] = found["textBody"]
    assert part["charset"] == "utf-8" and "format=flowed; delsp=yes; charset=utf-8" in part["header:Content-Type"]


def test_own_content_type_of_a_multipart(mailhost):
    own = {
        "header:Content-Type": ' multipart/Report; report-type=disposition-notification; boundary="a"',
        "subParts": [TEXT],
    }
    created = made(mailhost, bodyStructure=own)
    message = stdlib(wire(mailhost, created))
    assert message.get_content_type() == "multipart/report" and message.get_boundary() != "a"
    assert message.get_param("report-type") == "disposition-notification"


def test_name_beside_own_content_type(mailhost):
    part = {"partId": "t", "header:Content-Type": " text/x-a", "name": "a.txt"}
    found = get(mailhost, made(mailhost, bodyStructure=part), "bodyStructure")["bodyStructure"]
    assert (found["name"], found["type"], found["disposition"]) == ("a.txt", "text/x-a", None)


def test_own_disposition_field(mailhost):
    part = {"blobId": upload(mailhost, b"x"), "header:Content-Disposition": ' form-data; filename="x.y"; size=1'}
    [found] = get(mailhost, made(mailhost, attachments=[part]), "attachments")["attachments"]
    assert (found["name"], found["disposition"], found["type"]) == ("x.y", "form-data", "application/octet-stream")


def test_nulls_are_as_if_not_given(mailhost):
    names = ("blobId", "name", "charset", "disposition", "cid", "language", "location", "subParts", "header:X")
    found = get(mailhost, made(mailhost, bodyStructure=TEXT | dict.fromkeys(names)), "bodyStructure")["bodyStructure"]
    assert all(found[name] is None for name in ("name", "disposition", "cid", "language", "location"))


def test_header_fields_of_the_root_part_are_the_messages(mailhost):
    part = TEXT | {"header:Message-ID": " <own@example.org>", "header:X-A:asText:all": ["1", "2"]}
    created = made(mailhost, bodyStructure=part)
    found = get(mailhost, created, "messageId", "header:X-A:all")
    assert (found["messageId"], found["header:X-A:all"]) == (["own@example.org"], [" 1", " 2"])

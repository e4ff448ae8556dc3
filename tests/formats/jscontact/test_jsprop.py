"""What has no vCard form goes through JSPROP (RFC 9555 3.1.1, 3.2.1, 3.3.2), what has no JSContact form through
vCardProps (2.15.1).
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.formats.jscontact.convert import card, changed, read, written


@pytest.mark.rfc("9555", "3.2.1")
@pytest.mark.parametrize(
    "record",
    [
        {"unknown": {"a": [1, None, {"b": "c;d,\\n\n"}]}},
        {"example.com:own": "x"},
        {"emails": {"e": {"address": "a@example.org", "example.com:a~b/c": 1}}},
        {"media": {"m": {"kind": "example.com:film", "uri": "https://example.org/"}}},
        {"phones": {"p": {"number": "1", "features": {"cell": True, "voice": True}}}},
        {"notes": {"n": {"note": ""}}},
        {"anniversaries": {"a": {"kind": "other", "date": {"year": 2000}}}},
        {"anniversaries": {"a": {"kind": "wedding", "date": {"year": 2000}, "place": {"full": "Rome"}}}},
        {"name": {"components": [{"kind": "example.com:x", "value": "y"}]}},
        {"titles": {"t": {"kind": "title", "name": "Boss", "organizationId": "gone"}}},
        {"relatedTo": {"urn:x:1": {"relation": {"example.com:boss": True}}}},
        {"vCardProps": [["x y", {}, "unknown", "1"]]},
        {"version": "1.0"},
        {"keywords": {"": True}},
    ],
    ids=lambda record: json.dumps(record)[:50],
)
def test_unknown_properties_come_back(record: dict[str, Any]) -> None:
    lines = written(record)
    assert any(line.startswith("JSPROP;JSPTR=") for line in lines)
    found = read(*lines) | ({"version": "1.0"} if "version" in record else {})
    assert found == record


@pytest.mark.rfc("9555", "3.2.1")
def test_values_are_compact_json() -> None:
    assert written({"a": {"b": [1, 2], "c": "ä"}}) == ['JSPROP;JSPTR="a":{"b":[1\\,2]\\,"c":"ä"}']


@pytest.mark.rfc("9555", "3.2.1")
@pytest.mark.parametrize(
    "line",
    [
        "JSPROP;JSPTR=gone/there:1",
        "JSPROP;JSPTR=emails/e:{",
        "JSPROP:1",
        "JSPROP;JSPTR=name/components/0/value:1",
        "JSPROP;JSPTR=emails/e/~2:1",
        "JSPROP;JSPTR=name:1",
        "JSPROP;JSPTR=deep:" + "[" * 5000 + "]" * 5000,
    ],
    ids=lambda line: line[:40],
)
def test_a_patch_that_is_not_valid_is_not_applied_at_all(line: str) -> None:
    lines = ["N:Doe;Jane;;;", "EMAIL;PROP-ID=e:a@example.org"]
    assert read(*lines, "JSPROP;JSPTR=name/x:true", line) == read(*lines)


@pytest.mark.rfc("9555", "3.2.1")
def test_a_leading_slash_makes_no_difference() -> None:
    assert read("JSPROP;JSPTR=/a:true", "JSPROP;JSPTR=b:null") == {"a": True}


@pytest.mark.rfc("9555", "3.2.1")
@pytest.mark.parametrize("name", ["uid", "id", "addressBookIds", "@type"])
def test_a_file_cannot_say_what_is_the_servers(name: str) -> None:
    assert read(f'JSPROP;JSPTR={name}:"x"') == {}


@pytest.mark.rfc("9555", "3.2.1")
def test_the_patch_follows_the_card() -> None:
    made = card("EMAIL;PROP-ID=e:a@example.org", "JSPROP;JSPTR=emails/e/own:1", "JSPROP;JSPTR=x:2")
    lines = changed(made, lambda new: new["emails"]["e"].update(own=3))
    assert lines == ["EMAIL;PROP-ID=e:a@example.org", 'JSPROP;JSPTR="emails/e/own":3', "JSPROP;JSPTR=x:2"]
    assert changed(made, lambda new: new.pop("emails")) == ["JSPROP;JSPTR=x:2"]


@pytest.mark.rfc("9555", "2.15.1")
@pytest.mark.parametrize(
    ("line", "jcard"),
    [
        ("item1.X-FOO;X-BAR=Hello:World!", ["x-foo", {"x-bar": "Hello", "group": "item1"}, "unknown", "World!"]),
        ("X-FOO;VALUE=uri:https://example.org/a,b", ["x-foo", {}, "uri", "https://example.org/a,b"]),
        ("X-FOO:a\\,b;c\\n", ["x-foo", {}, "unknown", "a\\,b;c\\n"]),
        ("GENDER:O;inter\\;sex", ["gender", {}, "text", ["O", "inter;sex"]]),
        ("GENDER:M", ["gender", {}, "text", "M"]),
        ("CLIENTPIDMAP:1;urn:uuid:53e374d9", ["clientpidmap", {}, "text", ["1", "urn:uuid:53e374d9"]]),
        ("XML:<a>b\\, c</a>", ["xml", {}, "text", "<a>b, c</a>"]),
        ("X-FOO;PROP-ID=1;TYPE=a,b:", ["x-foo", {"type": ["a", "b"], "prop-id": "1"}, "unknown", ""]),
    ],
)
def test_properties_without_a_form(line: str, jcard: list[Any]) -> None:
    found = read(line)
    assert found == {"vCardProps": [jcard]}
    assert read(*written(found)) == found


@pytest.mark.rfc("7095", "3.3")
@pytest.mark.parametrize(
    ("jcard", "line"),
    [
        (["x-a", {}, "text", "a,b", "c"], "X-A;VALUE=text:a\\,b,c"),
        (["x-a", {"x-p": ["1", "2"]}, "boolean", True], "X-A;X-P=1,2;VALUE=boolean:true"),
        (["x-a", {"pref": 1}, "integer", 1, 2], "X-A;PREF=1;VALUE=integer:1,2"),
        (["x-a", {}, "text", ["a;", ["b,", "c"]]], "X-A;VALUE=text:a\\;;b\\,,c"),
    ],
)
def test_jcard_values_of_a_client(jcard: list[Any], line: str) -> None:
    assert written({"vCardProps": [jcard]})[0] == line
    assert read(*written({"vCardProps": [jcard]})) == {"vCardProps": [jcard]}


@pytest.mark.rfc("9554", "4.7")
@pytest.mark.parametrize(
    "change",
    [
        lambda new: next(iter(new["emails"].values())).update(own=1),
        lambda new: new.update(localizations={"de": {f"emails/{next(iter(new['emails']))}/label": "x"}}),
    ],
)
def test_what_a_path_leads_into_has_its_id_in_the_file(change: Callable[[dict[str, Any]], None]) -> None:
    lines = changed(card("EMAIL:a@example.org"), change)
    assert lines[0].startswith("EMAIL;PROP-ID=k")
    assert lines[1].startswith("JSPROP;JSPTR=")

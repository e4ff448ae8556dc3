"""ATTACH, IMAGE, LINK, URL and RELATED-TO."""

from typing import Any

import pytest

from tests.formats.jscalendar.convert import Record, again, changed, only, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "3.4")
URL = "https://a.example/x,y;z"


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("ATTACH", {"rel": "enclosure"}),
        (
            "ATTACH;FMTTYPE=image/png;FILENAME=A b.png;SIZE=12",
            {"rel": "enclosure", "contentType": "image/png", "title": "A b.png", "size": 12},
        ),
        ("URL", {"rel": "describedby"}),
        ("IMAGE;VALUE=URI;DISPLAY=BADGE,THUMBNAIL", {"rel": "icon", "display": {"badge": True, "thumbnail": True}}),
        ("LINK;VALUE=URI;LINKREL=preview;LABEL=A", {"rel": "preview", "title": "A"}),
    ],
)
def test_properties_both_ways(line: str, members: Record) -> None:
    [(identity, link)] = read(f"{line}:{URL}")["links"].items()
    assert link == {"@type": "Link", "href": URL, **members}
    [found] = written(links={identity: link})
    assert sorted(found.partition(":")[0].split(";")) == sorted(line.split(";"))
    assert found.endswith(f":{URL}")


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.3")
def test_binary_is_a_data_uri() -> None:
    line = "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:aGk="
    link = only(read(line)["links"])
    assert link == {
        "@type": "Link", "href": "data:text/plain;base64,aGk=", "contentType": "text/plain", "rel": "enclosure",
    }  # fmt: skip
    assert written(links={"a": link}) == ["ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;JSID=a:aGk="]
    text = link | {"href": "data:text/plain,hi%20there"}
    assert again(links={"a": text}) == {"links": {"a": text}}


def test_a_change_keeps_the_parameters_without_a_form() -> None:
    line = f"ATTACH;MANAGED-ID=7;FMTTYPE=image/png:{URL}"
    gone, new = changed((line,), lambda new: only(new["links"]).update(title="A"))
    assert (gone, new) == ([line], [f"ATTACH;FMTTYPE=image/png;FILENAME=A;MANAGED-ID=7:{URL}"])


def test_the_second_described_by_is_a_link() -> None:
    links = {name: {"href": f"https://{name}.example", "rel": "describedby"} for name in ("a", "b")}
    assert written(links=links) == [
        "URL;JSID=a:https://a.example",
        "LINK;VALUE=URI;LINKREL=describedby;JSID=b:https://b.example",
    ]
    found = again(links=links)["links"]
    assert [each["rel"] for each in found.values()] == ["describedby", "describedby"]
    gone, new = changed(("URL:https://u.example",), lambda new: new["links"].update(a=links["a"]))
    assert (gone, new) == ([], ["LINK;VALUE=URI;LINKREL=describedby;JSID=a:https://a.example"])


@pytest.mark.parametrize("href", ["", " ", "a\nb", None, 5])
def test_what_is_no_uri_comes_back_all_the_same(href: Any) -> None:
    links = {"a": {"href": href, "title": "x"}}
    assert [line[:6] for line in written(links=links)] == ["JSPROP"]


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.24")
@pytest.mark.parametrize(
    "line", ["LINK;VALUE=UID:abc", "LINK;VALUE=XML-REFERENCE:https://a.example#x", "ATTACH:", "URL:"]
)
def test_other_values_are_kept(line: str) -> None:
    record = read(line)
    assert "links" not in record
    assert len(record["iCalendar"]["properties"]) == 1
    assert changed((line,), lambda new: new.update(title="x")) == ([], ["SUMMARY:x"])


@pytest.mark.rfc("jscalendar-icalendar-25", "4.1.2")
def test_members_of_others_hold_on_to_the_id() -> None:
    line = f"ATTACH:{URL}"
    [identity] = read(line)["links"]
    gone, new = changed((line,), lambda new: new["links"][identity].update({"example.org:a/b": {"c": 1}}))
    assert gone == [line]
    assert new == [f"ATTACH;JSID={identity}:{URL}", f'JSPROP;JSPTR="links/{identity}/example.org:a~1b":{{"c":1}}']


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.35")
def test_relations() -> None:
    lines = ("RELATED-TO;RELTYPE=CHILD:a", "RELATED-TO;GAP=PT5M:b/c")
    assert read(*lines)["relatedTo"] == {
        "a": {"@type": "Relation", "relation": {"child": True}},
        "b/c": {"@type": "Relation"},
    }
    gone, new = changed(lines, lambda new: new["relatedTo"]["b/c"].update(relation={"next": True}))
    assert (gone, new) == ([lines[1]], ["RELATED-TO;RELTYPE=NEXT;GAP=PT5M:b/c"])
    both = {"a": {"@type": "Relation", "relation": {"first": True, "next": True}}}
    assert written(relatedTo=both) == ["RELATED-TO;RELTYPE=FIRST:a", "RELATED-TO;RELTYPE=NEXT:a"]
    assert again(relatedTo=both) == {"relatedTo": both}
    vendor = {"a": {"@type": "Relation", "relation": {"example.org:Up": True}}}
    assert again(relatedTo=vendor) == {"relatedTo": vendor}

"""Groups: labels, organizations of titles, and groups that say something else (RFC 9555 2.3.9, 2.9.6, 2.11.11)."""

import pytest

from tests.formats.jscontact.convert import card, changed, only, read, written


@pytest.mark.rfc("9555", "2.11.11")
def test_labels() -> None:
    found = read("a.TEL:1", "a.X-ABLabel:x\\, y", "B.EMAIL:a@example.org", "b.x-ablabel:_$!<Other>!$_")
    assert only(found["phones"]) == {"number": "1", "label": "x, y"}
    assert only(found["emails"]) == {"address": "a@example.org", "label": "Other"}
    lines = written(found)
    assert {line.split(".")[0] for line in lines} == {"item1", "item2"}
    assert read(*lines) == found


@pytest.mark.rfc("9555", "2.11.11")
def test_a_label_of_nothing_is_kept() -> None:
    found = read("a.X-FOO:1", "a.X-ABLabel:x", "X-ABLabel:y", "b.X-ABLabel:z")
    assert [value[3] for value in found["vCardProps"]] == ["1", "x", "y", "z"]
    assert read(*written(found)) == found


@pytest.mark.rfc("9555", "2.3.9")
def test_a_group_that_says_more_is_kept() -> None:
    found = read("a.TEL:1", "a.EMAIL:a@example.org", "a.X-ABLabel:x", "a.X-OWN:2")
    assert only(found["phones"])["vCardParams"] == {"group": "a"}
    assert only(found["emails"])["vCardParams"] == {"group": "a"}
    assert found["vCardProps"] == [["x-own", {"group": "a"}, "unknown", "2"]]
    assert read(*written(found)) == found


@pytest.mark.rfc("9555", "2.3.9")
def test_new_groups_keep_out_of_the_way() -> None:
    found = {
        "emails": {"e": {"address": "a@example.org", "label": "x"}},
        "vCardProps": [["x-own", {"group": "item1"}, "unknown", "2"]],
    }
    assert written(found)[0] == "item2.EMAIL;PROP-ID=e:a@example.org"
    assert read(*written(found)) == found


@pytest.mark.rfc("9555", "2.9.6")
def test_a_title_belongs_to_the_only_organization_of_its_group() -> None:
    lines = ["a.ORG;PROP-ID=o:One", "a.TITLE:Boss", "b.ORG:Two", "b.ORG:Three", "b.ROLE:None"]
    boss, none = read(*lines)["titles"].values()
    assert boss["organizationId"] == "o"
    assert "organizationId" not in none


@pytest.mark.rfc("9555", "2.9.6")
def test_titles_of_an_organization_share_its_group() -> None:
    found = {
        "organizations": {"o": {"name": "One"}, "p": {"name": "Two"}},
        "titles": {
            "s": {"kind": "title", "name": "Boss", "organizationId": "o"},
            "t": {"kind": "role", "name": "Host", "organizationId": "o"},
        },
    }
    lines = written(found)
    assert [line.partition(".")[0] for line in lines].count("item1") == 3
    assert read(*lines) == found


@pytest.mark.rfc("9555", "2.9.6")
def test_an_organization_that_is_not_changed_keeps_its_line() -> None:
    lines = changed(
        card("ORG;PROP-ID=o:One", "TITLE;PROP-ID=t:Boss"), lambda new: new["titles"]["t"].update(organizationId="o")
    )
    assert lines[:2] == ["ORG;PROP-ID=o:One", "TITLE;PROP-ID=t:Boss"]
    assert lines[2:] == ['JSPROP;JSPTR="titles/t/organizationId":"o"']

"""A change touches the lines of what it changes, and these as little as can be."""

from typing import Any

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.to_vcard import patched
from jmapd.formats.vcard import cards, to_bytes
from tests.formats.jscontact.convert import card, changed, only

LINES = (
    "item1.EMAIL;type=INTERNET;Type=Work;X-OWN=1:a@example.org",
    "item1.X-ABLabel:_$!<Work>!$_",
    "fn:Alice Example",
    "n:Example;Alice;;;",
    "X-OWN;A=b:c",
    "BDAY;VALUE=date:1980-02-01",
    "TEL;TYPE=CELL:1",
    "CATEGORIES;X-OWN=2:one,two",
    "CATEGORIES:three",
    "NOTE:text\\, more",
    "ADR;TYPE=HOME:;;Street;Town;;;",
    "KIND:group",
    "MEMBER;PREF=1:urn:x:1",
)


def differences(change: Any, version: str = "3.0") -> tuple[list[str], list[str]]:
    """The lines that go and those that come; all others stay in their order."""
    made = card(*LINES, version=version)
    lines = changed(made, change)
    gone = [line for line in LINES if line not in lines]
    assert [line for line in lines if line in LINES] == [line for line in LINES if line in lines]
    return gone, [line for line in lines if line not in LINES]


def test_no_change_changes_nothing() -> None:
    assert differences(lambda new: None) == ([], [])


def test_a_note() -> None:
    gone, new = differences(lambda new: only(new["notes"]).update(note="other"))
    assert gone == ["NOTE:text\\, more"]
    assert len(new) == 1
    assert new[0].startswith("NOTE;PROP-ID=")


def test_a_value_keeps_its_parameters_and_group() -> None:
    gone, new = differences(lambda new: only(new["emails"]).update(address="b@example.org"))
    assert gone == [LINES[0]]
    assert new[0].startswith("item1.EMAIL;TYPE=INTERNET;TYPE=Work;X-OWN=1;PROP-ID=")
    assert new[0].endswith(":b@example.org")


def test_a_parameter_keeps_the_value_as_it_is_written() -> None:
    gone, new = differences(lambda new: only(new["addresses"]).update(contexts={"work": True}))
    assert gone == ["ADR;TYPE=HOME:;;Street;Town;;;"]
    assert new[0].startswith("ADR;TYPE=work;PROP-ID=")
    assert new[0].endswith(":;;Street;Town;;;")


def test_a_label() -> None:
    assert differences(lambda new: only(new["emails"]).update(label="own")) == ([LINES[1]], ["item1.X-ABLABEL:own"])


def test_a_label_taken_away() -> None:
    gone, new = differences(lambda new: only(new["emails"]).pop("label"))
    assert gone == list(LINES[:2])
    assert new[0].startswith("EMAIL;")


def test_a_name() -> None:
    gone, new = differences(lambda new: new["name"].update(full="Alice"))
    assert (gone, new) == (["fn:Alice Example"], ["FN:Alice"])


def test_a_name_taken_away_leaves_an_empty_fn() -> None:
    assert differences(lambda new: new.pop("name")) == (["fn:Alice Example", "n:Example;Alice;;;"], ["FN:"])


def test_a_date_in_the_form_of_the_version() -> None:
    gone, new = differences(lambda new: only(new["anniversaries"])["date"].update(year=1981))
    assert gone == ["BDAY;VALUE=date:1980-02-01"]
    assert new[0].endswith(":1981-02-01")


@pytest.mark.parametrize(
    ("words", "gone", "new"),
    [
        (["one", "two", "three", "a,b"], ["CATEGORIES:three"], ["CATEGORIES:three,a\\,b"]),
        (["one", "three"], ["CATEGORIES;X-OWN=2:one,two"], ["CATEGORIES;X-OWN=2:one"]),
        (["three"], ["CATEGORIES;X-OWN=2:one,two"], []),
        ([], ["CATEGORIES;X-OWN=2:one,two", "CATEGORIES:three"], []),
    ],
)
def test_keywords(words: list[str], gone: list[str], new: list[str]) -> None:
    def change(record: dict[str, Any]) -> None:
        del record["keywords"]
        if words:
            record["keywords"] = dict.fromkeys(words, True)

    assert differences(change) == (gone, new)


def test_a_new_line_comes_after_the_last_of_its_name() -> None:
    made = card(*LINES, version="3.0")
    lines = changed(made, lambda new: new["phones"].update(p={"number": "2"}))
    assert lines[lines.index("TEL;TYPE=CELL:1") + 1] == "TEL;PROP-ID=p:2"


def test_what_is_new_to_the_version_is_written_all_the_same() -> None:
    pronouns = {"p": {"pronouns": "they/them"}}
    gone, new = differences(lambda new: new.update(speakToAs={"grammaticalGender": "common", "pronouns": pronouns}))
    assert (gone, new) == ([], ["GRAMGENDER:COMMON", "PRONOUNS;PROP-ID=p:they/them"])


def test_a_twin_gets_an_id_when_the_other_goes() -> None:
    made = card("TEL:1", "TEL:1", "EMAIL:a@example.org")
    lines = changed(made, lambda new: new["phones"].pop(next(iter(new["phones"]))))
    assert len(lines) == 2
    assert any(line.startswith("TEL;PROP-ID=k") for line in lines)


def test_line_ends_and_folding_of_others_stay() -> None:
    data = b"BEGIN:VCARD\nVERSION:3.0\nNOTE:a\n  b\nFN:A\n  lice\nX-JUNK\nEMAIL:a@example.org\nEND:VCARD\n"
    found = cards(data)
    old = from_vcard(found[0])
    patched(found[0], old, {**old.record, "notes": {}})
    assert to_bytes(found) == data.replace(b"NOTE:a\n  b\n", b"")


def test_other_cards_of_the_file_stay() -> None:
    data = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:%s\r\nEND:VCARD\r\n"
    found = cards(data % b"Alice" + b"\r\n" + data % b"Bob")
    old = from_vcard(found[1])
    patched(found[1], old, {**old.record, "name": {"full": "Bert"}})
    assert to_bytes(found) == data % b"Alice" + b"\r\n" + data % b"Bert"

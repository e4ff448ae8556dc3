"""Bad input: nothing fails, nothing takes more than its size in time, and what is changed beside it can be written."""

import copy
import random

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.table import MANY, SINGLE
from jmapd.formats.jscontact.to_vcard import patched, to_vcard
from jmapd.formats.jscontact.units import alike
from jmapd.formats.vcard import cards, to_bytes
from tests.formats.jscontact.convert import card, read

NAMES = [row.vcard for row in (*SINGLE, *MANY)]
NAMES += ["N", "FN", "GEO", "TZ", "LABEL", "X-ABLABEL", "X-ABDATE", "JSPROP", "CATEGORIES", "MEMBER", "RELATED"]
NAMES += ["BIRTHPLACE", "GRAMGENDER", "SORT-STRING", "X-PHONETIC-LAST-NAME", "VERSION", "X-OWN"]
PARAMS = [
    "TYPE=home", "TYPE=x", "PREF=1", "PREF=1", "ALTID=1", "LANGUAGE=de", "LANGUAGE=fr", "PHONETIC=ipa", "SCRIPT=Latn",
    "PROP-ID=a", "PROP-ID=b", "VALUE=uri", "VALUE=text", "VALUE=x", "ENCODING=b", 'JSCOMPS=";0;1"', 'SORT-AS="A,B"',
    "JSPTR=name", "JSPTR=emails/a", "DERIVED=TRUE", "GEO=geo:1", "CREATED=2", "LEVEL=high", "X-OWN=1", "HOME", "=",
]  # fmt: skip
VALUES = [
    "", "a", "a;b", "a,b;c;;;;d;e", ";;;;;;", "geo:1,2", "1;2", "20200102", "--0102", "20200102T030405Z", "true",
    "{}", "urn:x:1", "\\", "\\n\\,\\;", "ä\N{SNOWMAN}", "data:,", "data:image/png;base64,AA", '{"a":{"b":1}}', "null",
    "-0500",
]  # fmt: skip


def _line(chance: random.Random) -> str:
    group = chance.choice(["", "", "", "a.", "b."])
    params = "".join(f";{each}" for each in chance.choices(PARAMS, k=chance.randrange(4)))
    return f"{group}{chance.choice(NAMES)}{params}:{chance.choice(VALUES)}"


@pytest.mark.parametrize("seed", range(250))
def test_any_lines_are_read_and_written(seed: int) -> None:
    chance = random.Random(seed)
    version = chance.choice(["2.1", "3.0", "4.0"])
    lines = [_line(chance) for _ in range(chance.randrange(1, 25))]
    made = card(*lines, version=version)
    old = from_vcard(made)
    for size in ("4.0", "3.0"):
        assert alike(from_vcard(cards(to_bytes([to_vcard(old.record, size)]))[0]).record, old.record)
    before = [line.raw for line in made.lines if line.name != "NOTE"]
    new = copy.deepcopy(old.record)
    new["notes"] = {"n": {"note": "new"}}
    patched(made, old, new)
    assert [line.raw for line in made.lines if line.name not in ("NOTE", "JSPROP")] == [
        raw for raw in before if ".JSPROP" not in raw and not raw.startswith("JSPROP")
    ]
    assert alike(from_vcard(cards(to_bytes([made]))[0]).record, new)


@pytest.mark.parametrize(
    "line",
    [
        "EMAIL:a@example.org",
        "EMAIL;PROP-ID=a:a@example.org",
        "EMAIL;ALTID=1;LANGUAGE=de:a@example.org",
        "FN:Alice",
        "N:Doe;Jane;;;",
        "N;PHONETIC=ipa;ALTID=1:Doe;Jane;;;",
        "GEO:geo:1,2",
        "a.GEO:geo:1,2",
        "ADR:;;Street;;;;",
        "LABEL;TYPE=home:x",
        "a.X-ABDATE:20010203",
        "a.X-ABLABEL:_$!<Anniversary>!$_",
        "a.TITLE:Boss",
        "CATEGORIES:a",
        "KIND:group",
        "MEMBER:urn:x:1",
        "RELATED:urn:x:1",
        "BDAY:20010203",
        "BIRTHPLACE:Rome",
        "REV:20200102T030405Z",
        "X-OWN:1",
        "JSPROP;JSPTR=a:1",
    ],
)
def test_many_equal_lines(line: str) -> None:
    made = card(*["a.ORG:x", "N:Doe;Jane;;;", *[line] * 4000])
    old = from_vcard(made)
    patched(made, old, {**old.record, "notes": {"n": {"note": "x"}}})
    assert from_vcard(made).record["notes"] == {"n": {"note": "x"}}


def test_many_languages_are_kept_without_being_localizations() -> None:
    lines = [f"TITLE;ALTID=1;LANGUAGE=x-{number}:Boss" for number in range(5000)]
    record = read("TITLE;ALTID=1:Boss", *lines)
    assert len(record["localizations"]) == 64
    assert len(record["vCardProps"]) == 5000 - 64


@pytest.mark.parametrize("value", ["," * 50_000, "a," * 10_000, ";" * 50_000, "\\" * 50_001, "a;" * 10_000])
@pytest.mark.parametrize("name", ["N", "ADR", "ORG", "NICKNAME", "CATEGORIES"])
def test_long_structured_values(name: str, value: str) -> None:
    made = card(f"{name}:{value}")
    record = from_vcard(made).record
    assert alike(from_vcard(cards(to_bytes([to_vcard(record)]))[0]).record, record)


def test_a_large_photo_is_kept_as_it_is() -> None:
    text = "A" * 8_000_000
    made = card(f"PHOTO;ENCODING=b;TYPE=JPEG:{text}", version="3.0")
    photo = made.lines[1]
    old = from_vcard(made)
    patched(made, old, {**old.record, "notes": {"n": {"note": "x"}}})
    assert made.lines[1] is photo

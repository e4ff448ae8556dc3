"""Valid cards made from the schema, for properties."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from jmapd.formats.jscontact.schema import TYPES, Row
from jmapd.formats.jscontact.validate import normalised, problems

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n;,:\\\"^'="), max_size=6)
LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=6)
FORMS: dict[str, SearchStrategy[str]] = {
    "": TEXT,
    "calendar": st.sampled_from(["hebrew", "islamic-civil"]),
    "country": st.sampled_from(["DE", "US"]),
    "email": LINE.filter(str.strip) | st.just("alice@example.org"),
    "geo": st.sampled_from(["geo:46.77,-71.28", "geo:1,2,3;u=35"]),
    "language": st.sampled_from(["de", "en-GB", "uk-Cyrl"]),
    "media type": st.sampled_from(["image/png", "text/plain; charset=utf-8"]),
    "script": st.just("Latn"),
    "text": LINE.filter(str.strip),
    "time zone": st.sampled_from(["Etc/UTC", "Etc/GMT+5", "Europe/Berlin"]),
    "uid": LINE.filter(lambda text: text.strip() == text) | st.uuids().map(lambda uuid: f"urn:uuid:{uuid}"),
    "uri": st.sampled_from(
        ["https://example.org/a,b;c?d=e", "mailto:a@example.org", "www.example.org", "tel:+1;ext=2"]
    ),
    "vCard name": st.sampled_from(["x-foo", "x-bar", "label"]),
    "version": st.sampled_from(["1.0", "2.0"]),
}
IDS = st.text("abcXYZ019-_", min_size=1, max_size=4)
MOMENTS = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))
JSON = st.recursive(st.none() | st.booleans() | st.integers(-5, 5) | TEXT, lambda inner: st.lists(inner, max_size=2))


def _values(row: Row) -> SearchStrategy[Any]:
    """Values that the type signature allows; rules.py may still refuse them."""
    kind = row.type
    if kind.endswith("[]"):
        return st.lists(_of(kind[:-2], row), min_size=1, max_size=4)
    if kind.endswith("]"):
        key, _, member = kind[:-1].partition("[")
        keys = IDS if key == "Id" else _strings(row)
        inner = Row(member) if member != "Boolean" else None
        return st.dictionaries(keys, st.just(True) if inner is None else _of(member, inner), min_size=1, max_size=3)
    return _of(kind, row)


def _of(kind: str, row: Row) -> SearchStrategy[Any]:
    if kind in TYPES:
        return st.deferred(lambda: objects(kind))
    return {
        "String": _strings(row),
        "Id": IDS,
        "Boolean": st.booleans(),
        "UnsignedInt": st.integers(row.least, min(row.most, 2100)),
        "UTCDateTime": MOMENTS,
        "PartialDate|Timestamp": st.deferred(lambda: objects("PartialDate") | _timestamps()),
        "JCardParam": TEXT,
        "JCardProp": st.tuples(
            st.sampled_from(["x-foo", "x-bar"]), st.just({}), st.sampled_from(["text", "unknown"]), TEXT
        ).map(list),
    }[kind]


def _timestamps() -> SearchStrategy[Any]:
    return MOMENTS.map(lambda moment: {"@type": "Timestamp", "utc": moment})


def _strings(row: Row) -> SearchStrategy[str]:
    if row.values:
        return st.sampled_from([*row.values, "example.com:own", *(["other"] if row.is_open else [])])
    return FORMS[row.form]


def objects(name: str) -> SearchStrategy[dict[str, Any]]:
    """Objects of one type, some with a property that no RFC knows."""
    rows = {member: row for member, row in TYPES[name].items() if member not in ("@type", "vCardName", "vCardParams")}
    required = {member: _values(row) for member, row in rows.items() if row.is_mandatory}
    optional = {member: _values(row) for member, row in rows.items() if not row.is_mandatory and member != "blobId"}
    return st.fixed_dictionaries(required, optional=optional | {"example.com:own": JSON, "unknown": JSON})


def _valid(parts: list[dict[str, Any]]) -> dict[str, Any]:
    card = normalised({"uid": "u1"} | {name: value for part in parts for name, value in part.items()})
    for where, _ in problems(card):
        card.pop(where.split("/")[0], None)
    return card


_OWN = ("@type", "version", "uid", "localizations", "vCardName", "vCardParams")
_PARTS = {name: _values(row) for name, row in TYPES["Card"].items() if name not in _OWN}
_PART = st.sampled_from(sorted(_PARTS)).flatmap(lambda name: st.fixed_dictionaries({name: _PARTS[name]}))
CARDS = st.lists(_PART, min_size=1, max_size=3).map(_valid)  # valid, with the uid u1

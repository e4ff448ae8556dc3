"""The vCard lines of one unit of a Card (RFC 9555 3.1), made by the table or by what is special about the unit."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Params
from jmapd.formats.jscontact import table
from jmapd.formats.jscontact.jcard import from_jcard
from jmapd.formats.jscontact.languages import LOCALIZED
from jmapd.formats.jscontact.names import phonetic_params, write_name
from jmapd.formats.jscontact.objects import OLD, spec_of
from jmapd.formats.jscontact.places import with_label_line, write_locations, write_places
from jmapd.formats.jscontact.prop import Spec, params_of
from jmapd.formats.jscontact.structured import ADDRESS, write_phonetic
from jmapd.formats.jscontact.units import Key, Unit
from jmapd.formats.vcard import escape, join_list
from jmapd.wire import Record

_SINGLES = {row.path: row for row in reversed(table.SINGLE)}
_APPLE_RELATIONS = {relation: label for label, relation in table.APPLE_RELATIONS.items()}


class Style(NamedTuple):
    """What the lines of a unit hang on: the card's version, the names of its lines so far, and free group names."""

    version: str
    names: set[str]
    group: str  # of its lines so far
    free_group: Callable[[], str]
    group_of: Callable[[str], str]  # of an organization, by id


def specs_of(key: Key, unit: Unit, style: Style) -> list[Spec]:
    """The lines of a unit; [] where vCard has none for it. Never fails on a value of a wrong type."""
    head, value = key[0], unit.value
    if head in _SINGLES:
        return _single(_SINGLES[head], value, style)
    if head == "name":
        others = {language: other for language, other in unit.languages.items() if isinstance(other, dict)}
        return write_name(value, others, style.version)
    if head == "keywords":
        return [Spec(table.KEYWORDS, join_list(_keys(value)), [])] if _keys(value) else []
    if head == "members":
        is_apple = style.version in OLD or table.MEMBERS[1] in style.names
        return [Spec(table.MEMBERS[is_apple], key[1], [])] if value is True and key[1] else []
    if head == "vCardProps":
        spec = from_jcard(value)
        return [spec] if spec else []
    if head == "relatedTo":
        return _relation(key[1], value, style)
    if key == ("speakToAs", "grammaticalGender"):
        texts = {"": value} | unit.languages
        return [
            Spec(table.GENDER.vcard, escape(text.upper()), [("LANGUAGE", [tag])] if tag else [])
            for tag, text in texts.items()
            if isinstance(text, str) and text
        ]
    path = "/".join(key[:-1])
    return _object(path, key[-1], unit, style) if isinstance(value, dict) else []


def _keys(value: Any) -> list[str]:
    return [key for key, chosen in value.items() if chosen is True and key] if isinstance(value, dict) else []


def _single(row: table.Row, value: Any, style: Style) -> list[Spec]:
    name = row.vcard
    if row.path == "kind" and ((style.version in OLD and value == "group") or table.APPLE_KIND in style.names):
        name = name if name in style.names else table.APPLE_KIND  # vCard 3.0 has no KIND
    written = row.codec.write({row.path: value}, style.version)
    return [Spec(name, written.value, list(written.params))] if written else []


def _relation(key: str, value: Any, style: Style) -> list[Spec]:
    if not isinstance(value, dict) or not key:
        return []
    row = table.RELATIVES.get(str(value.get("vCardName")).upper(), table.RELATED)
    relations = _keys(value.get("relation"))
    relation = relations[0] if len(relations) == 1 else ""
    if relation not in (_APPLE_RELATIONS if row.vcard == table.APPLE_RELATED else ("spouse",)):
        row = table.RELATED
    spec = spec_of(row, "", {**value, "key": key}, style.version)
    if spec is None or not key.strip():
        return []
    if row is table.RELATED:
        return [spec]
    spec = spec._replace(params=_without(spec.params, "VALUE"))
    if row.vcard != table.APPLE_RELATED:
        return [spec]
    group = style.group or style.free_group()
    label = _APPLE_RELATIONS[relation].join(table.APPLE_MARK)
    return [spec._replace(group=group), Spec("X-ABLabel", escape(label), [], group)]


def _object(path: str, identity: str, unit: Unit, style: Style) -> list[Spec]:
    record: Record = unit.value
    specs: list[Spec] = []
    if path == "addresses":
        record, specs = write_locations(record, identity, style.version, style.names)
        if not record:
            return specs
    if path == "anniversaries" and str(record.get("vCardName", "")).upper() == table.APPLE_DATE:
        return _apple_date(identity, record, style)
    row = table.row_for(path, record)
    main = spec_of(row, identity, record, style.version) if row else None
    if row is None or main is None:
        return specs
    lines = [main, *_in_languages(row, record, identity, unit, style)]
    if path == "addresses":
        lines += _phonetic_address(record, identity, unit, style)
    if len(lines) > 1:  # RFC 6350 5.4: one ALTID for what is one property
        alternative: Params = [("ALTID", [_alternative(record, identity)])]
        lines = [line._replace(params=[*_without(line.params, "ALTID"), *alternative]) for line in lines]
    lines = _completed(path, identity, record, unit, lines, style)
    if specs and style.group:
        lines, specs = ([each._replace(group=style.group) for each in found] for found in (lines, specs))
    return _labelled(row, record, lines, style) + specs


def _completed(path: str, identity: str, record: Record, unit: Unit, lines: list[Spec], style: Style) -> list[Spec]:
    """What belongs to one kind of object only: labels of vCard 3.0, places, and the group of an organization."""
    if path == "addresses":
        return [each for line in lines for each in with_label_line(line, style.version)]
    if path == "anniversaries":
        others = {language: other for language, other in unit.languages.items() if isinstance(other, dict)}
        return lines + write_places(record, others, identity, style.version)
    organization = identity if path == "organizations" else record.get("organizationId") if path == "titles" else None
    group = style.group_of(organization) if isinstance(organization, str) else ""
    return [line._replace(group=line.group or group) for line in lines]


def _alternative(record: Record, identity: str) -> str:
    kept, _ = params_of(record.get("vCardParams"))
    return next((values[0] for name, values in kept if name == "ALTID"), identity)


def _without(params: Params, name: str) -> Params:
    return [param for param in params if param[0] != name]


def _labelled(row: table.Row, record: Record, lines: list[Spec], style: Style) -> list[Spec]:
    """RFC 9555 2.11.11: a label is a property of the same group."""
    label = record.get("label")
    if not row.has_label or not isinstance(label, str) or not label:
        return lines
    group = lines[0].group or style.group or style.free_group()
    return [line._replace(group=group) for line in lines] + [Spec("X-ABLabel", escape(label), [], group)]


def _apple_date(identity: str, record: Record, style: Style) -> list[Spec]:
    spec = spec_of(table.BY_NAME["ANNIVERSARY"], identity, record, style.version)
    if spec is None or record.get("kind") != "wedding":
        return []
    group = spec.group or style.group or style.free_group()
    label = table.APPLE_WEDDING.join(table.APPLE_MARK)
    return [spec._replace(name=table.APPLE_DATE, group=group), Spec("X-ABLabel", escape(label), [], group)]


def _in_languages(row: table.Row, record: Record, identity: str, unit: Unit, style: Style) -> Iterable[Spec]:
    """A line for each language whose text differs."""
    members = (row.text,) if row.text else LOCALIZED
    for language, other in unit.languages.items():
        if not isinstance(other, dict) or all(_texts(other, name) == _texts(record, name) for name in members):
            continue
        spec = spec_of(row, identity, other, style.version)
        if spec:
            yield spec._replace(params=[*spec.params, ("LANGUAGE", [language])])


def _texts(record: Record, name: str) -> Any:
    value = record.get(name)
    if name != "components" or not isinstance(value, list):
        return value
    return [(each.get("kind"), each.get("value")) if isinstance(each, dict) else each for each in value]


def _phonetic_address(record: Record, identity: str, unit: Unit, style: Style) -> Iterable[Spec]:
    """RFC 9554 4.6."""
    for language, each in {"": record, **unit.languages}.items():
        written = write_phonetic(each, ADDRESS, style.version) if isinstance(each, dict) else None
        if written and (not language or each.get("components") != record.get("components")):
            params = [*phonetic_params(each), ("PROP-ID", [identity])]
            yield Spec("ADR", written.value, params + ([("LANGUAGE", [language])] if language else []))

"""The name of a Card: FN, N with its phonetic forms and languages, and their habits (RFC 9555 2.5.2, 2.5.5)."""

import unicodedata

from jmapd.formats.jscontact import languages
from jmapd.formats.jscontact.objects import OLD
from jmapd.formats.jscontact.prop import GENERATED, Property, Spec, leftover, params_of
from jmapd.formats.jscontact.structured import (
    NAME,
    phonetics,
    read_components,
    read_sort_as,
    write_components,
    write_phonetic,
    write_sort_as,
)
from jmapd.formats.jscontact.table import PHONETIC_NAMES
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record

NAMES = ("FN", "N", "SORT-STRING", *PHONETIC_NAMES)
_SCRIPTS = {  # what a character's Unicode name begins with: ISO 15924
    "HIRAGANA": "Hira", "KATAKANA": "Kana", "CJK": "Hani", "HANGUL": "Hang", "LATIN": "Latn", "CYRILLIC": "Cyrl",
    "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr", "THAI": "Thai", "BOPOMOFO": "Bopo", "DEVANAGARI": "Deva",
}  # fmt: skip


def read_name(
    special: dict[str, list[Property]], language: str, localizations: Record
) -> tuple[Record, list[Property], list[Property]]:
    """The Name object, the properties it is made of, and those that have no place in it."""
    record: Record = {}
    used: list[Property] = []
    rest: list[Property] = []
    if found := special.get("N"):
        choice = languages.choose(found, language)
        _read_n(choice, language, record, localizations)
        used += [choice.main, *(prop for _, prop in choice.others), *choice.phonetic]
        rest += choice.rest
    if found := special.get("FN"):
        # RFC 9555 2.5.2: of several the one with the fewest parameters
        found = sorted(found, key=lambda prop: len(prop.params) + len(prop.types) - ("LANGUAGE" in prop.params))
        choice = languages.choose(found, language)
        _read_fn(choice, record, localizations)
        used += [choice.main, *(prop for _, prop in choice.others)]
        rest += choice.rest
    for name, kind in PHONETIC_NAMES.items():
        for prop in special.get(name, ()):
            (used if _add_phonetic(record, kind, unescape(prop.value)) else rest).append(prop)
    for prop in special.get("SORT-STRING", ()):
        kinds = {component["kind"] for component in record.get("components", ())}
        if "surname" in kinds and "sortAs" not in record and prop.value:
            record["sortAs"] = {"surname": unescape(prop.value)}
            used.append(prop)
        else:
            rest.append(prop)
    return record, used, rest


def _read_n(choice: languages.Choice, language: str, record: Record, localizations: Record) -> None:
    main = choice.main
    main.take_value_type("text")
    main_language = tag if (tag := languages.tag(main)) else language
    found, where = read_components(main, NAME)
    record |= found
    record |= read_sort_as(main, record.get("components", []), NAME)
    positions = {main_language.lower(): where}
    for tag, prop in choice.others:
        other, positions[tag.lower()] = read_components(prop, NAME)
        other |= read_sort_as(prop, other.get("components", []), NAME)
        members = ("components", "isOrdered", "defaultSeparator", "sortAs")
        patch = localizations.setdefault(tag, {})
        patch |= languages.patch_of(record, other, members, ("name",))
    for prop in choice.phonetic:
        if found:
            texts = phonetics(prop, positions.get(languages.tag(prop).lower(), where))
            languages.phonetic_patch(record, prop, texts, main_language, localizations, ("name",))
    if kept := leftover(main):
        record["vCardParams"] = kept


def _read_fn(choice: languages.Choice, record: Record, localizations: Record) -> None:
    main = choice.main
    main.take_value_type("text")
    is_derived = (main.take(GENERATED) or "").lower() == "true"
    if main.value and not (is_derived and "components" in record):
        record["full"] = unescape(main.value)
        if "components" not in record and (kept := leftover(main)):
            record["vCardParams"] = kept
    for tag, prop in choice.others:
        if prop.first(GENERATED).lower() != "true":
            localizations.setdefault(tag, {})["name/full"] = unescape(prop.value)


def _add_phonetic(record: Record, kind: str, text: str) -> bool:
    """Apple's phonetic names: of an unknown system, so that the script has to be told (RFC 9553 1.5.4)."""
    component = next((each for each in record.get("components", ()) if each["kind"] == kind), None)
    if component is None or not text or "phonetic" in component or "phoneticSystem" in record:
        return False
    component["phonetic"] = text
    record.setdefault("phoneticScript", _script(text))
    return True


def _script(text: str) -> str:
    letter = next((char for char in text if char.isalpha()), "")
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0], "Zyyy") if letter else "Zyyy"


def write_name(record: Record, others: dict[str, Record], version: str) -> list[Spec]:
    """FN and N, each in its languages. FN is always there (RFC 9555 3.1)."""
    kept, group = params_of(record.get("vCardParams"))
    specs = [_fn(record)]
    written = write_components(record, NAME, version)
    if written is None:
        if kept and isinstance(record.get("full"), str):
            specs[0] = specs[0]._replace(params=kept, group=group)
        return specs + _other_fns(record, others)
    spoken = _legacy_phonetics(record) if version in OLD else []
    phonetic = None if spoken else write_phonetic(record, NAME, version)
    alternatives = _other_ns(record, others, version)
    is_set = bool(alternatives or phonetic)
    params = [*written.params, *kept]
    sort_as = write_sort_as(record, NAME)
    is_string = version in OLD and set(record.get("sortAs") or ()) == {"surname"}
    params += [] if is_string else sort_as
    specs.append(Spec("N", written.value, params + ([("ALTID", ["1"])] if is_set else []), group))
    if phonetic:
        specs.append(Spec("N", phonetic.value, [("ALTID", ["1"]), *phonetic_params(record)]))
    if is_string:
        specs.append(Spec("SORT-STRING", escape(str(record["sortAs"]["surname"])), []))
    return specs + spoken + alternatives + _other_fns(record, others)


def _fn(record: Record) -> Spec:
    full = record.get("full")
    if isinstance(full, str) and full:
        return Spec("FN", escape(full), [])
    text = full_name(record)
    return Spec("FN", escape(text), [(GENERATED, ["TRUE"])] if text else [])


def full_name(record: Record) -> str:
    """RFC 9555 3.1: the name made of its components; unordered ones in the order most used."""
    components = record.get("components")
    if not isinstance(components, list):
        return ""
    found = [each for each in components if isinstance(each, dict) and isinstance(each.get("value"), str)]
    if record.get("isOrdered") is not True:
        order = ("title", "given", "given2", "surname", "surname2", "generation", "credential")
        found.sort(key=lambda each: order.index(each["kind"]) if each.get("kind") in order else len(order))
        return " ".join(each["value"] for each in found)
    gap = record.get("defaultSeparator")
    default = gap if isinstance(gap, str) else " "
    text, separator = "", ""
    for component in found:
        if component.get("kind") == "separator":
            separator = component["value"]
        else:
            text += (separator if text else "") + component["value"]
            separator = default
    return text


def phonetic_params(record: Record) -> list[tuple[str, list[str]]]:
    """RFC 9554 4.6: SCRIPT must be there where the system is not known."""
    params = [("PHONETIC", [str(record.get("phoneticSystem") or "script")])]
    if isinstance(record.get("phoneticScript"), str):
        params.append(("SCRIPT", [record["phoneticScript"]]))
    return params


def _legacy_phonetics(record: Record) -> list[Spec]:
    """X-PHONETIC-... where these can say all of it."""
    if record.get("phoneticSystem"):
        return []
    specs = []
    first: set[str] = set()
    for component in record["components"]:
        kind, text = component["kind"], component.get("phonetic")
        name = next((name for name, of in PHONETIC_NAMES.items() if of == kind), None)
        if text and (name is None or kind in first or record.get("phoneticScript") != _script(text)):
            return []
        if text:
            specs.append(Spec(str(name), escape(text), []))
        first.add(kind)
    return specs


def _other_ns(record: Record, others: dict[str, Record], version: str) -> list[Spec]:
    specs = []
    for language, other in others.items():
        params = [("ALTID", ["1"]), ("LANGUAGE", [language])]
        names = ("components", "isOrdered", "defaultSeparator", "sortAs")
        texts = [
            (each.get("kind"), each.get("value")) for each in other.get("components", ()) if isinstance(each, dict)
        ]
        own = [(each.get("kind"), each.get("value")) for each in record["components"]]
        is_other = texts != own or any(other.get(name) != record.get(name) for name in names[1:])
        written = write_components(other, NAME, version)
        if is_other and written:
            specs.append(Spec("N", written.value, [*params, *written.params, *write_sort_as(other, NAME)]))
        phonetic = write_phonetic(other, NAME, version)
        if phonetic and other["components"] != record["components"]:
            specs.append(Spec("N", phonetic.value, [*params, *phonetic_params(other)]))
    return specs


def _other_fns(record: Record, others: dict[str, Record]) -> list[Spec]:
    """FN in other languages; RFC 9554 4.4 marks those that are made of N."""
    specs = []
    for language, other in others.items():
        spec = _fn(other)
        if spec.value and spec.value != _fn(record).value:
            specs.append(spec._replace(params=[("LANGUAGE", [language]), *spec.params]))
    return specs

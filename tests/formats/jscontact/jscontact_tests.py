"""Reads the expectations of jscontact-tests: which properties a vCard must have."""

import json
from typing import Any

from jmapd.formats.content_lines import Line
from jmapd.formats.vcard import Card, split_structured

_ALWAYS = ("PRODID", "REV", "UID", "VERSION", "CREATED", "JSPROP")


def unmet(card: Card, wanted: list[dict[str, Any]]) -> list[str]:
    """The properties that are missing, and the lines that nobody asked for."""
    free = [line for line in card.lines if line.name]
    ties: dict[tuple[str, str], str] = {}
    missing = []
    for each in sorted(wanted, key=lambda each: not each.get("mandatory", True)):
        found = next((line for line in free if _fits(line, each, ties)), None)
        if found:
            free.remove(found)
        elif each.get("mandatory", True):
            missing.append(f"{each['name']} {each['value']}")
    extra = [line.raw for line in free if line.name not in _ALWAYS and not _is_empty_name(line)]
    return missing + extra


def _is_empty_name(line: Line) -> bool:
    return line.name == "FN" and (not line.value or ("DERIVED", ["TRUE"]) in line.params)


def _fits(line: Line, wanted: dict[str, Any], ties: dict[tuple[str, str], str]) -> bool:
    params = {name: ",".join(values) for name, values in line.params}
    if line.name != wanted["name"] or not _is_value(line.value, wanted["value"]):
        return False
    for param in wanted.get("params", ()):
        found = params.pop(param["name"], None)
        if param.get("mandatory", True) if found is None else not _is_value(found, param["value"]):
            return False
    owns = (("alt_id", params.pop("ALTID", "")), ("group", line.group))
    return not set(params) - {"PROP-ID"} and all(_is_tied(key, own, wanted.get(key), ties) for key, own in owns)


def _is_tied(key: str, own: str, tie: Any, ties: dict[tuple[str, str], str]) -> bool:
    if tie is None or isinstance(tie, str):
        return tie is None or own == tie
    if not own:
        return not tie.get("mandatory", True)
    return ties.setdefault((key, tie["sameAs"]), own) == own


def _is_value(text: str, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return text == wanted or f'"{text}"' == wanted or _carets(text) == wanted.strip('"')
    kind, value = next(iter(wanted.items()))
    if kind == "any":
        return True
    if kind == "ignoreCase":
        return bool(text.lower() == value.lower())
    if kind == "oneOf":
        return any(_is_value(text, each) for each in value)
    if kind in ("maybeQuoted", "timestamp"):
        return bool(text == value)
    if kind == "commaMaybeEscaped":
        return bool(text.replace("\\,", ",") == value)
    if kind == "jsonText":
        return bool(json.loads(text.replace("\\,", ",").replace("\\n", "\n").replace("\\;", ";")) == json.loads(value))
    parts = split_structured(text)
    if len(value) == 1 and len(parts) == 1:
        return _is_component(parts[0], value[0])
    return len(parts) == len(value) and all(map(_is_component, parts, value))


def _is_component(texts: list[str], wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return sorted(texts) == sorted(wanted["anyOrder"])
    return bool(",".join(texts) == wanted)


def _carets(text: str) -> str:
    return text.replace("^", "^^").replace("\n", "^n").replace('"', "^'")

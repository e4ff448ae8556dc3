"""Comparison of Cards whose ids may differ: ids of one are renamed to those of the other by what they stand for."""

import json
from typing import Any

from jmapd.formats.jscontact.table import BY_PATH
from jmapd.formats.jscontact.units import plain

Card = dict[str, Any]
_MAPS = tuple(path for path in BY_PATH if "/" not in path)


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def renamed(card: Card) -> Card:
    """The Card in its plain form, with ids a0, a1 ... in the order of the objects' texts."""
    card = plain(card)
    names: dict[tuple[str, str], str] = {}
    for path in (*_MAPS, "speakToAs/pronouns"):
        outer, _, inner = path.partition("/")
        parent: Card = card.get(outer, {}) if inner else card
        many = parent.get(inner or outer)
        if isinstance(many, dict):
            order = sorted(many, key=lambda each: text({**many[each], "organizationId": ""}))
            for number, each in enumerate(order):
                names[path, each] = f"a{number}"
            parent[inner or outer] = {names[path, each]: many[each] for each in order}
    for title in card.get("titles", {}).values():
        if "organizationId" in title:
            title["organizationId"] = names.get(("organizations", title["organizationId"]), title["organizationId"])
    localizations = {}
    for language, patch in card.get("localizations", {}).items():
        localizations[language] = {_renamed(path, names): value for path, value in patch.items()}
    return card | ({"localizations": localizations} if localizations else {})


def _renamed(path: str, names: dict[tuple[str, str], str]) -> str:
    parts = path.split("/")
    size = 2 if parts[0] == "speakToAs" else 1
    if len(parts) > size:
        parts[size] = names.get(("/".join(parts[:size]), parts[size]), parts[size])
    return "/".join(parts)

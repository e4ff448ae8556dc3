"""Lines that are one property in several languages or scripts (RFC 9555 2.3.1, 2.3.11, 2.3.15)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from jmapd.formats.jscontact.prop import Property
from jmapd.formats.object_types.patches import escaped
from jmapd.wire import Record


class Choice(NamedTuple):
    """The lines of one cluster: the Card's own, those for `localizations`, phonetic ones, and what is left."""

    main: Property
    others: list[tuple[str, Property]]
    phonetic: list[Property]
    rest: list[Property]


def clusters(props: Iterable[Property]) -> list[list[Property]]:
    """Properties of one name with the same ALTID, or, in different languages, the same PROP-ID; in the file's order."""
    props = list(props)
    if not any(prop.params and ("ALTID" in prop.params or "PROP-ID" in prop.params) for prop in props):
        return [[prop] for prop in props]
    found: dict[tuple[str, str, str], list[Property]] = {}
    for number, prop in enumerate(props):
        if alternative := prop.first("ALTID"):
            key = prop.name, "ALTID", alternative
        elif (identity := prop.first("PROP-ID")) and (
            prop.first("LANGUAGE") or (prop.name, "ID", identity) not in found
        ):
            key = prop.name, "ID", identity
        else:
            key = prop.name, "", str(number)
        found.setdefault(key, []).append(prop)
    return list(found.values())


def language_of(found: list[list[Property]]) -> str:
    """The Card's language where only LANGUAGE parameters tell it (RFC 9555 Figure 3): that of most clusters."""
    if not any("LANGUAGE" in prop.params for cluster in found for prop in cluster):
        return ""
    votes: dict[str, int] = {}
    is_needed = False
    for cluster in found:
        tags = [tag(prop) for prop in cluster if "PHONETIC" not in prop.params]
        if tags and all(tags):
            is_needed |= len({*tags, *filter(None, map(tag, cluster))}) > 1
            for each in dict.fromkeys(tags):
                votes[each] = votes.get(each, 0) + 1
    return max(votes, key=lambda each: votes[each]) if is_needed else ""


def tag(prop: Property) -> str:
    """The language tag, in lower case where it is of one part."""
    value = prop.first("LANGUAGE")
    return value if "-" in value else value.lower()


def choose(cluster: list[Property], language: str) -> Choice:
    """Takes LANGUAGE and ALTID from what they have served for."""
    if len(cluster) == 1 and not cluster[0].params.get("LANGUAGE"):
        return Choice(cluster[0], [], [], [])
    phonetic = [prop for prop in cluster if "PHONETIC" in prop.params]
    plain = [prop for prop in cluster if "PHONETIC" not in prop.params] or phonetic[:1]
    main = next((prop for prop in plain if not prop.first("LANGUAGE")), None)
    if main is None:
        main = next((prop for prop in plain if tag(prop).lower() == language.lower()), plain[0])
    others: list[tuple[str, Property]] = []
    rest: list[Property] = []
    seen = {tag(main).lower() or language.lower()}
    for prop in plain:
        if prop is main:
            continue
        if (found := tag(prop)) and found.lower() not in seen:
            seen.add(found.lower())
            others.append((found, prop))
        else:
            rest.append(prop)
    phonetic = [prop for prop in phonetic if prop is not main]
    if others or phonetic:
        for prop in (main, *(prop for _, prop in others), *phonetic):
            prop.params.pop("ALTID", None)
    if tag(main).lower() == language.lower():
        main.params.pop("LANGUAGE", None)
    for prop in (*(prop for _, prop in others), *phonetic):
        prop.params.pop("PROP-ID", None)
    return Choice(main, others, phonetic, rest)


_LAYOUT = ("isOrdered", "defaultSeparator", "sortAs")
LOCALIZED = ("components", *_LAYOUT, "full", "units", "name")


def patch_of(main: Record, other: Record, members: tuple[str, ...], path: tuple[str, ...]) -> Record:
    """What another language's line changes in the object, as part of a PatchObject."""
    patch: Record = {}
    for member in members:
        if member in other and other[member] != main.get(member):
            patch[escaped(*path, member)] = other[member]
        elif member in main and member not in other and member in _LAYOUT and "components" in other:
            patch[escaped(*path, member)] = None
    if not patch:
        said: list[Any] = [member for member in members if member in other]
        patch = {escaped(*path, member): other[member] for member in said[:1]}
    return patch


def phonetic_patch(
    record: Record, prop: Property, texts: list[str], language: str, localizations: Record, path: tuple[str, ...]
) -> None:
    """Puts phonetic texts into the components, or into those of a language (RFC 9555 2.3.15)."""
    system = (prop.take("PHONETIC") or "").lower()
    script = prop.take("SCRIPT")
    about = {"phoneticSystem": system} if system and system != "script" else {}
    about |= {"phoneticScript": script} if script else {}
    found = tag(prop)
    if not found or found.lower() == language.lower():
        for component, text in zip(record["components"], texts, strict=False):
            if text:
                component["phonetic"] = text
        record |= about
        return
    patch = localizations.setdefault(found, {})
    replaced = patch.get(escaped(*path, "components"))
    for number, text in enumerate(texts):
        if not text:
            continue
        if replaced is None:
            patch[escaped(*path, "components", str(number), "phonetic")] = text
        elif number < len(replaced):
            replaced[number]["phonetic"] = text
    patch |= {escaped(*path, member): value for member, value in about.items()}

"""A vCard as JSContact Card (RFC 9555 2, RFC 9982 5), with the lines that each part of it was made of."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line
from jmapd.formats.jscontact import languages, table
from jmapd.formats.jscontact.jcard import to_jcard
from jmapd.formats.jscontact.names import NAMES, read_name
from jmapd.formats.jscontact.objects import Entry, add_leftover, identifier, object_of
from jmapd.formats.jscontact.places import add_label_lines, add_locations, add_places
from jmapd.formats.jscontact.prop import Property
from jmapd.formats.jscontact.structured import ADDRESS, phonetics, read_components
from jmapd.formats.jscontact.units import Key, property_key
from jmapd.formats.object_types.patches import escaped
from jmapd.formats.vcard import Card, split, split_list, unescape
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.patch import apply

VERSION = "2.0"
JSPROP = "JSPROP"
_NOT_BY_PATCH = ("@type", "uid", "id", "addressBookIds", "blobId")
_DEPTH = 32
_MOST_LANGUAGES = 64  # each is a Card of its own to compare; lines of more are kept in vCardProps


class Converted(NamedTuple):
    """The Card without id and addressBookIds; the lines of each unit; the Card as it is without its JSPROP lines."""

    record: Record
    sources: dict[Key, list[Line]]
    base: Record


def from_vcard(card: Card) -> Converted:
    """Never fails: what has no JSContact form is in vCardProps; lines that are broken are left out."""
    reading = _Reading(card)
    base = reading.convert()
    patch = _patch(reading.special.get(JSPROP, ()))
    record = base
    if patch:
        try:
            record, _ = apply(base, patch)
        except InvalidPatch:  # RFC 9555 3.2.1: MUST NOT be applied
            record = base
    return Converted(record, reading.sources, base)


def _patch(props: Any) -> Record:
    """The PatchObject that all JSPROP properties make together; {} when one of them is not valid."""
    patch: Record = {}
    for prop in props:
        pointer = prop.first("JSPTR").removeprefix("/")
        try:
            value = json.loads(unescape(prop.value))
        except (ValueError, RecursionError):
            return {}
        if not pointer or pointer in patch or not _is_shallow(value, _DEPTH):
            return {}
        if pointer.split("/")[0] not in _NOT_BY_PATCH:
            patch[pointer] = value
    return patch


def _is_shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (depth > 0 and all(_is_shallow(each, depth - 1) for each in value))


class _Reading:
    """The state of one conversion."""

    def __init__(self, card: Card) -> None:
        self.version = card.version
        self.record: Record = {"@type": "Card", "version": VERSION}
        self.sources: dict[Key, list[Line]] = {}
        self.localizations: Record = {}
        self.special: dict[str, list[Property]] = {}
        self.many: dict[str, list[Property]] = {}
        self.groups: dict[str, list[Property]] = {}
        self.entries: list[Entry] = []
        self.tags: set[str] = set()
        self.rest: set[int] = set()  # of lines
        self.lines = card.lines
        for line in card.lines:
            if line.name and not line.is_broken and line.name != "VERSION":
                self._sort(Property(line, card.version))

    def _sort(self, prop: Property) -> None:
        name = prop.name
        if prop.params and (tag := prop.first("LANGUAGE").lower()):
            self.tags.add(tag)
            if len(self.tags) > _MOST_LANGUAGES:
                self.rest.add(id(prop.line))
                return
        if name in table.BY_NAME:
            is_list = name == table.NICKNAME and "," in prop.value and "ALTID" not in prop.params
            self.many.setdefault(name, []).extend(_each(prop) if is_list else (prop,))
        elif name in table.SINGLES:
            self._single(table.SINGLES[name], prop)
        elif name in _SPECIAL and (prop.group or name != table.APPLE_LABEL):
            self.special.setdefault(name, []).append(prop)
        else:
            self.rest.add(id(prop.line))
        if prop.group:
            self.groups.setdefault(prop.group.lower(), []).append(prop)

    def _single(self, row: table.Row, prop: Property) -> None:
        found = None if row.path in self.record else row.codec.read(prop)
        if found is None:
            self.rest.add(id(prop.line))
            return
        self.record[row.path] = found[row.path]
        self.sources[row.path,] = [prop.line]

    def leave(self, *props: Property) -> None:
        """To vCardProps."""
        self.rest.update(id(prop.line) for prop in props)

    def convert(self) -> Record:
        found = [cluster for props in self.many.values() for cluster in languages.clusters(props)]
        if "language" not in self.record:
            whole = [*found, *(self.special[name] for name in _IN_LANGUAGES if name in self.special)]
            if language := languages.language_of(whole):
                self.record["language"] = language
        language = self.record.get("language", "")
        choices: list[languages.Choice] = []
        pending = found
        while pending:
            now = [languages.choose(cluster, language) for cluster in pending]
            choices += now
            pending = [[prop] for choice in now for prop in choice.rest]
        self._names(language)
        for choice in choices:
            self._entry(choice)
        self._speak(language)
        self._apple_dates()
        for add in (add_places, add_locations, add_label_lines):
            self.leave(*add(self.entries, self.special, language))
        self._groups()
        self._place_entries(choices, language)
        self._sets()
        self._vcard_props()
        if localizations := {tag: patch for tag, patch in self.localizations.items() if patch}:
            self.record["localizations"] = localizations
        return self.record

    def _names(self, language: str) -> None:
        name, used, rest = read_name(self.special, language, self.localizations)
        if name:
            self.record["name"] = name
        if used:
            self.sources["name",] = [prop.line for prop in used]
        self.leave(*rest)

    def _entry(self, choice: languages.Choice) -> None:
        row = table.BY_NAME[choice.main.name]
        record = object_of(row, choice.main)
        if record is None:
            self.leave(choice.main, *(prop for _, prop in choice.others), *choice.phonetic)
            return
        self.entries.append(Entry(row, choice.main, record))

    def _speak(self, language: str) -> None:
        if not (found := self.special.get("GRAMGENDER")):
            return
        choice = languages.choose(found, language)
        record = table.GENDER.codec.read(choice.main)
        self.leave(*choice.rest)
        if record is None:
            self.leave(choice.main, *(prop for _, prop in choice.others))
            return
        self.record["speakToAs"] = record
        lines = self.sources["speakToAs", "grammaticalGender"] = [choice.main.line]
        for tag, prop in choice.others:
            if other := table.GENDER.codec.read(prop):
                patch = self.localizations.setdefault(tag, {})
                patch["speakToAs/grammaticalGender"] = other["grammaticalGender"]
                lines.append(prop.line)
            else:
                self.leave(prop)

    def _apple_dates(self) -> None:
        """X-ABDATE with Apple's label for an anniversary; every other one has no kind in JSContact."""
        row = table.BY_NAME["ANNIVERSARY"]
        labels = {prop.group.lower(): prop for prop in self.special.get(table.APPLE_LABEL, ())}
        for prop in self.special.get(table.APPLE_DATE, ()):
            label = labels.pop(prop.group.lower(), None)
            is_wedding = label is not None and label_text(label) == table.APPLE_WEDDING
            record = object_of(row, prop) if is_wedding else None
            if record is None or label is None:
                self.leave(prop)
                continue
            entry = Entry(row, prop, record | {"vCardName": table.APPLE_DATE.lower()})
            entry.lines.append(label.line)
            self.entries.append(entry)

    def _groups(self) -> None:
        """Labels and organizations by group (RFC 9555 2.3.9, 2.9.6, 2.11.11); a group that says more is kept."""
        used = {id(line) for entry in self.entries for line in entry.lines}
        by_group: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.prop.group:
                by_group.setdefault(entry.prop.group.lower(), []).append(entry)
        for group, props in self.groups.items():
            entries = by_group.get(group, [])
            labels = [prop for prop in props if prop.name == table.APPLE_LABEL and id(prop.line) not in used]
            labelled = next((entry for entry in entries if entry.row.has_label), None)
            if labels and labelled and labels[0].value:
                labelled.record["label"] = label_text(labels[0])
                labelled.lines.append(labels.pop(0).line)
            self.leave(*labels)
            names = {entry.row.vcard for entry in entries}
            there = {id(line) for entry in entries for line in entry.lines}
            is_told = all(id(prop.line) in there for prop in props) and (
                names <= {"ORG", "TITLE", "ROLE"} if len(entries) > 1 else len(props) > 1
            )
            if not is_told:
                for entry in entries:
                    entry.prop.params["GROUP"] = [entry.prop.group]

    def _place_entries(self, choices: list[languages.Choice], language: str) -> None:
        """Gives each object its place in the Card, then what refers to it: languages and organizations."""
        by_prop = {id(choice.main): choice for choice in choices if choice.others or choice.phonetic}
        numbers: dict[tuple[str, str], int] = {}
        organizations: dict[str, list[str]] = {}
        for entry in self.entries:
            parent = self.record
            *outer, last = entry.row.path.split("/")
            for name in outer:
                parent = parent.setdefault(name, {})
            many = parent.setdefault(last, {})
            identity = identifier(entry.prop, entry.row.path, many, numbers)
            many[identity] = entry.record
            entry.path = (*outer, last, identity)
            self.sources[entry.path] = entry.lines
            if entry.row.vcard == "ORG" and entry.prop.group:
                organizations.setdefault(entry.prop.group.lower(), []).append(identity)
            for tag, member, value in entry.patches:
                self.localizations.setdefault(tag, {})[escaped(*entry.path, *member.split("/"))] = value
            if choice := by_prop.get(id(entry.prop)):
                self._languages(entry, choice, language)
            add_leftover(entry.prop, entry.record)
        for entry in self.entries:
            if entry.row.path == "titles" and entry.prop.group:
                found = organizations.get(entry.prop.group.lower(), [])
                if len(found) == 1:
                    entry.record["organizationId"] = found[0]

    def _languages(self, entry: Entry, choice: languages.Choice, language: str) -> None:
        row, path = entry.row, entry.path
        where = read_components(Property(choice.main.line, self.version), ADDRESS)[1] if row.vcard == "ADR" else []
        positions = {(languages.tag(choice.main) or language).lower(): where}
        for tag, prop in choice.others:
            entry.lines.append(prop.line)
            other = object_of(row, prop)
            if other is None:
                continue
            if row.vcard == "ADR":
                positions[tag.lower()] = read_components(Property(prop.line, self.version), ADDRESS)[1]
            members = (row.text,) if row.text else languages.LOCALIZED
            patch = self.localizations.setdefault(tag, {})
            patch |= languages.patch_of(entry.record, other, members, path)
        for prop in choice.phonetic:
            entry.lines.append(prop.line)
            if row.vcard == "ADR" and "components" in entry.record:
                main_language = languages.tag(choice.main) or language
                texts = phonetics(prop, positions.get(languages.tag(prop).lower(), where))
                languages.phonetic_patch(entry.record, prop, texts, main_language, self.localizations, path)

    def _sets(self) -> None:
        """CATEGORIES, MEMBER and RELATED: the value is a key."""
        for prop in self.special.get(table.KEYWORDS, ()):
            words = [word.strip() for word in split_list(prop.value)]
            if not any(words):
                self.leave(prop)
                continue
            self.record.setdefault("keywords", {}).update({word: True for word in words if word})
            self.sources.setdefault(("keywords",), []).append(prop.line)
        for name in table.MEMBERS:
            for prop in self.special.get(name, ()):
                # RFC 9553 2.1.6: only a group has members
                member = table.RELATED.codec.read(prop) if self.record.get("kind") == "group" else None
                if member is None:
                    self.leave(prop)
                    continue
                self.record.setdefault("members", {})[member["key"]] = True
                self.sources.setdefault(("members", member["key"]), []).append(prop.line)
        for row in (table.RELATED, *table.RELATIVES.values()):
            for prop in self.special.get(row.vcard, ()):
                self._relation(row, prop)

    def _relation(self, row: table.Row, prop: Property) -> None:
        record = object_of(row, prop)
        many = self.record.get("relatedTo", {})
        if record is None or record["key"] in many:
            self.leave(prop)
            return
        lines = [prop.line]
        relation = "spouse" if row is not table.RELATED else ""
        if row.vcard == table.APPLE_RELATED:
            relation, lines = self._apple_relation(prop)
            if not relation:
                self.leave(prop)
                return
        elif prop.group and len(self.groups[prop.group.lower()]) > 1:
            prop.params["GROUP"] = [prop.group]
        key = record.pop("key")
        record.setdefault("relation", {relation: True} if relation else {})
        add_leftover(prop, record)
        self.record.setdefault("relatedTo", {})[key] = record
        self.sources["relatedTo", key] = lines

    def _apple_relation(self, prop: Property) -> tuple[str, list[Line]]:
        """The relation that the label beside it says, and both lines; "" when it says none of JSContact's."""
        both = self.groups.get(prop.group.lower(), [])
        label = next((each for each in both[:2] if each.name == table.APPLE_LABEL), None)
        text = label_text(label) if label else ""
        if label is None or len(both) != 2 or text == unescape(label.value) or text not in table.APPLE_RELATIONS:
            return "", []
        self.rest.discard(id(label.line))
        return table.APPLE_RELATIONS[text], [prop.line, label.line]

    def _vcard_props(self) -> None:
        if not self.rest:
            return
        found: list[Any] = []
        count: dict[str, int] = {}
        for line in self.lines:
            if id(line) in self.rest:
                found.append(to_jcard(line, self.version))
                self.sources[property_key(found[-1], count)] = [line]
        self.record["vCardProps"] = found


def _each(prop: Property) -> Iterable[Property]:
    """RFC 6350 6.2.3: NICKNAME is a list; each text is an object of its own."""
    for value in split(prop.value, ","):
        if value.strip():
            one = Property(prop.line, prop.version)
            one.value = value.strip()
            yield one


def label_text(prop: Property) -> str:
    """A label without the mark of those that Apple's programs translate."""
    text = unescape(prop.value)
    start, end = table.APPLE_MARK
    return text[len(start) : -len(end)] if text.startswith(start) and text.endswith(end) and len(text) > 8 else text


_IN_LANGUAGES = ("FN", "N", "GRAMGENDER", *table.PLACES)
_SPECIAL = frozenset(
    (*NAMES, *table.PLACES, *table.MEMBERS, table.KEYWORDS, table.RELATED.vcard, *table.RELATIVES, JSPROP)
    + (table.APPLE_DATE, table.APPLE_LABEL, "GRAMGENDER", "GEO", "TZ", "LABEL")
)

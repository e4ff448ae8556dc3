"""Lines that add to another line's object: places of birth and death (RFC 9555 2.5.1), GEO and TZ (2.8), and LABEL
of vCard 3.0; and how they are written.
"""

from jmapd.formats.content_lines import Params
from jmapd.formats.jscontact import languages, values
from jmapd.formats.jscontact.objects import OLD, Entry
from jmapd.formats.jscontact.prop import Property, Spec
from jmapd.formats.jscontact.table import BY_NAME, HOME_WORK, PLACES
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record

Special = dict[str, list[Property]]
_LOCATION = ("GEO", "TZ")


def add_places(entries: list[Entry], special: Special, language: str) -> list[Property]:
    """BIRTHPLACE and DEATHPLACE to the date they belong to; returns what has no place there."""
    rest: list[Property] = []
    for name, kind in PLACES.items():
        if not (found := special.get(name)):
            continue
        choice = languages.choose(found, language)
        rest += choice.rest
        identity = choice.main.first("PROP-ID")
        dates = [entry for entry in entries if entry.record.get("kind") == kind and "place" not in entry.record]
        dates.sort(key=lambda entry: entry.prop.first("PROP-ID") != identity)
        place = _place(choice.main)
        if not dates or place is None:  # RFC 9553 2.8.1: the date is mandatory
            rest += [choice.main, *(prop for _, prop in choice.others)]
            continue
        dates[0].record["place"] = place
        dates[0].lines.append(choice.main.line)
        for tag, prop in choice.others:
            dates[0].patches.append((tag, "place/full", unescape(prop.value)))
            dates[0].lines.append(prop.line)
    return rest


def _place(prop: Property) -> Record | None:
    value_type = prop.first("VALUE").lower()
    if value_type == "uri" or (not value_type and prop.value[:4].lower() == "geo:"):
        coordinates = values.geo_uri(prop.value)
        return {"coordinates": coordinates} if coordinates else None
    text = unescape(prop.value)
    return {"full": text} if text and value_type in ("", "text") else None


def write_places(record: Record, others: dict[str, Record], identity: str, version: str) -> list[Spec]:
    name = next((name for name, kind in PLACES.items() if kind == record.get("kind")), "")
    place = record.get("place")
    if not name or not isinstance(place, dict):
        return []
    params: Params = [("PROP-ID", [identity])]
    full = place.get("full")
    if not isinstance(full, str) or not full:
        coordinates = values.write_geo(place.get("coordinates"), "4.0")
        return [Spec(name, coordinates, [("VALUE", ["uri"]), *params])] if coordinates else []
    specs = []
    for tag, other in others.items():
        text = other["place"].get("full") if isinstance(other.get("place"), dict) else None
        if isinstance(text, str) and text != full:
            specs.append(Spec(name, escape(text), [("ALTID", [identity]), ("LANGUAGE", [tag]), *params]))
    alternative: Params = [("ALTID", [identity])] if specs else []
    return [Spec(name, escape(full), [*alternative, *params]), *specs]


def add_locations(entries: list[Entry], special: Special, language: str) -> list[Property]:
    """GEO and TZ to the address of their group, or to the only one without a group (RFC 9555 2.8.3)."""
    rest: list[Property] = []
    addresses: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.row.vcard == "ADR":
            for tie in {_tie(entry.prop), entry.prop.group.lower()}:
                addresses.setdefault(tie, []).append(entry)
    for name in _LOCATION:
        for prop in special.get(name, ()):
            member, value = _location(prop)
            if value is None:
                rest.append(prop)
                continue
            there = addresses.setdefault(_tie(prop), [])
            if len(there) == 1 and member not in there[0].record:
                there[0].record[member] = value
                there[0].lines.append(prop.line)
                continue
            record: Record = {member: value}
            for token in list(prop.types):
                if token.lower() in HOME_WORK:
                    record.setdefault("contexts", {})[HOME_WORK[token.lower()][1]] = True
                    prop.types.remove(token)
            entries.append(Entry(BY_NAME["ADR"], prop, record))
            there.append(entries[-1])
    return rest


def _location(prop: Property) -> tuple[str, str | None]:
    value_type = prop.take_value_type("uri", "text", "utc-offset", "float")
    if prop.name == "GEO":
        return "coordinates", values.geo_uri(prop.value)
    return "timeZone", values.time_zone(prop.value, value_type)


def _tie(prop: Property) -> str:
    """What ties lines of one address together: PROP-ID, else the group."""
    identity = prop.first("PROP-ID")
    return f"={identity}" if identity else prop.group.lower()


def write_locations(record: Record, identity: str, version: str, names: set[str]) -> tuple[Record, list[Spec]]:
    """GEO and TZ for an address that is nothing else, or that had them (`names`); and what of it is left."""
    contexts = record.get("contexts")
    kept: Record = dict(record)
    specs: list[Spec] = []
    is_alone = not any(record.get(name) for name in ("components", "full", "countryCode"))
    params: Params = []
    if is_alone and isinstance(contexts, dict):
        tokens = [token for token, (_, key) in HOME_WORK.items() if contexts.get(key) is True]
        params = [("TYPE", tokens)] if tokens else []
    own: Params = [("PROP-ID", [identity])] if is_alone else []
    if (is_alone or "GEO" in names) and (value := values.write_geo(record.get("coordinates"), version)):
        specs.append(Spec("GEO", value, [*params, *own]))
        del kept["coordinates"]
    if (is_alone or "TZ" in names) and (written := values.write_time_zone(record.get("timeZone"), version)):
        specs.append(Spec("TZ", written.value, [*written.params, *([] if specs else params), *own]))
        del kept["timeZone"]
    return ({} if is_alone and specs else kept), specs


def add_label_lines(entries: list[Entry], special: Special, language: str) -> list[Property]:
    """LABEL of vCard 3.0 (RFC 2426 3.2.2) to the address with the same TYPE."""
    rest: list[Property] = []
    addresses = [entry for entry in entries if entry.prop.name == "ADR" and "full" not in entry.record]
    by_types: dict[tuple[str, ...], list[Entry]] = {}
    for entry in reversed(addresses):
        by_types.setdefault(_types(Property(entry.prop.line, entry.prop.version)), []).append(entry)
    for prop in special.get("LABEL", ()):
        same = by_types.get(_types(prop), addresses if len(addresses) == 1 else [])
        text = unescape(prop.value)
        if not same or not text or "full" in same[-1].record:
            rest.append(prop)
            continue
        entry = same.pop()
        entry.record["full"] = text
        entry.lines.append(prop.line)
    return rest


def _types(prop: Property) -> tuple[str, ...]:
    return tuple(sorted({token.strip().lower() for token in prop.types} - {"pref"}))


def with_label_line(spec: Spec, version: str) -> list[Spec]:
    """ADR, and in vCard 2.1 and 3.0 its LABEL as a property."""
    label = next((found[0] for name, found in spec.params if name == "LABEL"), None)
    if version not in OLD or label is None or not spec.value.strip(";"):
        return [spec]
    types = [(name, found) for name, found in spec.params if name == "TYPE"]
    params = [(name, found) for name, found in spec.params if name != "LABEL"]
    return [spec._replace(params=params), Spec("LABEL", escape(label), types)]

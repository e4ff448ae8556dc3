"""New lines after the model of those they replace: what still holds stays as it was written, octet for octet."""

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.jscontact.prop import Property, Spec
from jmapd.formats.jscontact.structured import NAME, read_components
from jmapd.formats.jscontact.table import APPLE_LABEL, APPLE_MARK, BY_NAME, KEYWORDS, MEMBERS
from jmapd.formats.jscontact.units import plain
from jmapd.formats.jscontact.values import geo_uri
from jmapd.wire import Record

_ONE_FOR_ALL = ("FN", KEYWORDS, *MEMBERS)  # JSContact does not keep the parameters of these
_GENERATED = ("DERIVED", "LANGUAGE", "ALTID", "VALUE")
_OF_VALUE = ("VALUE", "JSCOMPS", "ENCODING")  # these say how the value is to be read
Change = tuple[list[Line], list[Line]]


def line_of(spec: Spec) -> Line:
    return make_line(spec.name, spec.value, spec.params, spec.group)


def modelled(old: list[Line], specs: list[Spec], version: str, any_group: bool) -> list[Change]:
    """The replacements that make the old lines say what the specs say."""
    free = list(old)
    found: dict[int, Line] = {}
    left: list[Spec] = []
    specs = [spec._replace(group=spec.group or old[0].group) for spec in specs] if any_group else specs
    for spec in specs:
        line = next((line for line in free if _says_same(line, spec, version)), None)
        if line:
            found[id(line)] = line
            free.remove(line)
        else:
            left.append(spec)
    more: list[Line] = []
    for spec in left:
        line = next((line for line in free if line.name == spec.name.upper()), None)
        if line:
            found[id(line)] = _after_model(line, spec, version)
            free.remove(line)
        else:
            more.append(line_of(spec))
    last = next((line for line in reversed(old) if id(line) in found), old[-1])
    changes = []
    for line in old:
        new = [found[id(line)]] if id(line) in found else []
        if line is last:
            new += more
        if new != [line]:
            changes.append(([line], new))
    return changes


def _params(params: Params) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, values in params:
        is_list = name in ("TYPE", "SORT-AS")
        parts = [part for value in values for part in (value.split(",") if is_list else [value])]
        found.setdefault(name, set()).update(part.lower() if name == "TYPE" else part for part in parts)
    return found


def _says_same(line: Line, spec: Spec, version: str) -> bool:
    if line.name != spec.name.upper() or line.group.lower() != spec.group.lower():
        return False
    if line.name == APPLE_LABEL:
        return _unmarked(line.value) == _unmarked(spec.value)
    ours, theirs = _params(spec.params), _params(line.params)
    if "PROP-ID" not in theirs:
        ours.pop("PROP-ID", None)
    if line.name in _ONE_FOR_ALL:
        theirs = {name: values for name, values in theirs.items() if name in _GENERATED}
    for params in (ours, theirs):
        for name in _OF_VALUE:
            params.pop(name, None)
    return ours == theirs and _has_same_value(line, spec, version)


def _has_same_value(line: Line, spec: Spec, version: str) -> bool:
    """Whether both values are read as the same, be they written otherwise."""
    one = _reading(line.name, line.value, line.params, version)
    other = _reading(line.name, spec.value, spec.params, version)
    return one == other if one is not None else line.value == spec.value


def _reading(name: str, value: str, params: Params, version: str) -> Record | None:
    prop = Property(Line("", "", name, params, value), version)
    if name == "N":
        return dict(plain(read_components(prop, NAME)[0], ("name",)))
    if name == "GEO":
        return {"coordinates": geo_uri(value)}
    record = BY_NAME[name].codec.read(prop) if name in BY_NAME else None
    if record:
        record.pop("full", None)  # of a parameter
        record.pop("sortAs", None)
    return record and dict(plain(record, (name, "")))


def _unmarked(value: str) -> str:
    return value.removeprefix(APPLE_MARK[0]).removesuffix(APPLE_MARK[1])


def _after_model(line: Line, spec: Spec, version: str) -> Line:
    """The old line with what the spec says otherwise."""
    is_kept = _has_same_value(line, spec, version)
    ours, theirs = _params(spec.params), _params(line.params)
    kept: Params = []
    for name, values in line.params:
        is_more = line.name in _ONE_FOR_ALL and name not in {*ours, *_GENERATED}
        if name == "TYPE":
            left = [value for value in values if {part.lower() for part in value.split(",")} <= ours.get("TYPE", set())]
            kept += [(name, left)] if left else []
        elif theirs[name] == ours.get(name) or is_more or (is_kept and name in _OF_VALUE):
            kept.append((name, values))
    there = _params(kept)
    for name, values in spec.params:
        if name == "TYPE":
            values = [value for value in values if value.lower() not in there.get("TYPE", ())]
        elif name in there or (is_kept and name in _OF_VALUE):
            continue
        kept += [(name, values)] if values else []
    return make_line(spec.name, line.value if is_kept else spec.value, kept, spec.group)

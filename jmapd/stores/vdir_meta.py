"""What a collection says of itself: metadata files of a vdir, .Radicale.props, or xandikos's configuration.

Read and written as the program whose tree it is does; what a kind cannot hold is kept in the index.
"""

# Plain os calls: a stat for each file and request.
# ruff: noqa: PTH116

import configparser
import io
import json
import logging
import os
import re
import subprocess
from collections.abc import Iterable, Mapping

from jmapd.stores.maildir_intake import open_file
from jmapd.stores.maildir_layout import is_foreign

log = logging.getLogger(__name__)

VDIR, RADICALE, XANDIKOS, XANDIKOS_GIT = "vdir", "radicale", "xandikos", "xandikos-git"
PROPS = ".Radicale.props"
GIT_CONFIG = ".git/config"
_XANDIKOS_FILES = (".xandikos", ".xandikos/config")
FILES = ("displayname", "description", "color", "order", PROPS, *_XANDIKOS_FILES, GIT_CONFIG, ".git/description")
NESTED = tuple(name for name in FILES if "/" in name)  # a new one does not change the collection's own time
LARGEST = 1 << 16  # octets of a metadata file
_SECTION = re.compile(r'\s*\[\s*xandikos\s*(?:""\s*)?\]', re.IGNORECASE)
_NO_DESCRIPTION = "Unnamed repository"  # how git's own text begins
COMPONENTS = "VEVENT,VTODO,VJOURNAL"  # what a collection takes that does not say
_COLOR = "ICAL:calendar-color"
_COMPONENT_SET = "C:supported-calendar-component-set"
_KEYS = {"name": "displayname", "description": "description", "color": "color", "order": "order", "type": "type"}

Meta = dict[str, str]  # "name", "description", "color", "order", "type", "components"; only what is said


def stamps(folder: str, names: Iterable[str] = FILES) -> list[list[int | str]]:
    """[name, mtime, inode] of each of these metadata files that is there."""
    found: list[list[int | str]] = []
    for name in names:
        try:
            status = os.stat(f"{folder}/{name}")
        except OSError:
            continue
        found.append([name, status.st_mtime_ns, status.st_ino])
    return found


def kind_of(folder: str) -> str:
    """Which program's collection this is."""
    if os.path.isfile(f"{folder}/{PROPS}"):  # noqa: PTH113
        return RADICALE
    if any(_leads_out(f"{folder}/{name}") for name in (".git", ".xandikos")):
        return VDIR
    if (text := _text(f"{folder}/{GIT_CONFIG}")) is not None and _SECTION.search(text):
        return XANDIKOS_GIT
    return XANDIKOS if any(os.path.isfile(f"{folder}/{name}") for name in _XANDIKOS_FILES) else VDIR  # noqa: PTH113


def _leads_out(path: str) -> bool:
    """Whether it is a symbolic link to nothing, or to what is another user's."""
    try:
        return os.path.islink(path) and is_foreign(path)  # noqa: PTH114
    except OSError:
        return True


def read(folder: str, kind: str, description_key: str) -> Meta:
    """What is said; nothing where it cannot be read."""
    if kind == RADICALE:
        return _radicale(folder, description_key)
    if kind == XANDIKOS:
        return _xandikos(folder)
    if kind == XANDIKOS_GIT:
        return _git(folder)
    names = {"name": "displayname", "description": "description", "color": "color", "order": "order"}
    found = {key: (_text(f"{folder}/{name}") or "").strip() for key, name in names.items()}
    return {key: value for key, value in found.items() if value}


def _text(path: str) -> str | None:
    try:
        with open_file(path) as file:
            return (file.read(LARGEST) or b"").decode("utf-8", "replace")
    except OSError:
        return None


def _radicale(folder: str, description_key: str) -> Meta:
    props = _props(folder)
    names = {
        "D:displayname": "name", description_key: "description", _COLOR: "color", _COMPONENT_SET: "components",
        "tag": "type",
    }  # fmt: skip
    return {
        key: value.strip() for name, key in names.items() if isinstance(value := props.get(name), str) and value.strip()
    }


def _props(folder: str) -> dict[str, object]:
    try:
        props = json.loads(_text(f"{folder}/{PROPS}") or "{}")
    except (ValueError, RecursionError):
        log.warning("%r is no JSON", f"{folder}/{PROPS}")
        return {}
    return props if isinstance(props, dict) else {}


def _xandikos_file(folder: str) -> str:
    return next((name for name in _XANDIKOS_FILES if os.path.isfile(f"{folder}/{name}")), _XANDIKOS_FILES[0])  # noqa: PTH113


def _parser(folder: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(f"{folder}/{_xandikos_file(folder)}") or "")
    except configparser.Error:
        log.warning("%r cannot be read", f"{folder}/{_xandikos_file(folder)}")
    return parser


def _xandikos(folder: str) -> Meta:
    said = _parser(folder).defaults()
    return {key: said[name].strip() for key, name in _KEYS.items() if said.get(name, "").strip()}


def _git(folder: str) -> Meta:
    """[xandikos] of .git/config; the description is git's own."""
    said: dict[str, str] = {}
    is_inside = False
    for line in (_text(f"{folder}/{GIT_CONFIG}") or "").splitlines():
        if line.lstrip().startswith("["):
            is_inside = _SECTION.match(line) is not None
        elif is_inside and not line.lstrip().startswith(("#", ";")):
            name, _, value = line.partition("=")
            said[name.strip().lower()] = _unquoted(value.strip())
    said["order"] = said.get("calendar-order", "")
    description = (_text(f"{folder}/.git/description") or "").strip()
    said["description"] = "" if description.startswith(_NO_DESCRIPTION) else description
    return {key: said[name] for key, name in _KEYS.items() if said.get(name)}


def _unquoted(value: str) -> str:
    """git-config(1), Syntax."""
    if not value.startswith('"'):
        return re.split(r"\s[#;]", value)[0].strip()
    return re.sub(r"\\(.)", r"\1", value[1 : value.rfind('"')] if value.rfind('"') else value[1:])


# --- writing ---


def can_hold(kind: str) -> frozenset[str]:
    """Which of "name", "description", "color" and "order" a collection of this kind can say itself."""
    return frozenset(("name", "description", "color", "order") if kind == VDIR else ("name", "description", "color"))


def contents(folder: str, kind: str, description_key: str, told: Mapping[str, str]) -> dict[str, bytes | None]:
    """The files (None: away) with which the collection says this besides what it says now; "": nothing any more."""
    if kind == RADICALE:
        props = _props(folder)
        names = {"name": "D:displayname", "description": description_key, "type": "tag", "color": _COLOR}
        for key, name in (names | {"components": _COMPONENT_SET}).items():
            _put(props, name, told.get(key))
        return {PROPS: json.dumps(props, sort_keys=True).encode()}
    if kind == XANDIKOS:
        parser = _parser(folder)
        for key, value in told.items():
            if key in _KEYS:
                _put(parser.defaults(), _KEYS[key], value)
        text = io.StringIO()
        parser.write(text)
        return {_xandikos_file(folder): text.getvalue().encode()}
    if kind == XANDIKOS_GIT:
        return {".git/description": told["description"].encode()} if "description" in told else {}
    files = {_KEYS[key]: value for key, value in told.items() if key not in ("type", "components")}
    return {name: value.encode() if value else None for name, value in files.items()}


def _put(said: "dict[str, object] | Mapping[str, str]", name: str, value: str | None) -> None:
    assert isinstance(said, dict)
    if value:
        said[name] = value
    elif value is not None:
        said.pop(name, None)


def set_git(folder: str, name: str, value: str) -> None:
    """In .git/config, as git itself writes it. Raises OSError."""
    command = ["git", "config", "--file", f"{folder}/{GIT_CONFIG}", f"xandikos.{_KEYS[name]}", value]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    except subprocess.SubprocessError as error:
        raise OSError(f"git config: {error}") from error

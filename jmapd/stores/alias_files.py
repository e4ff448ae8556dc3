"""Alias files as Postfix and sendmail have them: aliases(5), `name: target`, and virtual(5), `address target`."""

import logging
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

MAX_FILE = 4 * 1024 * 1024
MAX_NAMES = 1000  # of one account
MAX_DEPTH = 16  # aliases of aliases

_ENTRY = re.compile(r'("[^"]+"|[^\s:"]+)(?:[ \t]*:[ \t]*|[ \t]+)(.*)')
_NAME = re.compile(r'[^\s"<>,;:\\/|\x00-\x1f\x7f]{1,320}')
_TARGET = re.compile(r'[ \t]*("[^"]*"|[^\s,"]*)[ \t]*(?:,|$)')

Status = tuple[int, int, int]


@dataclass(frozen=True)
class Aliases:
    """What lines say, in lower case: an alias, as `sales`, `sales@example.org` or `@example.org`, and its targets."""

    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the same the other way round

    def target(self, name: str) -> str | None:
        """Whom an alias leads to; None for one of several people, which is a list and nobody's address."""
        targets = self.targets.get(name, ())
        return targets[0] if len(targets) == 1 else None

    def leading_to(self, targets: Iterable[str]) -> list[str]:
        """The aliases of these and of no one else, also by way of others."""
        found: dict[str, None] = {}
        front = list(targets)
        for _ in range(MAX_DEPTH):
            front = [name for each in front for name in self.names.get(each, ()) if self.target(name) == each]
            front = [name for name in dict.fromkeys(front) if name not in found][: MAX_NAMES - len(found)]
            found.update(dict.fromkeys(front))
        return list(found)


class AliasFile:
    """One file; shared by all accounts, read again when it has changed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._aliases = Aliases()
        self._seen: Status | None = None
        self._reported = ""
        self._lock = threading.Lock()

    def current(self) -> Aliases:
        """What it says now. A file that cannot be read leaves what was known before."""
        with self._lock:
            try:
                status = Path(self._path).stat()
                seen = status.st_mtime_ns, status.st_size, status.st_ino
                if seen != self._seen:
                    self._aliases, self._seen = read(Path(self._path)), seen
                self._reported = ""
            except (OSError, ValueError) as error:
                self._report(str(error))
            return self._aliases

    def _report(self, text: str) -> None:
        if text != self._reported:
            log.warning("identities.alias_files: %s", text)
        self._reported = text


@cache
def alias_file(path: str) -> AliasFile:
    """The one of this process."""
    return AliasFile(path)


def read(path: Path) -> Aliases:
    """Raises OSError; ValueError for what is too large."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"{path} is larger than {MAX_FILE} octets")
    return parsed(data.decode("utf-8", "replace"))


def parsed(text: str) -> Aliases:
    """Lines that are neither notation, and targets that are no address or user, are passed over."""
    targets: dict[str, tuple[str, ...]] = {}
    names: dict[str, list[str]] = defaultdict(list)
    for line in _lines(text):
        found = _ENTRY.fullmatch(line)
        name = found and found[1].strip('"').lower()
        if not found or not name or not _NAME.fullmatch(name) or name in targets:
            continue
        targets[name] = tuple(dict.fromkeys(_targets(found[2])))
        for target in targets[name]:
            names[target].append(name)
    return Aliases(targets, {target: tuple(found) for target, found in names.items()})


def _lines(text: str) -> Iterator[str]:
    """Logical lines: one that begins with white space goes on with the one before; a comment ends none."""
    parts: list[str] = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] not in " \t" and parts:
            yield " ".join(parts)
            parts = []
        parts.append(line.strip())
    if parts:
        yield " ".join(parts)


def _targets(text: str) -> Iterable[str]:
    """Users and addresses; of a pipe, a file or an :include: nothing can be known."""
    place = 0
    while place < len(text):
        found = _TARGET.match(text, place)
        if not found:
            return
        place = found.end()
        target = found[1].strip('"').removeprefix("\\").lower()
        if _NAME.fullmatch(target):
            yield target

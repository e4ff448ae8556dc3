"""The users file: lines of name:hash, as htpasswd writes them; read again when it changes, written in one step."""

import fcntl
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from jmapd.auth import hashes
from jmapd.config import ConfigError, is_user_name

log = logging.getLogger(__name__)

NEW_MODE = 0o640


def parse(text: str, source: str) -> dict[str, str]:
    """The users of a file's text; a line that is none is left out and logged."""
    users: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, colon, rest = line.partition(":")
        stored = rest.split(":", 1)[0]
        if not colon or not is_user_name(name):
            log.warning("%s:%d: not a line of name:hash, left out", source, number)
        elif hashes.scheme(stored) is None:
            log.warning("%s:%d: hash of user %s is of no kind that is read here, left out", source, number, name)
        elif name in users:
            log.warning("%s:%d: user %s is there already, left out", source, number, name)
        else:
            users[name] = stored
    return users


class UsersFile:
    """The users as the file has them now. Raises ConfigError when it cannot be read at the start."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._stamp: tuple[int, ...] = ()
        self._users: Mapping[str, str] = {}
        self._decoy = hashes.NOBODY
        self._is_failing = False
        try:
            self._read(self._current_stamp())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"paths.users_file: {self.path}: {_reason(error)}") from None

    def users(self) -> Mapping[str, str]:
        """Name to hash. A file that can no longer be read leaves what was read last."""
        try:
            stamp = self._current_stamp()
            if stamp != self._stamp:
                self._read(stamp)
            self._is_failing = False
        except (OSError, UnicodeDecodeError) as error:
            if not self._is_failing:
                log.error("%s: %s; the users read before go on", self.path, _reason(error))
            self._is_failing = True
        return self._users

    def verify(self, name: str, password: str) -> str | None:
        """The user's hash when the password is right. An unknown user takes as long as a known one."""
        stored = self.users().get(name)
        is_right = hashes.matches(password, stored or self._decoy)
        return stored if is_right and stored else None

    def _current_stamp(self) -> tuple[int, ...]:
        now = os.stat(self.path)  # noqa: PTH116  (runs for each request; Path.stat costs twice as much)
        return (now.st_mtime_ns, now.st_ino, now.st_size)

    def _read(self, stamp: tuple[int, ...]) -> None:
        users = parse(self.path.read_text(encoding="utf-8"), str(self.path))
        kinds = Counter(hashes.scheme(stored) for stored in users.values())
        if kinds:
            usual = kinds.most_common(1)[0][0]
            self._decoy = next(stored for stored in users.values() if hashes.scheme(stored) == usual)
        self._users, self._stamp = users, stamp


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Replaces the file's lines by change(lines) in one step; owner, group and mode stay. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two of us at once must not lose a user
        try:
            old = path.stat()
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            old, lines = None, []
        _replace(path, "".join(f"{line}\n" for line in change(lines)), old)
        os.fsync(folder)
    finally:
        os.close(folder)


def _replace(path: Path, text: str, old: os.stat_result | None) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), old.st_mode & 0o777 if old else NEW_MODE)
            if old and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "is not UTF-8 text"

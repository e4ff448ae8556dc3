"""The script of a VacationResponse among a user's Sieve scripts, as Dovecot's Pigeonhole keeps them.

The active one is a symbolic link. While ours runs beside another, the link leads to a script that includes both.
"""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from jmapd.files import atomic
from jmapd.formats import sieve_vacation
from jmapd.stores.base import NotStorable, StoreUnavailable
from jmapd.stores.maildir_intake import open_file
from jmapd.stores.maildir_write import store_error

VACATION, WRAPPER, KEPT = "jmapd-vacation", "jmapd-active", "jmapd-kept"
OURS = (VACATION, WRAPPER)
A_FILE = ""  # in place of the link that was active before: it was no link but a script, now kept as KEPT
MOST_SCRIPTS, LARGEST = 50, 1024 * 1024


class SieveScripts:
    """One user's. `active`: the link; None where another setting of Dovecot runs our script."""

    def __init__(self, folder: Path, active: Path | None) -> None:
        self.folder, self.active = folder, active

    def check(self) -> None:
        """Raises NotStorable where our script cannot run beside the one that is active."""
        if self.active is None:
            return
        names, seen = self._included(), set[str]()
        while names and len(seen) < MOST_SCRIPTS:
            name = names.pop()
            if name in seen or name in OURS:
                continue
            seen.add(name)
            text = self._text(self.active if name == A_FILE else self._path(name))
            if (action := sieve_vacation.answers(text)) is not None:
                shown = self.active.name if name == A_FILE else f"{name}.sieve"
                raise NotStorable(["isEnabled"], f"isEnabled: the active Sieve script {shown} has the action {action}")
            names += [each for each in sieve_vacation.included(text) if each]

    def read(self) -> str | None:
        """Our script as it is; None when there is none."""
        path = self._path(VACATION)
        return self._text(path) if os.path.exists(path) else None  # noqa: PTH110 (a home that is closed to us is no error)

    def write(self, script: str) -> None:
        """Our script, and the link so that it runs. Raises StoreError."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._write(VACATION, script)
            names = [name for name in self._included() if name not in OURS]
            if self.active is not None and names and not self._is_ours():
                name, before = names[0], A_FILE
                if name == A_FILE:
                    name = self._keep()
                else:
                    before = str(self.active.readlink())
                self._write(WRAPPER, sieve_vacation.wrapper((VACATION, name), before))
                self._activate(WRAPPER)
            elif self.active is not None and not names:
                self._activate(VACATION)
        except OSError as error:
            raise _error(error) from error

    def remove(self) -> None:
        """What was active before is so again; a link that others have made since stays. Raises StoreError."""
        try:
            if self.active is not None and self._is_ours():
                self._restore(self.active)
            for name in OURS:
                self._path(name).unlink(missing_ok=True)
                self._forget_binary(self._path(name))
        except OSError as error:
            raise _error(error) from error

    # --- the link

    def _included(self) -> list[str]:
        """What runs now: the script's name, A_FILE, or what our own one includes. Raises NotStorable."""
        if self.active is None or not os.path.lexists(self.active):
            return []
        if not self.active.is_symlink():
            return [A_FILE]
        name = self._linked(self.active)
        if name == WRAPPER:
            return sieve_vacation.included(self._text(self._path(WRAPPER)))
        return [name] if os.path.exists(self._path(name)) else []  # noqa: PTH110 (as in read)

    def _linked(self, active: Path) -> str:
        """The name of the script that the link leads to. Raises NotStorable for one that cannot be included."""
        target = active.parent / active.readlink()
        if target.suffix != ".sieve" or target.parent.resolve() != self.folder.resolve():
            raise NotStorable(["isEnabled"], f"isEnabled: the active Sieve script is not in the folder {self.folder}")
        return target.stem

    def _is_ours(self) -> bool:
        with contextlib.suppress(NotStorable):
            return self.active is not None and self.active.is_symlink() and self._linked(self.active) in OURS
        return False

    def _activate(self, name: str) -> None:
        assert self.active is not None
        self._link(self.active, os.path.relpath(self._path(name), self.active.parent))

    def _link(self, active: Path, target: str) -> None:
        """In one step: there is no moment without a script."""
        temporary = active.parent / f".{secrets.token_hex(6)}.tmp"
        temporary.symlink_to(target)
        try:
            temporary.rename(active)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._forget_binary(active)
        atomic.sync_folder(active.parent)

    def _restore(self, active: Path) -> None:
        is_wrapper = self._linked(active) == WRAPPER
        wrapped = self._text(self._path(WRAPPER)) if is_wrapper else ""
        before = sieve_vacation.active_before(wrapped) if is_wrapper else None
        if before == A_FILE:
            kept = [name for name in sieve_vacation.included(wrapped) if name not in OURS]
            self._path(kept[0]).rename(active)
        elif before is not None and (active.parent / before).exists():
            self._link(active, before)
        else:
            active.unlink(missing_ok=True)
        self._forget_binary(active)
        atomic.sync_folder(active.parent)

    def _keep(self) -> str:
        """A script that is no link gets a name among the others, too; answers it."""
        assert self.active is not None
        for number in range(1, MOST_SCRIPTS):
            name = KEPT if number == 1 else f"{KEPT}-{number}"
            with contextlib.suppress(FileExistsError):
                os.link(self.active, self._path(name), follow_symlinks=False)
                return name
            if self._path(name).samefile(self.active):
                return name
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path(KEPT)))

    # --- files

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sieve"

    def _text(self, path: Path) -> str:
        """ "" for a script that cannot be read: Dovecot does not run it either."""
        try:
            with open_file(str(path)) as file:
                return file.read(LARGEST).decode("utf-8", "replace")
        except (OSError, ValueError):  # a name with NUL
            return ""

    def _write(self, name: str, text: str) -> None:
        mode = 0o600 | self.folder.stat().st_mode & 0o060  # the folder's group may be Dovecot
        atomic.write(self._path(name), text.encode(), mode)
        self._forget_binary(self._path(name))

    def _forget_binary(self, path: Path) -> None:
        """What Pigeonhole has compiled of it: times alone may not show that it is older."""
        path.with_suffix(".svbin").unlink(missing_ok=True)


def _error(error: OSError) -> Exception:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return StoreUnavailable(f"{error.filename}: {error.strerror}")
    return store_error(error)

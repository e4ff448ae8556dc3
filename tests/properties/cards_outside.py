"""What other programs do to folders of .vcf files, by plain file operations; files and folders are chosen by number."""

import itertools
import shutil
import time
from pathlib import Path

SEEN_AT_ONCE, PAUSE = 16, 0.15  # in place: of more files a change is seen after a pause (docs/STORAGE.md)
UIDS = 12  # so few that the same come again
NAMES = ("Ann", "Ben", "Ann Åse", "Cy", "Zoë")
Lines = list[str]


def _card(uid: int, version: str, more: Lines) -> str:
    name = NAMES[uid % len(NAMES)]
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:u{uid}", f"FN:{name}", f"N:S{uid % 3};{name};;;", *more]
    return "".join(line + "\r\n" for line in [*lines, "END:VCARD"])


def new_file(number: int) -> str:
    """The text of a file: always the same for the same number."""
    uid, note = number % UIDS, f"NOTE:note {number}"
    email = f"EMAIL:{'ab'[number % 2]}@example.org"
    kinds = (
        _card(uid, "4.0", [email, note]),
        _card(uid, "3.0", [f"item1.{email}", "item1.X-ABLabel:Own", note, "REV:2024-01-01T00:00:00Z"]),
        _card(uid, "2.1", ["NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=A4=0D=0Anote", "TEL;HOME:1"]),
        _card(uid, "4.0", [email]).replace(f"UID:u{uid}\r\n", ""),  # none: its place is its name
        _card(uid, "4.0", [note]) + "\r\n" + _card(uid + 1, "3.0", [email]),
        _card(uid, "4.0", ["this is no line", email]),
        _card(uid, "4.0", ["KIND:group", "MEMBER:u1", "MEMBER:u2"]),
        _card(uid, "4.0", ["X-ODD;p=1:a\\\\b", "PHOTO:data:image/png;base64,iVBORw0KGgo=", note]).replace("\r\n", "\n"),
    )
    return kinds[number % len(kinds)]


class Outside:
    """Another program at work in `root`; always at least one book is left."""

    def __init__(self, root: Path) -> None:
        self.root, self._count = root, itertools.count(1)

    def books(self) -> list[str]:
        """The names of the folders."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir() and not path.name.startswith("."))

    def book(self, number: int) -> Path:
        """One of the folders."""
        every = self.books() or [self.make_book("friends")]
        return self.root / every[number % len(every)]

    def files(self) -> list[Path]:
        """All of them, in an order that does not depend on names that are made by chance."""
        found = [path for name in self.books() for path in (self.root / name).glob("*.vcf")]
        return sorted(found, key=lambda path: (path.read_bytes(), str(path)))

    def file(self, number: int) -> Path | None:
        """One of them."""
        every = self.files()
        return every[number % len(every)] if every else None

    def contents(self) -> dict[Path, bytes]:
        """What is in all of them."""
        return {path: path.read_bytes() for path in self.files()}

    def write(self, path: Path, text: bytes, in_place: bool = False) -> None:
        """As vdirsyncer does, or as an editor that keeps the file."""
        if in_place:
            path.write_bytes(text)
            if len(self.files()) > SEEN_AT_ONCE:
                time.sleep(PAUSE)
        else:
            draft = path.with_name(f".{path.name}.tmp")
            draft.write_bytes(text)
            draft.replace(path)

    def name(self, folder: Path) -> Path:
        """One that no file had yet."""
        return folder / f"o{next(self._count)}.vcf"

    def move(self, path: Path, folder: Path) -> None:
        """To another book, under another name."""
        path.rename(self.name(folder))

    def copy(self, path: Path, folder: Path) -> None:
        """The same octets again, maybe in the same book."""
        self.write(self.name(folder), path.read_bytes())

    def make_book(self, name: str) -> str:
        """With nothing in it."""
        (self.root / name).mkdir(exist_ok=True)
        return name

    def rename_book(self, old: str, new: str) -> None:
        """Unless there is one of that name."""
        if not (self.root / new).exists():
            (self.root / old).rename(self.root / new)

    def remove_book(self, name: str) -> None:
        """With its cards; never the last one."""
        if len(self.books()) > 1:
            shutil.rmtree(self.root / name)

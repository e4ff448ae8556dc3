"""What other programs do to a Maildir, by plain file operations; messages and folders are chosen by number."""

import itertools
import os
import shutil
from pathlib import Path

RECEIVED = 1_700_000_000
LETTERS = "DFPRSab"
PARTS = ("cur", "new", "tmp")


class Outside:
    """Another program at work in `root`."""

    def __init__(self, root: Path) -> None:
        self.root, self._count = root, itertools.count(1)

    def folders(self) -> list[str]:
        """Paths under the root, "" for INBOX."""
        return ["", *sorted(path.name for path in self.root.iterdir() if path.name.startswith("."))]

    def folder(self, number: int) -> Path:
        """One of the folders."""
        every = self.folders()
        return self.root / every[number % len(every)]

    def files(self) -> list[Path]:
        """All messages, in an order that does not depend on names that are made by chance."""
        found = [path for name in self.folders() for part in PARTS[:2] for path in (self.root / name / part).iterdir()]
        return sorted(found, key=lambda path: (subject(path), str(path.parent), path.name))

    def file(self, number: int) -> Path | None:
        """One of the messages that are not marked as trashed."""
        every = [path for path in self.files() if "T" not in path.name.partition(":2,")[2]]
        return every[number % len(every)] if every else None

    def base(self) -> str:
        """A name no file had yet."""
        number = next(self._count)
        return f"{RECEIVED}.M{number}P2.example"

    def deliver(self, number: int, folder: Path, letters: str | None) -> None:
        """Message `number`, always with the same octets and date; letters None: into new/."""
        talk = number % 4
        lines = [f"Subject: talk {talk}", f"From: {'ab'[number % 2]}@example.org", f"References: <{talk}@example.org>"]
        lines += [f"Message-ID: <m{number}@example.org>", f"X-Number: {number}", "", f"Text {number}.", ""]
        self.write("\n".join(lines), RECEIVED + number // 2, folder, letters)

    def write(self, text: str, received: int, folder: Path, letters: str | None) -> None:
        """As an LDA does: through tmp/."""
        base = self.base()
        draft = folder / "tmp" / base
        draft.write_text(text)
        os.utime(draft, (received, received))
        draft.rename(folder / "new" / base if letters is None else folder / "cur" / f"{base}:2,{letters}")

    def flag(self, path: Path, letters: str) -> None:
        """Other flags; what was in new/ is in cur/ then."""
        base = path.name.partition(":2,")[0]
        path.rename(path.parents[1] / "cur" / f"{base}:2,{letters}")

    def move(self, path: Path, folder: Path, keeps_letters: bool) -> None:
        """Into another folder under another name."""
        letters = path.name.partition(":2,")[2]
        kept = "".join(each for each in letters if keeps_letters or not each.islower())
        path.rename(folder / "cur" / f"{self.base()}:2,{kept}")

    def copy(self, path: Path, folder: Path, letters: str) -> None:
        """A hard link under another name, unless the message is there already."""
        content = path.read_bytes()
        if all(each.read_bytes() != content for part in PARTS[:2] for each in (folder / part).iterdir()):
            (folder / "cur" / f"{self.base()}:2,{letters}").hardlink_to(path)

    def keyword(self, folder: Path, word: str) -> None:
        """One more line of dovecot-keywords."""
        path = folder / "dovecot-keywords"
        lines = path.read_text().splitlines() if path.exists() else []
        if all(line.partition(" ")[2] != word for line in lines):
            draft = folder / "dovecot-keywords.tmp"
            draft.write_text("".join(f"{line}\n" for line in [*lines, f"{len(lines)} {word}"]))
            draft.rename(path)

    def make_folder(self, name: str) -> None:
        """A Maildir++ folder."""
        for part in PARTS:
            (self.root / name / part).mkdir(parents=True, exist_ok=True)

    def rename_folder(self, old: str, new: str) -> None:
        """With all that is below it, as Dovecot does."""
        for name in self.folders():
            if (
                name
                and (name == old or name.startswith(old + "."))
                and not (self.root / (new + name[len(old) :])).exists()
            ):
                (self.root / name).rename(self.root / (new + name[len(old) :]))

    def remove_folder(self, name: str) -> None:
        """With its messages."""
        shutil.rmtree(self.root / name)


def subject(path: Path) -> str:
    """What tells a message from the others: its number, or the subject of one that came through JMAP."""
    lines = path.read_text(errors="replace").replace("\r", "").partition("\n\n")[0].split("\n")
    return "".join(line for line in lines if line.startswith(("X-Number:", "Subject:")))

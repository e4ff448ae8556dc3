"""A server over each layout of folders, and its Mailboxes by their shown paths."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MailHost

LAYOUTS = ("maildir++", "fs", "legacy")


class Trees(MailHost):
    """alice's mail; INBOX is the root, or `INBOX` below it where `is_root_inbox` is false."""

    def __init__(self, folder: Path, layout: str, is_root_inbox: bool = True, **sections: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, **sections | {"mail": {"layout": layout} | sections.get("mail", {})})
        self.layout, self.inbox = layout, self.root
        if not is_root_inbox:
            self.inbox = self.root / "INBOX"
            self.inbox.mkdir()
            for name in ("cur", "new", "tmp"):
                (self.root / name).rename(self.inbox / name)

    def change(self, **arguments: Any) -> Any:
        """Mailbox/set."""
        return self.call("Mailbox/set", arguments)

    def make(self, *paths: str, **more: Any) -> list[str]:
        """Mailboxes by their shown paths, in one call; their ids."""
        known = {path: box["id"] for path, box in self.boxes().items()}
        create = {}
        for path in paths:
            above, _, name = path.rpartition("/")
            parent = known.get(above) if above else None
            create[path] = {"name": name, "parentId": parent or (f"#{above}" if above else None)} | more
        answer = self.change(create=create)
        assert answer["notCreated"] is None, answer
        return [answer["created"][path]["id"] for path in paths]

    def refused(self, create: dict[str, Any]) -> Any:
        """The SetError of one Mailbox that cannot be made; nothing is left of it on disk."""
        before = self.disk()
        answer = self.change(create={"x": create})
        assert answer["created"] is None and self.disk() == before
        return answer["notCreated"]["x"]

    def not_updated(self, id: str, patch: dict[str, Any]) -> Any:
        """The SetError of an update; the disk is as it was."""
        before = self.disk()
        answer = self.change(update={id: patch})
        assert answer["updated"] is None and self.disk() == before
        return answer["notUpdated"][id]

    def not_destroyed(self, id: str, **more: Any) -> Any:
        """The SetError of a destroy; the disk is as it was."""
        before = self.disk()
        answer = self.change(destroy=[id], **more)
        assert answer["destroyed"] is None and self.disk() == before
        return answer["notDestroyed"][id]

    def boxes(self) -> dict[str, Any]:
        """{shown path: Mailbox}"""
        found = {box["id"]: box for box in self.call("Mailbox/get", {"ids": None})["list"]}

        def path(box: Any) -> str:
            return (path(found[box["parentId"]]) + "/" if box["parentId"] else "") + str(box["name"])

        return {path(box): box for box in found.values()}

    def ids_by_path(self) -> dict[str, str]:
        return {path: box["id"] for path, box in self.boxes().items()}

    def disk(self) -> dict[str, int]:
        """{path below the root: inode} of all directories and files, but Dovecot's."""
        return {str(path.relative_to(self.root)): path.stat().st_ino for path in self.root.rglob("*")}

    def folders(self) -> set[str]:
        """Paths of all Maildir folders but INBOX."""
        found = {str(path.parent.relative_to(self.root)) for path in self.root.rglob("cur") if path.is_dir()}
        return found - {".", "INBOX"}

    def put(self, subject: str, path: Path, flags: str = "S", name: str | None = None) -> Path:
        """A message in a folder that is there."""
        text = f"From: a@example.org\nMessage-ID: <{subject}@example.org>\nSubject: {subject}\n\n{subject}\n"
        file = path / "cur" / (name or f"1700000000.{subject.replace('/', '-')}.host:2,{flags}")
        file.write_text(text)
        os.utime(file, (1_700_000_000, 1_700_000_000))
        return file

    def subjects(self) -> dict[str, set[str]]:
        """{subject: shown paths of its Mailboxes}"""
        paths = {box["id"]: path for path, box in self.boxes().items()}
        ids = self.call("Email/query")["ids"]
        found = self.call("Email/get", {"ids": ids, "properties": ["subject", "mailboxIds"]})["list"]
        return {email["subject"]: {paths[id] for id in email["mailboxIds"]} for email in found}

    def lose_state(self, keep: bool = False) -> None:
        """As if all of ours but the readable copy (or that, too) were gone."""
        state = self.root.parents[1] / "state" / "alice"
        for path in state.rglob("*"):
            if path.is_file() and not (keep and path.name == "objects.json"):
                path.unlink()
        self.start()

    def is_settled(self) -> bool:
        """Whether looking at the files again finds nothing that the answers so far did not tell."""
        states = [self.call(f"{type}/get", {"ids": []})["state"] for type in ("Mailbox", "Email", "Thread")]
        for path in [self.root, *self.root.rglob("*")]:
            if path.is_dir():
                os.utime(path)
        self.start()
        return states == [self.call(f"{type}/get", {"ids": []})["state"] for type in ("Mailbox", "Email", "Thread")]


layouts = pytest.mark.parametrize("layout", LAYOUTS)

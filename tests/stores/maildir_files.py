"""A Maildir that other programs change too, and the account over it; what the tests here share."""

import itertools
import os
from pathlib import Path
from typing import Any

from jmapd.stores import rebuild
from jmapd.stores.maildir import MaildirAccount

RECEIVED = 1_700_000_000


class Mail:
    """alice's mail: what other programs do to the files, and what the account shows."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.root, self.state_dir = folder / "mail", folder / "state"
        self.options = {key.replace("_", ".", 1): value for key, value in options.items()}
        self._count = itertools.count(1)
        self.root.mkdir(exist_ok=True)
        self.account = self.open()

    def open(self) -> MaildirAccount:
        """Another process's view of the same files."""
        return MaildirAccount("alice", "alice", "alice", self.root, self.state_dir, self.options)

    def folder(self, path: str = "") -> Path:
        """A Maildir folder, made when it is not there."""
        for part in ("cur", "new", "tmp"):
            (self.root / path / part).mkdir(parents=True, exist_ok=True)
        return self.root / path

    def deliver(
        self, subject: str, path: str = "", flags: str | None = "", separator: str = ":", **headers: str
    ) -> Path:
        """A message with that subject; flags None: into new/."""
        number = next(self._count)
        lines = {"Message-ID": f"<{number}@example.org>"} | headers | {"Subject": subject}
        text = "".join(f"{name}: {value}\n" for name, value in lines.items()) + f"\nThis is {subject}.\n"
        base = f"{RECEIVED + number}.M{number}P1.example"
        name = base if flags is None else f"{base}{separator}2,{flags}"
        target = self.folder(path) / ("new" if flags is None else "cur") / name
        target.write_text(text)
        os.utime(target, (RECEIVED + number, RECEIVED + number))
        return target

    def age(self) -> None:
        """As if nothing had changed for long: no directory is so fresh that it is looked at once more."""
        for path in [self.root, *self.root.rglob("*")]:
            if path.is_dir():
                os.utime(path, (RECEIVED, RECEIVED))

    def mailboxes(self, account: MaildirAccount | None = None) -> dict[str, dict[str, Any]]:
        """{shown path: Mailbox}"""
        account = account or self.account
        with account.session():
            found = {box["id"]: box for box in account.store("Mailbox").scan()}

        def path(box: dict[str, Any]) -> str:
            return (path(found[box["parentId"]]) + "/" if box["parentId"] else "") + str(box["name"])

        return {path(box): box for box in found.values()}

    def emails(self, account: MaildirAccount | None = None) -> dict[str, dict[str, Any]]:
        """{subject: Email}"""
        account = account or self.account
        with account.session():
            return {email["subject"]: email for email in account.store("Email").scan()}

    def keywords(self, subject: str) -> set[str]:
        return set(self.emails()[subject]["keywords"])

    def boxes(self, subject: str) -> set[str]:
        """The shown paths of the Mailboxes an Email is in."""
        names = {box["id"]: path for path, box in self.mailboxes().items()}
        return {names[id] for id in self.emails()[subject]["mailboxIds"]}

    def update(self, subject: str, **changed: Any) -> None:
        """As Email/set update: keywords or mailboxIds as sets."""
        record = self.emails()[subject]
        new = record | {key: dict.fromkeys(value, True) for key, value in changed.items()}
        with self.account.session(), self.account.lock(), self.account.store("Email").transaction() as transaction:
            transaction.update(record["id"], new, set(changed))

    def destroy(self, subject: str) -> None:
        record = self.emails()[subject]
        with self.account.session(), self.account.lock(), self.account.store("Email").transaction() as transaction:
            transaction.destroy(record["id"])

    def names(self, path: str = "") -> list[str]:
        """All files in cur/ and new/."""
        return sorted(f"{part}/{file.name}" for part in ("cur", "new") for file in (self.root / path / part).iterdir())

    def verify(self) -> list[str]:
        """What a process of its own finds wrong."""
        return rebuild.verify(self.open(), is_thorough=True)

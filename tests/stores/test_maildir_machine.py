"""Any series of our writes and of other programs' edits against a model of what they mean."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jmapd.stores import rebuild
from jmapd.stores.maildir_names import SYSTEM
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8620", "5.2")
PATHS = {"Inbox": "", "Work": ".Work", "Work/Deep": ".Work.Deep", "Sent": ".Sent"}
FLAGS = {keyword: flag for flag, keyword in SYSTEM.items()}
folders = st.sampled_from(sorted(PATHS))
some_folders = st.lists(folders, min_size=1, max_size=3, unique=True)
flags = st.sets(st.sampled_from(sorted(SYSTEM)), max_size=3)
words = st.sets(st.sampled_from(["$seen", "$flagged", "$draft", "project-x", "$label1"]), max_size=4)
numbers = st.integers(0, 50)


class Machine(RuleBasedStateMachine):
    """`model`: {subject: {folder: keywords}}."""

    @initialize()
    def start(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.mail = Mail(self.place)
        for path in PATHS.values():
            self.mail.folder(path)
        self.model: dict[str, dict[str, set[str]]] = {}
        self.count = 0
        self.seen: tuple[str, set[str]] = ("", set())

    def teardown(self) -> None:
        if hasattr(self, "mail"):
            assert self.mail.verify() == []
            shutil.rmtree(self.place)

    def subject(self, number: int) -> str:
        return sorted(self.model)[number % len(self.model)]

    def file(self, subject: str, folder: str) -> Path:
        """The file of a message in a folder, found as another program would."""
        root = self.mail.root / PATHS[folder]
        files = [path for part in ("cur", "new") for path in (root / part).iterdir()]
        return next(path for path in files if f"Subject: {subject}\n" in path.read_text() and "T" not in path.name[-9:])

    has_mail = precondition(lambda self: bool(self.model))

    @rule(folder=folders, given=st.none() | flags)
    def deliver(self, folder: str, given: set[str] | None) -> None:
        self.count += 1
        text = None if given is None else "".join(sorted(given))
        reference = {"References": "<1@example.org>"} if self.count % 2 else {}
        self.mail.deliver(f"s{self.count}", PATHS[folder], flags=text, **reference)
        self.model[f"s{self.count}"] = {folder: {SYSTEM[flag] for flag in given or ()}}

    @has_mail
    @rule(number=numbers, given=flags)
    def flag_outside(self, number: int, given: set[str]) -> None:
        subject = self.subject(number)
        folder = sorted(self.model[subject])[0]
        path = self.file(subject, folder)
        base, _, info = path.name.partition(":2,")
        letters = {flag for flag in info if flag.islower()}
        kept = {word for word in self.model[subject][folder] if word not in FLAGS}
        path.rename(path.parents[1] / "cur" / f"{base}:2,{''.join(sorted(given | letters))}")
        self.model[subject][folder] = kept | {SYSTEM[flag] for flag in given}

    @has_mail
    @rule(number=numbers, folder=folders)
    def move_outside(self, number: int, folder: str) -> None:
        subject = self.subject(number)
        origin = sorted(self.model[subject])[0]
        if folder in self.model[subject]:
            return
        path = self.file(subject, origin)
        base, _, info = path.name.partition(":2,")
        kept = {word for word in self.model[subject].pop(origin) if word in FLAGS}
        upper = "".join(flag for flag in info if not flag.islower())
        path.rename(self.mail.root / PATHS[folder] / "cur" / f"{base}x:2,{upper}")
        self.model[subject][folder] = kept

    @has_mail
    @rule(number=numbers, is_marked=st.booleans())
    def delete_outside(self, number: int, is_marked: bool) -> None:
        subject = self.subject(number)
        folder = sorted(self.model[subject])[0]
        path = self.file(subject, folder)
        if is_marked:
            base, _, info = path.name.partition(":2,")
            path.rename(path.parents[1] / "cur" / f"{base}:2,{''.join(sorted({*info, 'T'}))}")
        else:
            path.unlink()
        del self.model[subject][folder]
        if not self.model[subject]:
            del self.model[subject]

    @has_mail
    @rule(number=numbers, keywords=words, boxes=some_folders)
    def update(self, number: int, keywords: set[str], boxes: list[str]) -> None:
        subject = self.subject(number)
        ids = {path: box["id"] for path, box in self.mail.mailboxes().items()}
        self.mail.update(subject, keywords=keywords, mailboxIds=[ids[box] for box in boxes])
        self.model[subject] = {box: set(keywords) for box in boxes}

    @has_mail
    @rule(number=numbers)
    def destroy(self, number: int) -> None:
        subject = self.subject(number)
        self.mail.destroy(subject)
        del self.model[subject]

    @rule(is_compacted=st.booleans())
    def sidecar(self, is_compacted: bool) -> None:
        rebuild.bring_up(self.mail.open(), want_compact=is_compacted)

    @rule()
    def rebuild_all(self) -> None:
        before = self.mail.mailboxes()
        rebuild.renew(self.mail.open())
        rebuild.bring_up(self.mail.open())
        after = self.mail.mailboxes()
        assert {path: box["id"] for path, box in after.items()} == {path: box["id"] for path, box in before.items()}

    @invariant()
    def shows_what_the_files_say(self) -> None:
        if not hasattr(self, "mail"):
            return
        paths = {box["id"]: path for path, box in self.mail.mailboxes().items()}
        found = {
            subject: ({paths[id] for id in email["mailboxIds"]}, set(email["keywords"]))
            for subject, email in self.mail.emails().items()
        }
        assert found == {
            subject: (set(places), set().union(*places.values())) for subject, places in self.model.items()
        }

    @invariant()
    def changes_lead_from_the_old_list_to_the_new(self) -> None:
        if not hasattr(self, "mail"):
            return
        with self.mail.account.session():
            store: Any = self.mail.account.store("Email")
            ids, state = set(store.ids()), store.state()
            delta = store.changes(self.seen[0]) if self.seen[0] else None
        if delta is not None:
            assert (self.seen[1] | set(delta.created)) - set(delta.destroyed) == ids
        self.seen = (state, ids)


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)

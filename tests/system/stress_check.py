"""After the stress test: IMAP, JMAP, the disk, an index made anew and the laptop tell the same."""

import random
import re
from email.parser import BytesParser
from pathlib import Path

from .jmap import Jmap
from .peers import Dovecot, fetched, listed
from .stress_follow import Follower
from .stress_ledger import Ledger
from .web import Gunicorn

View = dict[str, dict[str, frozenset[str]]]  # {folder as Dovecot has it: {subject: keywords}}
LETTERS = {"S": "$seen", "F": "$flagged", "R": "$answered", "D": "$draft"}


def by_imap(dovecot: Dovecot) -> View:
    """A new session's."""
    with dovecot.imap() as imap:
        names = listed(imap)
    return {
        name: {subject: frozenset(each["keywords"]) for subject, each in fetched(dovecot, name).items()}
        for name in names
    }


def by_disk(root: Path) -> View:
    """What the file names say, by rules of our own."""
    view: View = {}
    for folder in [root, *root.glob(".*")]:
        if not (folder / "cur").is_dir():
            continue
        path = folder / "dovecot-keywords"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        words = {chr(97 + int(number)): word.lower() for number, word in lines} | LETTERS
        found = view.setdefault(folder.name[1:] if folder != root else "INBOX", {})
        assert not list((folder / "tmp").iterdir()), list((folder / "tmp").iterdir())
        for file in [*(folder / "cur").iterdir(), *(folder / "new").iterdir()]:
            subject = BytesParser().parsebytes(file.read_bytes())["Subject"]
            assert subject not in found, f"{subject} is twice in {folder}"
            found[subject] = frozenset(words[letter] for letter in file.name.partition(":2,")[2])
    return view


def by_jmap(follower: Follower) -> View:
    """A client's."""
    names = {id: path for path, id in follower.paths().items()}
    view: View = {path: {} for path in names.values()}
    for email in follower.emails.values():
        for id in email["mailboxIds"]:
            assert email["subject"] not in view[names[id]], f"{email['subject']} is two Emails"
            view[names[id]][email["subject"]] = frozenset(email["keywords"])
    return view


def joined(view: View) -> tuple[dict[str, set[str]], dict[str, frozenset[str]]]:
    """{folder: subjects} and {subject: keywords}: those of an Email are those of all its files."""
    words: dict[str, frozenset[str]] = {}
    for found in view.values():
        for subject, flags in found.items():
            words[subject] = words.get(subject, frozenset()) | flags
    return {path: set(found) for path, found in view.items()}, words


class Final:
    """The comparisons; each that fails is a fault of the ledger."""

    def __init__(self, ledger: Ledger, server: Gunicorn, dovecot: Dovecot) -> None:
        self.ledger, self.server, self.dovecot = ledger, server, dovecot
        self.imap = by_imap(dovecot)

    def same(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.ledger.fault(f"{what}: {difference(found, wanted)}{self.histories(found, wanted)}")

    def histories(self, found: object, wanted: object) -> str:
        tokens = set(re.findall(r"\w+x\d{5}x", difference(found, wanted)))
        return "".join(f"\n    {token}: {self.ledger.letters[token].history}" for token in sorted(tokens)[:5])

    def fresh(self) -> Follower:
        return Follower(Jmap(self.server), random.Random(0))

    def run(self, followers: list[Follower]) -> None:
        wanted: dict[str, set[str]] = {box.path: set() for box in self.ledger.open_boxes()}
        for letter in self.ledger.letters.values():
            if not letter.is_gone:
                for box in letter.places:
                    wanted[box.path].add(letter.token)
        self.same("IMAP and what was done", joined(self.imap)[0], wanted)
        self.same("the disk and IMAP", by_disk(self.server.maildir), self.imap)
        fresh = self.fresh()
        self.same("JMAP and IMAP", joined(by_jmap(fresh)), joined(self.imap))
        self.same("Emails", len(fresh.emails), len(joined(self.imap)[1]))
        for follower in followers:
            follower.refresh()
            self.same("a client that followed /changes and a new one: Emails", follower.emails, fresh.emails)
            self.same("a client that followed /changes and a new one: Mailboxes", follower.boxes, fresh.boxes)
        self.flags(joined(by_jmap(fresh))[1])
        self.subscriptions(fresh)
        self.anew(fresh)

    def flags(self, words: dict[str, frozenset[str]]) -> None:
        """What was set or cleared last, where that is known."""
        for letter in self.ledger.letters.values():
            for word, value in letter.flags.items():
                if not letter.is_gone and value is not None and (word in words.get(letter.token, ())) != value:
                    self.ledger.fault(f"{letter.token}: {word} should be {value}: {letter.history}")

    def subscriptions(self, fresh: Follower) -> None:
        with self.dovecot.imap() as imap:
            wanted = listed(imap, is_subscribed=True) & self.imap.keys() - {"INBOX"}
        paths = fresh.paths()
        found = {path for path, id in paths.items() if fresh.boxes[id]["isSubscribed"]} - {"INBOX"}
        self.same("subscriptions by JMAP and by IMAP", found, wanted)

    def anew(self, before: Follower) -> None:
        """Index and files agree; an index made anew says the same, with the same ids."""
        for argument in ("--verify", "--rebuild", "--verify"):
            done = self.server.reindex(argument)
            self.same(f"jmapd-reindex {argument}", (done.returncode, done.stderr), (0, ""))
        after = self.fresh()
        drop = {"threadId"}  # a rebuild threads in order of receivedAt
        self.same("an index made anew: Emails", without(after.emails, drop), without(before.emails, drop))
        self.same("an index made anew: Mailboxes", after.boxes, before.boxes)

    def laptop(self, laptop: Gunicorn, follower: Follower) -> None:
        """The fixed folders, with the flags that mbsync carries."""
        fixed = {box.path for box in self.ledger.boxes if box.is_fixed and not box.leaf.startswith("Top")}
        carried = frozenset(LETTERS.values())

        def plain(view: View) -> View:
            return {name: {subject: words & carried for subject, words in view[name].items()} for name in fixed}

        self.same("mbsync's Maildir and IMAP", plain(by_disk(laptop.maildir)), plain(self.imap))
        fresh = Follower(Jmap(laptop), random.Random(0))
        self.same("JMAP of mbsync's Maildir and its files", by_jmap(fresh), by_disk(laptop.maildir))
        follower.refresh()
        self.same("a client of the laptop and a new one", follower.emails, fresh.emails)


def without(records: dict[str, dict[str, object]], names: set[str]) -> dict[str, dict[str, object]]:
    return {id: {name: value for name, value in each.items() if name not in names} for id, each in records.items()}


def difference(found: object, wanted: object) -> str:
    """Only what differs."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted({*found, *wanted}, key=str)
        told = [
            f"{key}: {difference(found.get(key), wanted.get(key))}" for key in keys if found.get(key) != wanted.get(key)
        ]
        return "{" + ", ".join(told[:20]) + "}"
    if isinstance(found, tuple) and isinstance(wanted, tuple) and len(found) == len(wanted):
        return " and ".join(difference(*pair) for pair in zip(found, wanted, strict=True) if pair[0] != pair[1])
    if isinstance(found, set | frozenset) and isinstance(wanted, set | frozenset):
        return f"more {sorted(found - wanted)}, missing {sorted(wanted - found)}"
    return f"{found!r}, not {wanted!r}"

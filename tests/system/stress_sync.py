"""The laptop of the stress test, its mbsync, and who watches the uids."""

import imaplib
import random
import re
import time
from collections import defaultdict

from .jmap import Jmap
from .mbsync import Mbsync
from .peers import Dovecot, checked, message
from .stress_follow import Follower
from .stress_ledger import Box, Busy, Ledger, chance, one_of
from .web import Server


class Laptop:
    """A JMAP client of a second jmapd, whose Maildir mbsync keeps equal to the fixed folders."""

    def __init__(self, ledger: Ledger, server: Server) -> None:
        self.name, self.ledger, self.jmap = "laptop", ledger, Jmap(server)
        self.pick = random.Random(f"{ledger.seed} laptop")
        self.follower = Follower(self.jmap, self.pick)

    def close(self) -> None:
        """Nothing is open."""

    def step(self) -> None:
        """Some work, then quiet: mbsync waits until nobody changes a folder for a second, and starts again."""
        if time.monotonic() % 4 > 1.5:
            time.sleep(0.1)
            raise Busy
        self.follower.refresh()
        chance(self.pick, (1, self.create), (4, self.flag), (1, self.destroy))()

    def create(self) -> None:
        paths = self.follower.paths()
        box = one_of(self.pick, self.ledger.open_boxes(lambda box: box.is_fixed and box.path in paths))
        with self.ledger.making(box, self.name, is_laptops=True, is_ready=False) as letter:
            self.jmap.imported(message(letter.token), mailboxIds={paths[box.path]: True})
        self.ledger.done(self.name, "import", letter)

    def flag(self) -> None:
        seen = self.follower.by_subject()
        letter, value = one_of(self.pick, self.ledger.alive(lambda each: each.token in seen)), self.pick.random() < 0.6
        id = seen[letter.token]["id"]
        with self.ledger.flagging(letter, "$answered", value, letter.is_laptops):
            answer = self.jmap.call("Email/set", update={id: {"keywords/$answered": value or None}})
            refused = answer["notUpdated"] or {}
            if refused and (refused[id]["type"] != "notFound" or letter.is_laptops and not letter.is_gone):
                self.ledger.fault(f"laptop flags {letter.token}: {refused}: {letter.history}")
        self.ledger.done(self.name, "flag", letter)

    def destroy(self) -> None:
        seen = self.follower.by_subject()
        letter = one_of(self.pick, self.ledger.alive(lambda each: each.is_laptops and each.token in seen))
        with self.ledger.leased(letter):
            id = seen[letter.token]["id"]
            answer = self.jmap.call("Email/set", destroy=[id])
            assert answer["destroyed"] == [id], (answer, letter.history)
            self.ledger.placed(letter, ())
        self.ledger.done(self.name, "destroy", letter)


class Background:
    """mbsync, again and again."""

    def __init__(self, ledger: Ledger, mbsync: Mbsync) -> None:
        self.name, self.ledger, self.mbsync = "mbsync", ledger, mbsync

    def close(self) -> None:
        """Nothing is open."""

    def step(self) -> None:
        with self.ledger.sync.alone():
            status, said = self.mbsync.attempt()
        if status or said:
            self.ledger.fault(f"mbsync: {status} {said}")
        self.ledger.done(self.name, "run")
        time.sleep(0.5)


class Watcher:
    """Whether a uid ever stands for another message, and whether a message that stays gets another one."""

    def __init__(self, ledger: Ledger, dovecot: Dovecot) -> None:
        self.name, self.ledger, self.dovecot = "watcher", ledger, dovecot
        self.pick = random.Random(f"{ledger.seed} watcher")
        self.imap: imaplib.IMAP4 | None = None
        self.tokens: dict[Box, dict[int, str]] = defaultdict(dict)
        self.validity: dict[Box, bytes] = {}

    def close(self) -> None:
        if self.imap is not None:
            self.imap.shutdown()
        self.imap = None

    def step(self) -> None:
        box = one_of(self.pick, self.ledger.open_boxes())
        with box.named():
            self.look(box)
        self.ledger.done(self.name, "look")
        time.sleep(0.05)  # the others are to work

    def look(self, box: Box) -> None:
        if self.imap is None:
            self.imap = imaplib.IMAP4("127.0.0.1", self.dovecot.port, timeout=20)
            self.imap.login("alice", "secret")
        (count,) = checked(self.imap.select(f'"{box.path}"', readonly=True))
        validity = self.imap.response("UIDVALIDITY")[1][0] or b""
        if self.validity.setdefault(box, validity) != validity:
            self.ledger.fault(f"{box.path}: UIDVALIDITY {self.validity[box]!r} is {validity!r}")
        if count != b"0":
            data = checked(self.imap.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
            for each in data:
                if isinstance(each, tuple):
                    self.note(box, int(re.search(rb"UID (\d+)", each[0])[1]), each[1].split()[1].decode(), each[0])  # type: ignore[index]
        checked(self.imap.unselect())

    def note(self, box: Box, uid: int, token: str, seen: bytes) -> None:
        if self.tokens[box].setdefault(uid, token) != token:
            self.ledger.fault(f"{box.path}: uid {uid} was {self.tokens[box][uid]} and is {token}")
        uids = [other for other, found in self.tokens[box].items() if found == token]
        letter = self.ledger.letters.get(token)
        if letter is None or len(uids) > letter.arrivals[box]:
            what = f"came {letter.arrivals[box]} times: {letter.history}" if letter else "nobody made it"
            self.ledger.fault(f"{box.path}: {token} has uids {uids}, and {what}; {seen!r}")

    def look_at_all(self) -> None:
        for box in self.ledger.open_boxes():
            self.look(box)

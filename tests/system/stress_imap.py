"""IMAP and LMTP clients of the stress test."""

import contextlib
import imaplib
import random
import re
import time
from collections.abc import Iterator

from .peers import Dovecot, checked, message
from .stress_ledger import ENOUGH, Box, Busy, Ledger, Letter, chance, one_of

OWNED = (("\\Flagged", "$flagged"), ("Todo", "todo"))  # each party's flag and the keyword it is


class Postman:
    """Delivers by LMTP, into folders that stay: Dovecot's LMTP may look at one again with its next message only."""

    def __init__(self, name: str, ledger: Ledger, dovecot: Dovecot, fixed: list[Box]) -> None:
        self.name, self.ledger, self.dovecot, self.fixed = name, ledger, dovecot, fixed
        self.pick = random.Random(f"{ledger.seed} {name}")

    def step(self) -> None:
        if len(self.ledger.alive(lambda _: True)) > ENOUGH:
            time.sleep(0.05)
            raise Busy
        box, is_laptops = self.pick.choice(self.fixed), self.pick.random() < 0.3
        with box.named(), self.ledger.making(box, self.name, is_laptops=is_laptops) as letter:
            self.dovecot.lmtp(message(letter.token), "" if box.path == "INBOX" else box.path)
        self.ledger.done(self.name, "deliver", letter)

    def close(self) -> None:
        """Nothing is open."""


class ImapParty:
    """One session; the folder it has open stays open while others work."""

    def __init__(self, number: int, ledger: Ledger, dovecot: Dovecot) -> None:
        self.name, self.ledger, self.dovecot = f"imap{number}", ledger, dovecot
        self.pick = random.Random(f"{ledger.seed} {self.name}")
        self.flag, self.keyword = OWNED[number % len(OWNED)]
        self.imap: imaplib.IMAP4 | None = None
        self.selected: Box | None = None

    def close(self) -> None:
        if self.imap is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self.imap.logout()
        self.imap = self.selected = None

    def step(self) -> None:
        if self.imap is None:
            self.imap = imaplib.IMAP4("127.0.0.1", self.dovecot.port, timeout=20)
            self.imap.login("alice", "secret")
        many = len(self.ledger.alive(lambda _: True)) > ENOUGH / 2
        chance(
            self.pick, (2 if many else 4, self.append), (12, self.store), (5, self.move), (3, self.copy),
            (8 if many else 2, self.expunge),
            (0.7, self.create), (0.7, self.rename), (0.5, self.delete), (1, self.subscribe),
        )()  # fmt: skip

    @property
    def session(self) -> imaplib.IMAP4:
        assert self.imap is not None
        return self.imap

    # --- messages ---

    def append(self) -> None:
        box, flags = self.pick.choice(self.ledger.open_boxes()), self.pick.choice(["", f"({self.flag})"])
        with box.named(), self.ledger.making(box, self.name) as letter:
            letter.flags[self.keyword] = bool(flags)
            checked(self.session.append(box.path, flags, "", message(letter.token)))
        self.ledger.done(self.name, "append", letter)

    @contextlib.contextmanager
    def chosen(self, *targets: Box, stays: bool = False) -> Iterator[tuple[Letter, Box, str]]:
        """A message that is ours to move, its folder, which is open then, and its uid."""
        target = set(targets)
        letters = self.ledger.alive(lambda letter: not letter.is_laptops and not letter.places & target)
        letter = one_of(self.pick, letters)
        with self.ledger.leased(letter), contextlib.ExitStack() as stack:
            box = one_of(self.pick, sorted(letter.places, key=lambda box: box.path))
            for each in {box, *targets}:
                stack.enter_context(each.named())
            if box not in letter.places or letter.places & target:
                raise Busy
            if not stays:
                stack.enter_context(self.ledger.removing(letter))
            stack.callback(self.leave)
            uid = self.uid(letter, box) or self.uid_later(letter, box)
            if uid is None:
                self.ledger.fault(f"{self.name} does not see {letter.token} in {box.path}: {letter.history}")
                raise Busy
            yield letter, box, uid

    def leave(self) -> None:
        """Dovecot closes a session whose folder it renames itself; the fixed ones stay open while others work."""
        if self.selected is not None and not self.selected.is_fixed:
            self.selected = None
            checked(self.session.unselect())

    def uid(self, letter: Letter, box: Box) -> str | None:
        if self.selected is box:
            checked(self.session.noop())
        else:
            self.selected = None
            checked(self.session.select(f'"{box.path}"'))
            self.selected = box
        (found,) = checked(self.session.uid("SEARCH", "HEADER", "SUBJECT", letter.token))
        uids = bytes(found).split() if isinstance(found, bytes) else []
        if len(uids) > 1:
            self.ledger.fault(f"{self.name} sees {letter.token} {len(uids)} times in {box.path}: {letter.history}")
        return uids[0].decode() if uids else None

    def uid_later(self, letter: Letter, box: Box) -> str | None:
        """Another look: Dovecot reads a folder again that changed in the moment of its last look, a second after."""
        time.sleep(2.1)
        uid = self.uid(letter, box)
        if uid is not None:
            self.ledger.done(self.name, "see late", letter)
        return uid

    def store(self) -> None:
        letter, value = one_of(self.pick, self.ledger.alive(lambda _: True)), self.pick.random() < 0.6
        box = one_of(self.pick, sorted(letter.places, key=lambda box: box.path))
        with box.named(), contextlib.ExitStack() as stack:
            stack.callback(self.leave)
            is_sure = len(letter.places) == 1
            with self.ledger.flagging(letter, self.keyword, value, is_sure) as is_alone:
                uid = self.uid(letter, box)
                if uid is not None:
                    checked(self.session.uid("STORE", uid, "+FLAGS" if value else "-FLAGS", f"({self.flag})"))
                elif is_alone() and not letter.is_laptops and not self.uid_later(letter, box) and is_alone():
                    self.ledger.fault(f"{self.name} does not see {letter.token} in {box.path}: {letter.history}")
        self.ledger.done(self.name, "store", letter)

    def target(self) -> Box:
        return self.pick.choice(self.ledger.open_boxes())

    def move(self) -> None:
        target = self.target()
        with self.chosen(target) as (letter, box, uid):
            self.ledger.arriving(letter, target)
            checked(self.session.uid("MOVE", uid, target.path))
            self.ledger.placed(letter, letter.places - {box} | {target})
            self.ledger.done(self.name, "move", letter)

    def copy(self) -> None:
        target = self.target()
        with self.chosen(target, stays=True) as (letter, _, uid):
            if len(letter.places) > 2:
                raise Busy
            self.ledger.arriving(letter, target)
            checked(self.session.uid("COPY", uid, target.path))
            self.ledger.placed(letter, letter.places | {target})
            self.ledger.done(self.name, "copy", letter)

    def expunge(self) -> None:
        with self.chosen() as (letter, box, uid):
            checked(self.session.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
            checked(self.session.uid("EXPUNGE", uid))
            self.ledger.placed(letter, letter.places - {box})
            self.ledger.done(self.name, "expunge", letter)

    # --- folders ---

    def create(self) -> None:
        boxes = self.ledger.open_boxes()
        if len(boxes) > 14:
            raise Busy
        above = self.pick.choice([None, *[box for box in boxes if box.leaf.startswith("Top")]])
        with above.named() if above else contextlib.nullcontext():
            box = Box(f"Box{self.pick.randrange(10**9)}", above)
            began = time.monotonic()
            answer = self.session.create(box.path)
            if b"ALREADYEXISTS" not in bytes(answer[1][0]):  # of Dovecot alone, too, when another session lists
                checked(answer)
            self.ledger.add_box(box)
            self.ledger.folder_done(self.name, "create folder", began, box.path)

    def rename(self) -> None:
        box = one_of(self.pick, self.ledger.open_boxes(lambda box: not box.is_fixed))
        with self.ledger.renaming(box):
            self.settle(box)
            began = time.monotonic()
            leaf = re.sub(r"\d+$", str(self.pick.randrange(10**9)), box.leaf)
            old = box.path
            checked(self.session.rename(old, old[: -len(box.leaf)] + leaf))
            box.leaf = leaf
            self.ledger.folder_done(self.name, "rename folder", began, f"{old} to {box.path}")

    def settle(self, box: Box) -> None:
        """Dovecot goes on with a folder's list of uids after it has answered.

        When it renames the folder itself in that moment, the lock of the list goes along and stays for minutes.
        """
        boxes = [box, *self.ledger.open_boxes(lambda each: each.above is box)]
        locks = [self.dovecot.maildir / f".{each.path}" / "dovecot-uidlist.lock" for each in boxes]
        for _ in range(100):
            time.sleep(0.03)
            if not any(lock.exists() for lock in locks):
                return
        raise Busy

    def delete(self) -> None:
        boxes = self.ledger.open_boxes(lambda box: box.leaf.startswith("Box"))
        if len(boxes) < 5:
            raise Busy
        box = self.pick.choice(boxes)
        with contextlib.ExitStack() as stack:
            if box.above:
                stack.enter_context(box.above.named())
            stack.enter_context(self.ledger.ending(box))
            self.settle(box)
            began = time.monotonic()
            checked(self.session.delete(box.path))
            self.ledger.folder_done(self.name, "delete folder", began, box.path)

    def subscribe(self) -> None:
        box = one_of(self.pick, self.ledger.open_boxes(lambda box: not box.is_fixed))
        with box.named():
            work = self.pick.choice([self.session.subscribe, self.session.unsubscribe])
            checked(work(box.path))
        self.ledger.done(self.name, "subscribe")

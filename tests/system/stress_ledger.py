"""What the parties of the stress test have done: where each message must be, and who may do what at the same time."""

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Thing = TypeVar("Thing")
ENOUGH = 300  # messages; then more are removed than made


class Busy(Exception):
    """Somebody else is at it; the party does something else."""


class Gate:
    """Shared by those who use something, for one alone who takes it away. Nobody waits."""

    def __init__(self) -> None:
        self._mutex, self._users, self._is_closed = threading.Lock(), 0, False

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        with self._mutex:
            if self._is_closed:
                raise Busy
            self._users += 1
        try:
            yield
        finally:
            with self._mutex:
                self._users -= 1

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        for _ in range(200):
            with self._mutex:
                if not self._users and not self._is_closed:
                    self._is_closed = True
                    break
            time.sleep(0.002)
        else:
            raise Busy
        try:
            yield
        finally:
            with self._mutex:
                self._is_closed = False


@dataclass(eq=False)
class Box:
    """A folder. `name`: for who uses its name, closed for a renaming; `content`: closed for its end."""

    leaf: str
    above: "Box | None" = None
    is_fixed: bool = False
    is_gone: bool = False
    id: str | None = None
    name: Gate = field(default_factory=Gate)
    content: Gate = field(default_factory=Gate)

    @property
    def path(self) -> str:
        """As Dovecot has it."""
        return f"{self.above.path}.{self.leaf}" if self.above else self.leaf

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """For IMAP and LMTP, which go by the name."""
        with contextlib.ExitStack() as stack:
            box: Box | None = self
            while box:
                stack.enter_context(box.name.shared())
                box = box.above
            stack.enter_context(self.content.shared())
            if self.is_gone:
                raise Busy
            yield


@dataclass(eq=False)
class Letter:
    """A message, known by its subject. `version` counts what began and ended with its files."""

    token: str
    places: set[Box]
    is_laptops: bool = False  # only the laptop destroys it, and nobody moves it
    is_ready: bool = True  # False: made on the laptop, and mbsync has not brought it yet
    is_gone: bool = False
    id: str | None = None
    since: float = field(default_factory=time.monotonic)
    version: int = 0
    lease: threading.Lock = field(default_factory=threading.Lock)
    flags: dict[str, bool | None] = field(default_factory=dict)  # None: two did something at once
    arrivals: Counter[Box] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)


class Ledger:
    """Shared by all parties."""

    def __init__(self, seed: int) -> None:
        self.seed, self.mutex = seed, threading.Lock()
        # mbsync 1.4 forgets to send messages when one that it fetches is expunged in that moment, by whomever
        self.sync = Gate()
        self.letters: dict[str, Letter] = {}
        self.boxes: list[Box] = []
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.events: list[tuple[float, float, str]] = []  # what was done to folders: begin, end
        self.started = time.monotonic()

    def done(self, party: str, what: str, *letters: Letter) -> None:
        with self.mutex:
            self.counts[f"{party.rstrip('0123456789')} {what}"] += 1
            for letter in letters:
                places = ",".join(sorted(box.path for box in letter.places))
                letter.history.append(f"{time.monotonic() - self.started:.3f} {party} {what} -> {places}")

    def folder_done(self, party: str, what: str, began: float, detail: str) -> None:
        self.done(party, what)
        began, ended = began - self.started, time.monotonic() - self.started
        with self.mutex:
            self.events.append((began, ended, f"{began:.3f} to {ended:.3f} {party} {what} {detail}"))

    def fault(self, text: str) -> None:
        with self.mutex:
            self.faults.append(f"{time.monotonic() - self.started:.3f} {text}")

    # --- messages ---

    @contextlib.contextmanager
    def making(self, box: Box, party: str, **more: bool) -> Iterator[Letter]:
        """A new message; it counts when the block was left without an exception."""
        with self.mutex:
            number = len(self.letters)
            letter = Letter(f"{party}x{number:05d}x", {box}, **more)
            letter.arrivals[box] += 1
            letter.lease.acquire()
            self.letters[letter.token] = letter
        try:
            yield letter
        except BaseException:
            letter.is_gone = True
            raise
        finally:
            letter.version += 1
            letter.since = time.monotonic()
            letter.lease.release()

    def alive(self, test: Callable[[Letter], bool]) -> list[Letter]:
        with self.mutex:
            ready = [letter for letter in self.letters.values() if letter.is_ready and not letter.is_gone]
        return [letter for letter in ready if test(letter)]

    @contextlib.contextmanager
    def leased(self, letter: Letter) -> Iterator[None]:
        """For who moves, copies or destroys."""
        if not letter.lease.acquire(blocking=False):
            raise Busy
        letter.version += 1
        try:
            if letter.is_gone:
                raise Busy
            yield
        finally:
            letter.version += 1
            letter.since = time.monotonic()
            letter.lease.release()

    @contextlib.contextmanager
    def flagging(self, letter: Letter, flag: str, value: bool, is_sure: bool = True) -> Iterator[Callable[[], bool]]:
        """For who sets or clears its flag. Yields what says whether the message was left alone meanwhile."""
        version, was_leased = letter.version, letter.lease.locked()

        def is_alone() -> bool:
            return not was_leased and letter.version == version and not letter.is_gone

        letter.flags[flag] = None
        yield is_alone
        letter.flags[flag] = value if is_alone() and is_sure else None

    @contextlib.contextmanager
    def removing(self, letter: Letter) -> Iterator[None]:
        """For who takes it out of a folder."""
        if any(box.is_fixed for box in letter.places):
            with self.sync.shared():
                yield
        else:
            yield

    def placed(self, letter: Letter, boxes: Collection[Box]) -> None:
        """Where it is now; nowhere: destroyed."""
        with self.mutex:
            letter.places = set(boxes)
            letter.is_gone = not boxes

    def arriving(self, letter: Letter, *boxes: Box) -> None:
        """Noted before it is done, for who counts uids meanwhile."""
        with self.mutex:
            letter.arrivals.update(boxes)

    # --- folders ---

    def open_boxes(self, test: Callable[[Box], bool] = lambda _: True) -> list[Box]:
        with self.mutex:
            return [box for box in self.boxes if not box.is_gone and test(box)]

    def add_box(self, box: Box) -> None:
        with self.mutex:
            self.boxes.append(box)

    @contextlib.contextmanager
    def renaming(self, box: Box) -> Iterator[None]:
        """Alone with the names of a folder and of what is below."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(box.name.alone())
            for each in self.open_boxes(lambda each: each.above is box):
                stack.enter_context(each.name.alone())
            if box.is_gone:
                raise Busy
            yield

    @contextlib.contextmanager
    def ending(self, box: Box) -> Iterator[None]:
        """Alone with a folder, which is gone then with what is only in it."""
        with box.name.alone(), box.content.alone():
            if box.is_gone:
                raise Busy
            inside = [letter for letter in list(self.letters.values()) if box in letter.places]
            yield
            with self.mutex:
                box.is_gone = True
            for letter in inside:
                letter.version += 1
                self.placed(letter, letter.places - {box})
                self.done("box", f"{box.path} deleted", letter)


def one_of(pick: random.Random, found: Sequence[Thing]) -> Thing:
    """Any of them. Raises Busy when there is none."""
    if not found:
        raise Busy
    return pick.choice(found)


def chance(pick: random.Random, *weights: tuple[float, Callable[[], None]]) -> Callable[[], None]:
    """One of the operations."""
    return pick.choices([work for _, work in weights], [weight for weight, _ in weights])[0]

"""JMAP clients of the stress test."""

import contextlib
import random
import time
from collections.abc import Collection, Iterator
from typing import Any

from .jmap import Jmap
from .peers import message
from .stress_follow import Follower
from .stress_ledger import ENOUGH, Box, Busy, Ledger, Letter, chance, one_of
from .web import Server

OWNED = ("$seen", "alpha", "beta")


class JmapParty:
    """Sees all by /changes before each thing it does; requests go to any worker."""

    def __init__(self, number: int, ledger: Ledger, server: Server) -> None:
        self.name, self.ledger = f"jmap{number}", ledger
        self.pick = random.Random(f"{ledger.seed} {self.name}")
        self.jmap, self.keyword = Jmap(server), OWNED[number % len(OWNED)]
        self.follower = Follower(self.jmap, self.pick)

    def close(self) -> None:
        """Nothing is open."""

    def step(self) -> None:
        self.look()
        many = len(self.ledger.alive(lambda _: True)) > ENOUGH / 2
        chance(
            self.pick, (2, self.create), (2, self.import_), (10, self.flag), (5, self.move), (3, self.add),
            (2, self.remove), (6 if many else 2, self.destroy), (2, self.edit), (0.7, self.create_box),
            (0.7, self.rename_box), (0.5, self.destroy_box), (1, self.subscribe),
        )()  # fmt: skip

    def look(self) -> None:
        """What was there before and was left alone is seen, and each folder has the id that it always had."""
        asked = time.monotonic()

        def is_calm(letter: Letter) -> bool:
            is_ending = any(box.content.is_closed for box in letter.places)
            is_ours = not letter.is_laptops and not letter.is_gone
            return is_ours and letter.since < asked and not letter.lease.locked() and not is_ending

        versions = {letter: letter.version for letter in self.ledger.alive(is_calm)}
        boxes = {box: box.path for box in self.ledger.open_boxes()}
        self.follower.refresh()
        seen, paths = self.follower.by_subject(), self.follower.paths()
        for box, path in boxes.items():
            id = paths.get(path)
            if box.path == path and not box.is_gone and id is not None:
                box.id = box.id or id
                if box.id != id:
                    self.ledger.fault(f"{self.name}: {path} was {box.id} and is {id}")
        for letter in list(self.ledger.letters.values()):
            if (email := seen.get(letter.token)) is not None:
                letter.id, letter.is_ready = letter.id or email["id"], True
        for letter, version in versions.items():
            if letter.token not in seen and letter.version == version and is_calm(letter):
                when = f"{asked - self.ledger.started:.3f}"
                self.ledger.fault(f"{self.name} asks at {when} and does not see {letter.token}: {letter.history}")

    # --- messages ---

    def in_box(self, box: Box) -> dict[str, bool]:
        if box.id is None:
            raise Busy
        return {box.id: True}

    @contextlib.contextmanager
    def any_box(self) -> Iterator[Box]:
        box = one_of(self.pick, self.ledger.open_boxes(lambda box: box.id is not None))
        with box.content.shared():
            if box.is_gone:
                raise Busy
            yield box

    def words(self, letter: Letter) -> dict[str, bool]:
        letter.flags[self.keyword] = self.pick.random() < 0.5
        return {self.keyword: True} if letter.flags[self.keyword] else {}

    def draft(self, letter: Letter, box: Box) -> dict[str, Any]:
        return {
            "mailboxIds": self.in_box(box),
            "keywords": {"$draft": True} | self.words(letter),
            "from": [{"name": "Alice", "email": "alice@example.org"}],
            "subject": letter.token,
            "textBody": [{"partId": "1", "type": "text/plain"}],
            "bodyValues": {"1": {"value": f"This is {letter.token}.\n"}},
        }

    def create(self) -> None:
        with self.any_box() as box, self.ledger.making(box, self.name) as letter:
            letter.id = self.jmap.created("Email/set", self.draft(letter, box))["id"]
        self.ledger.done(self.name, "create", letter)

    def import_(self) -> None:
        with self.any_box() as box, self.ledger.making(box, self.name) as letter:
            words = self.words(letter)
            letter.id = self.jmap.imported(message(letter.token), mailboxIds=self.in_box(box), keywords=words)["id"]
        self.ledger.done(self.name, "import", letter)

    @contextlib.contextmanager
    def chosen(self, places: int = 1, stays: bool = False) -> Iterator[Letter]:
        """A message that is ours to move, in that many folders at least."""
        letter = one_of(
            self.pick,
            self.ledger.alive(lambda each: bool(each.id) and not each.is_laptops and len(each.places) >= places),
        )
        with self.ledger.leased(letter), contextlib.ExitStack() as stack:
            for box in set(letter.places):
                stack.enter_context(box.content.shared())
            if len(letter.places) < places:
                raise Busy
            if not stays:
                stack.enter_context(self.ledger.removing(letter))
            yield letter

    def flag(self) -> None:
        letter, value = one_of(self.pick, self.ledger.alive(lambda each: bool(each.id))), self.pick.random() < 0.6
        with contextlib.ExitStack() as stack:
            for box in set(letter.places):
                stack.enter_context(box.content.shared())
            with self.ledger.flagging(letter, self.keyword, value) as is_alone:
                answer = self.jmap.call("Email/set", update={letter.id: {f"keywords/{self.keyword}": value or None}})
                refused = answer["notUpdated"] or {}
                if refused and (refused[letter.id]["type"] != "notFound" or is_alone() and not letter.is_laptops):
                    self.ledger.fault(f"{self.name} flags {letter.token}: {refused}: {letter.history}")
        self.ledger.done(self.name, "flag", letter)

    def update(self, letter: Letter, boxes: Collection[Box], what: str, **patch: Any) -> None:
        assert letter.id is not None
        self.ledger.arriving(letter, *(set(boxes) - letter.places))
        self.jmap.update(letter.id, **patch)
        self.ledger.placed(letter, boxes)
        self.ledger.done(self.name, what, letter)

    def move(self) -> None:
        with self.chosen() as letter, self.any_box() as box:
            self.update(letter, {box}, "move", mailboxIds=self.in_box(box))

    def add(self) -> None:
        with self.chosen(stays=True) as letter, self.any_box() as box:
            if box in letter.places or len(letter.places) > 2:
                raise Busy
            self.update(letter, letter.places | {box}, "add", **{f"mailboxIds/{box.id}": True})

    def remove(self) -> None:
        with self.chosen(places=2) as letter:
            box = one_of(self.pick, sorted(letter.places, key=lambda box: box.path))
            if box.id is None:
                raise Busy
            self.update(letter, letter.places - {box}, "remove", **{f"mailboxIds/{box.id}": None})

    def destroy(self) -> None:
        with self.chosen() as letter:
            answer = self.jmap.call("Email/set", destroy=[letter.id])
            assert answer["destroyed"] == [letter.id], answer
            self.ledger.placed(letter, ())
            self.ledger.done(self.name, "destroy", letter)

    def edit(self) -> None:
        """As a client saves a draft again: create and destroy in one call."""
        with self.chosen() as old, self.any_box() as box, self.ledger.making(box, self.name) as letter:
            answer = self.jmap.call("Email/set", create={"new": self.draft(letter, box)}, destroy=[old.id])
            assert answer["destroyed"] == [old.id], answer
            letter.id = answer["created"]["new"]["id"]
            self.ledger.placed(old, ())
            self.ledger.done(self.name, "edit", old, letter)

    # --- folders ---

    def create_box(self) -> None:
        boxes = self.ledger.open_boxes()
        if len(boxes) > 14:
            raise Busy
        above = self.pick.choice([None, *[box for box in boxes if box.leaf.startswith("Top") and box.id]])
        with above.content.shared() if above else contextlib.nullcontext():
            box = Box(f"Box{self.pick.randrange(10**9)}", above)
            new = {"name": box.leaf, "parentId": above.id if above else None, "isSubscribed": False}
            began = time.monotonic()
            box.id = self.jmap.created("Mailbox/set", new)["id"]
            self.ledger.add_box(box)
            self.ledger.folder_done(self.name, "create folder", began, box.path)

    def one_box(self, leaf: str) -> Box:
        return one_of(self.pick, self.ledger.open_boxes(lambda box: box.leaf.startswith(leaf) and box.id is not None))

    def update_box(self, box: Box, **patch: Any) -> None:
        answer = self.jmap.call("Mailbox/set", update={box.id: patch})
        assert box.id in (answer["updated"] or {}), (answer, box.path)

    def rename_box(self) -> None:
        """Another name, and for one without children another place in the tree as well."""
        box = self.one_box(self.pick.choice(["Box", "Box", "Top"]))
        with self.ledger.renaming(box), contextlib.ExitStack() as stack:
            stack.enter_context(box.content.shared())
            leaf, above = f"{box.leaf[:3]}{self.pick.randrange(10**9)}", box.above
            if box.leaf.startswith("Box"):
                above = self.pick.choice([None, self.one_box("Top")])
                if above and above is not box.above:
                    stack.enter_context(above.name.shared())
            time.sleep(0.03)  # Dovecot may be about to write something in there after it has answered
            began, old = time.monotonic(), box.path
            self.update_box(box, name=leaf, parentId=above.id if above else None)
            box.leaf, box.above = leaf, above
            self.ledger.folder_done(self.name, "rename folder", began, f"{old} to {box.path}")

    def destroy_box(self) -> None:
        if len(self.ledger.open_boxes(lambda box: box.leaf.startswith("Box"))) < 5:
            raise Busy
        box = self.one_box("Box")
        with self.ledger.ending(box):
            time.sleep(0.03)
            began = time.monotonic()
            answer = self.jmap.call("Mailbox/set", destroy=[box.id], onDestroyRemoveEmails=True)
            assert answer["destroyed"] == [box.id], (answer, box.path)
            self.ledger.folder_done(self.name, "destroy folder", began, box.path)

    def subscribe(self) -> None:
        box = self.one_box(self.pick.choice(["Box", "Top"]))
        with box.named():
            self.update_box(box, isSubscribed=self.pick.random() < 0.5)
        self.ledger.done(self.name, "subscribe")

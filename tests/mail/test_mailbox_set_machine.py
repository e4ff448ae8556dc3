"""Any series of Mailbox/set calls against a model: a tree of names with messages in it."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jmapd.stores import rebuild
from jmapd.stores.maildir import MaildirAccount
from tests.mail.mailbox_trees import LAYOUTS, Trees

pytestmark = pytest.mark.rfc("8621", "2.5")
names = st.sampled_from(
    ["a", "A", "b.c", "d/e", "new", "Entwürfe", "\u65e5\u672c", ".x", "~y", "z" * 40, "a\u2024b", "a.b"]
)
numbers = st.integers(0, 30)
Box = dict[str, Any]  # name, parent, mail


class Machine(RuleBasedStateMachine):
    """`model`: {id: Box}; the Inbox is there from the start."""

    @initialize(layout=st.sampled_from(LAYOUTS), is_root_inbox=st.booleans())
    def start(self, layout: str, is_root_inbox: bool) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.trees = Trees(self.place, layout, is_root_inbox or layout == "maildir++")
        self.inbox = self.trees.mailbox("Inbox")
        self.model: dict[str, Box] = {self.inbox: {"name": "Inbox", "parent": None, "mail": set()}}
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "trees"):
            shutil.rmtree(self.place)

    def one(self, number: int, with_inbox: bool = True) -> str | None:
        ids = [id for id in self.model if with_inbox or id != self.inbox]  # the ids are random, their order is not
        return ids[number % len(ids)] if ids else None

    def has_room(self, name: str, parent: str | None, id: str | None = None) -> bool:
        """Whether the path is far from the 254 octets of Maildir++."""
        inner = [box["name"] for each, box in self.model.items() if id in self.above(each)]
        outer = [self.model[each]["name"] for each in self.above(parent)]
        return sum(len(each.encode("utf-7")) + 5 for each in [name, *outer, *inner]) < 200

    def above(self, id: str | None) -> list[str]:
        found = []
        while id is not None:
            found.append(id)
            id = self.model[id]["parent"]
        return found

    def may_be(self, name: str, parent: str | None, id: str | None = None) -> bool:
        """Whether the rules let a Mailbox have that name there."""
        if id is not None and id in self.above(parent):
            return False
        taken = [each for each, box in self.model.items() if (box["name"], box["parent"]) == (name, parent)]
        return not [each for each in taken if each != id]

    has_boxes = precondition(lambda self: len(self.model) > 1)

    @rule(name=names, number=numbers, is_top=st.booleans())
    def create(self, name: str, number: int, is_top: bool) -> None:
        parent = None if is_top else self.one(number)
        if not self.has_room(name, parent):
            return
        answer = self.trees.change(create={"x": {"name": name, "parentId": parent}})
        assert (answer["created"] is not None) == self.may_be(name, parent), answer
        if answer["created"]:
            self.model[answer["created"]["x"]["id"]] = {"name": name, "parent": parent, "mail": set()}

    @rule(name=names, inner=names, number=numbers)
    def create_two(self, name: str, inner: str, number: int) -> None:
        parent = self.one(number)
        if not self.has_room(name + inner, parent):
            return
        answer = self.trees.change(
            create={"y": {"name": inner, "parentId": "#x"}, "x": {"name": name, "parentId": parent}}
        )
        assert (answer["notCreated"] is None) == self.may_be(name, parent), answer
        if answer["created"]:
            outer = answer["created"]["x"]["id"]
            self.model[outer] = {"name": name, "parent": parent, "mail": set()}
            self.model[answer["created"]["y"]["id"]] = {"name": inner, "parent": outer, "mail": set()}

    @has_boxes
    @rule(number=numbers, other=numbers, name=names | st.none(), is_top=st.booleans())
    def change(self, number: int, other: int, name: str | None, is_top: bool) -> None:
        id, parent = self.one(number, with_inbox=False), None if is_top else self.one(other)
        assert id is not None
        name = name or self.model[id]["name"]
        if not self.has_room(name, parent, id):
            return
        answer = self.trees.change(update={id: {"name": name, "parentId": parent}})
        assert (answer["updated"] is not None) == self.may_be(name, parent, id), answer
        if answer["updated"]:
            self.model[id] |= {"name": name, "parent": parent}

    @has_boxes
    @rule(number=numbers, other=numbers)
    def swap(self, number: int, other: int) -> None:
        """Two change names and places in one call."""
        one, two = self.one(number, with_inbox=False), self.one(other, with_inbox=False)
        assert one is not None and two is not None
        if one == two or one in self.above(two) or two in self.above(one):
            return
        first, second = self.model[one], self.model[two]
        if not (
            self.has_room(second["name"], second["parent"], one) and self.has_room(first["name"], first["parent"], two)
        ):
            return
        patches = {
            one: {"name": second["name"], "parentId": second["parent"]},
            two: {"name": first["name"], "parentId": first["parent"]},
        }
        answer = self.trees.change(update=patches)
        assert answer["notUpdated"] is None, answer
        for box, patch in ((first, patches[one]), (second, patches[two])):
            box |= {"name": patch["name"], "parent": patch["parentId"]}

    @has_boxes
    @rule(number=numbers, with_mail=st.booleans(), is_deep=st.booleans())
    def destroy(self, number: int, with_mail: bool, is_deep: bool) -> None:
        id = self.one(number, with_inbox=False)
        assert id is not None
        ids = [each for each in self.model if id in self.above(each)] if is_deep else [id]
        answer = self.trees.change(destroy=ids, onDestroyRemoveEmails=with_mail)
        while ids:  # those without anything in them that stays, from the leaves on
            leaves = [
                each for each in ids
                if not any(box["parent"] == each for box in self.model.values())
                and (with_mail or not self.model[each]["mail"])
            ]  # fmt: skip
            if not leaves:
                break
            for each in leaves:
                del self.model[each]
                ids.remove(each)
        assert set(answer["notDestroyed"] or {}) == set(ids), answer

    @rule(number=numbers, other=numbers)
    def deliver(self, number: int, other: int) -> None:
        """A message into one Mailbox, perhaps linked into another."""
        self.count += 1
        boxes = {self.one(number), self.one(other)}
        first = self.inbox
        self.trees.put(f"m{self.count}", self.trees.inbox)
        [id] = self.trees.ids(subject=f"m{self.count}")
        patch = {"mailboxIds": dict.fromkeys(boxes, True)}
        assert self.trees.call("Email/set", {"update": {id: patch}})["notUpdated"] is None
        for box in boxes:
            self.model[box or first]["mail"].add(f"m{self.count}")

    @invariant()
    def the_same(self) -> None:
        if not hasattr(self, "trees"):
            return
        found = {box["id"]: box for box in self.trees.boxes().values()}
        assert {id: (box["name"], box["parentId"], box["totalEmails"]) for id, box in found.items()} == {
            id: (box["name"], box["parent"], len(box["mail"])) for id, box in self.model.items()
        }

    @rule(keep=st.booleans())
    def look_again(self, keep: bool) -> None:
        """Nothing new is found in the files, nor does the index differ; also without the index."""
        assert self.trees.is_settled()
        if keep:
            self.trees.lose_state(keep=True)
        state = self.place / "state" / "alice"
        options = {"mail.layout": self.trees.layout}
        account = MaildirAccount("alice", "alice", "alice", self.trees.root, state, options)
        assert rebuild.verify(account, is_thorough=True) == []
        subjects = {subject for box in self.model.values() for subject in box["mail"]}
        assert self.trees.subjects().keys() == subjects


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)

"""As test_machine.py, of contacts: any series of /set calls and of other programs' edits of the same files.

What a call does not change stays in the files, octet for octet.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from jmapd.formats.vcard import cards
from jmapd.stores import rebuild
from tests.contacts.host import USING, Contacts
from tests.properties.cards_client import CardClient
from tests.properties.cards_edits import BOOKS, NAMES, NUMBERS, CardEdits
from tests.properties.cards_outside import UIDS, Outside
from tests.properties.twin import Twin, lose_index

pytestmark = [pytest.mark.rfc("8620", "5.2"), pytest.mark.rfc("8620", "5.6"), pytest.mark.rfc("9610", "3.5")]
LIMITS = st.none() | st.integers(1, 5)
TYPES = ("AddressBook", "ContactCard")
PATCHES = st.sampled_from(
    [
        {"notes": {"n": {"note": "written"}}},
        {"notes": None},
        {"emails": {"e": {"address": "a@example.org", "contexts": {"work": True}}}},
        {"name": {"full": "Ann New", "components": [{"kind": "surname", "value": "New"}]}},
        {"keywords": {"one": True, "two": True}, "nicknames": {"k": {"name": "Nick"}}},
        {"example.com:own": {"a": [1, 2]}},
    ]
)
TOUCHED = {  # the vCard properties that a patch of a JSContact property may change
    "notes": {"NOTE"}, "emails": {"EMAIL", "X-ABLABEL"}, "name": {"FN", "N", "JSPROP"}, "keywords": {"CATEGORIES"},
    "nicknames": {"NICKNAME"}, "example.com:own": {"JSPROP"},
}  # fmt: skip


class CardTwin(Twin):
    """Whose calls use contacts."""

    using = USING


class CardMachine(CardEdits):
    """alice's address books between her client and other programs."""

    @initialize(given=st.lists(st.tuples(st.integers(0, 96), BOOKS), max_size=6))
    def start(self, given: list[Any]) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.host = Contacts(self.place)
        self.outside = Outside(self.host.collections / "alice")
        for name in ("friends", "work"):
            self.outside.make_book(name)
        for each in given:
            self.put(*each)
        self.client, self.is_lost = CardClient(self.host), False
        self.doubled: set[str] = set()  # UIDs of which there was more than one card: who has which id is history

    def teardown(self) -> None:
        if hasattr(self, "host"):
            self.made_anew()
            shutil.rmtree(self.place)

    # -- the client

    def card(self, number: int) -> str:
        """The id of one card; there may be none."""
        found = self.client.whole("ContactCard")[1]
        order = sorted(found, key=lambda id: json.dumps(found[id] | {"id": "", "addressBookIds": 0}, sort_keys=True))
        return order[number % len(order)] if order else "nothing"

    def book(self, number: int) -> str:
        """The id of one AddressBook."""
        found = self.client.whole("AddressBook")[1]
        return sorted(found, key=lambda id: (found[id]["name"], id))[number % len(found)]

    def write(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One writing call. What it answers must be true of what /get says then."""
        calls = [[f"{type}/get", {"accountId": "alice", "ids": []}] for type in TYPES]
        responses = self.host.request([*calls, [method, {"accountId": "alice", **arguments}], *calls])
        answer: dict[str, Any] = responses[2][1]
        assert responses[2][0] == method, answer
        name = f"{method.partition('/')[0]}/get"
        before, after = ({r[0]: r[1]["state"] for r in part} for part in (responses[:2], responses[3:]))
        assert (answer["oldState"], answer["newState"]) == (before[name], after[name])
        if not any(answer.get(key) for key in ("created", "updated", "destroyed")):
            assert before == after
        return answer

    @rule(number=NUMBERS, patch=PATCHES)
    def update_card(self, number: int, patch: dict[str, Any]) -> None:
        id = self.card(number)
        before, files = self.client.whole("ContactCard")[1].get(id), self.outside.contents()
        answer = self.write("ContactCard/set", update={id: patch})
        if answer["updated"] is None:
            assert answer["notUpdated"][id]["type"] == "notFound" and before is None
            assert self.outside.contents() == files
            return
        found = self.client.whole("ContactCard")[1][id]
        assert before is not None
        told = answer["updated"][id] or {}
        wanted = {name: value for name, value in ({**before, **patch} | told).items() if value is not None}
        assert found == wanted
        self.unchanged(files, before["uid"], {"REV", "UID", *(line for name in patch for line in TOUCHED[name])})

    def unchanged(self, files: dict[Path, bytes], uid: str, touched: set[str]) -> None:
        """Only files with this card differ, and there only lines of these names."""
        now = self.outside.contents()
        assert now.keys() == files.keys()
        for path in now:
            if now[path] == files[path]:
                continue
            old, new = cards(files[path]), cards(now[path])
            assert len(old) == len(new)
            for one, other in zip(old, new, strict=True):
                if one.alone() != other.alone():
                    assert any(line.value == uid for line in other.named("UID"))
                    assert [line.raw for line in one.lines if line.name not in touched] == [
                        line.raw for line in other.lines if line.name not in touched
                    ]

    @rule(number=NUMBERS, books=st.sets(BOOKS, min_size=1, max_size=2))
    def put_into_books(self, number: int, books: set[int]) -> None:
        id, wanted = self.card(number), {self.book(book): True for book in books}
        answer = self.write("ContactCard/set", update={id: {"addressBookIds": wanted}})
        if answer["updated"] is not None:
            assert self.client.whole("ContactCard")[1][id]["addressBookIds"] == wanted
        else:
            assert answer["notUpdated"][id]["type"] == "notFound"

    @rule(uid=st.none() | st.integers(0, UIDS), books=st.sets(BOOKS, min_size=1, max_size=2), patch=PATCHES)
    def create_card(self, uid: int | None, books: set[int], patch: dict[str, Any]) -> None:
        given = {"addressBookIds": {self.book(book): True for book in books}, "name": {"full": "Made"}, **patch}
        given |= {} if uid is None else {"uid": f"u{uid}"}
        is_there = any(card["uid"] == given.get("uid") for card in self.client.whole("ContactCard")[1].values())
        answer = self.write("ContactCard/set", create={"k": given})
        assert (answer["created"] is None) == is_there
        if is_there:
            assert answer["notCreated"]["k"]["properties"] == ["uid"]
        else:
            made = answer["created"]["k"]
            wanted = {name: value for name, value in (given | made).items() if value is not None}
            assert self.client.whole("ContactCard")[1][made["id"]] == wanted

    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=2))
    def destroy_cards(self, numbers: list[int]) -> None:
        gone = list(dict.fromkeys(self.card(number) for number in numbers))
        answer = self.write("ContactCard/set", destroy=gone)
        for error in (answer["notDestroyed"] or {}).values():
            assert error["type"] == "notFound"
        assert not set(answer["destroyed"] or ()) & self.client.whole("ContactCard")[1].keys()

    @rule(
        created=st.lists(NAMES, max_size=1),
        changed=st.lists(st.tuples(BOOKS, NAMES, st.integers(0, 3), st.booleans()), max_size=2),
        destroyed=st.none() | BOOKS,
        with_cards=st.booleans(),
        default=st.none() | BOOKS,
    )
    def set_books(
        self, created: list[str], changed: list[Any], destroyed: int | None, with_cards: bool, default: int | None
    ) -> None:
        update = {}
        for number, name, order, subscribed in changed:
            update[self.book(number)] = {"name": name, "sortOrder": order, "isSubscribed": subscribed}
        few = len(self.client.whole("AddressBook")[1]) < 2  # the last one stays, as in Outside
        answer = self.write(
            "AddressBook/set",
            create={f"k{n}": {"name": name} for n, name in enumerate(created)},
            update=update,
            destroy=[] if destroyed is None or few else [self.book(destroyed)],
            onDestroyRemoveContents=with_cards,
            onSuccessSetIsDefault=None if default is None else self.book(default),
        )
        for error in (answer["notDestroyed"] or {}).values():
            assert error["type"] == "addressBookHasContents" and not with_cards
        found = self.client.whole("AddressBook")[1]
        assert sum(book["isDefault"] for book in found.values()) == 1
        for id in answer["updated"] or ():
            for name, value in update.get(id, {}).items():
                assert id not in found or found[id][name] == value

    @rule(type=st.sampled_from(TYPES), limits=st.lists(LIMITS, min_size=1, max_size=4))
    def follow(self, type: str, limits: list[int | None]) -> None:
        for limit in limits:
            if not self.client.follow(type, limit, self.is_lost):
                break
        self.client.check(type)

    @rule(numbers=st.sets(st.integers(0, len(CardClient.queries) - 1), min_size=1), limit=LIMITS)
    def catch_up(self, numbers: set[int], limit: int | None) -> None:
        for number in sorted(numbers):
            self.client.catch_up(number, limit, self.is_lost)

    # -- the server

    @rule(is_compacted=st.booleans())
    def sidecar(self, is_compacted: bool) -> None:
        account = self.host.app.site.accounts.account("alice")
        assert account is not None
        rebuild.bring_up(account, want_compact=is_compacted)
        assert rebuild.verify(account) == []

    @rule()
    def restart(self) -> None:
        self.host.start()

    @rule()
    def lose(self) -> None:
        """A lost index, under the running server."""
        before = self.answers(self.client)
        lose_index(Path(self.host.config.paths.state_dir) / "alice")
        assert self.answers(self.client) == before
        self.is_lost = True

    @rule()
    def made_anew(self) -> None:
        """Another server's index of the same files."""
        assert self.answers(CardClient(CardTwin(self.host, self.place))) == self.answers(self.client)

    def answers(self, client: CardClient) -> Any:
        """What must be the same with any index."""
        found = client.whole("ContactCard")[1]
        for id, card in list(found.items()):
            if card["uid"] in self.doubled:
                del found[id]
                for media in card.get("media", {}).values():
                    media.pop("blobId", None)  # it has the card's id in it
                found[json.dumps(card | {"id": None}, sort_keys=True)] = {}
        return client.whole("AddressBook")[1], found

    @invariant()
    def whoever_is_current_is_right(self) -> None:
        if hasattr(self, "client"):
            for type in TYPES:
                self.client.check(type)
            uids = [card["uid"] for card in self.client.whole("ContactCard")[1].values()]
            self.doubled |= {uid for uid in uids if uids.count(uid) > 1}


TestCardMachine = CardMachine.TestCase
LONG = int(os.environ.get("JMAPD_PROPERTY_EXAMPLES", "0"))
TestCardMachine.settings = settings(
    max_examples=LONG or 25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.generate, Phase.shrink),
    print_blob=True,
)

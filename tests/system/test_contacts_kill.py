"""Workers killed while they write cards: no card is lost, halved or twice, and what was answered stays."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .contacts import Client, contact_server, files, vcard
from .jmap import answering, verified
from .killing import Writer, at_work
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.3")]
CARDS = 8  # of each writer at the beginning
LONG = "x" * 20_000
GONE: dict[str, Any] = {}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two books; Radicale's lock is there, which a killed worker must not keep."""
    root = tmp_path / "collection-root" / "alice"
    (tmp_path / ".Radicale.lock").touch()
    for book in ("one", "two"):
        (root / book).mkdir(parents=True)
        (root / book / ".Radicale.props").write_text(json.dumps({"tag": "VADDRESSBOOK", "D:displayname": book}))
    for who, number in itertools.product(range(3), range(CARDS)):
        text = vcard(f"w{who}-{number}", "First", f"NOTE:0 {LONG}", "X-OWN;P=1:kept")
        (root / "one" / f"file {who} {number}.vcf").write_text(text, newline="")
    return root


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[Gunicorn]:
    with contact_server(tmp_path, root) as server:
        yield server


class Changing(Writer):
    """Changes, moves, destroys and creates its cards, and notes what was promised."""

    def __init__(self, jmap: Client, who: int) -> None:
        super().__init__(jmap, who, "ContactCard")
        self.books = [jmap.books()[name] for name in ("one", "two")]
        self.ids = {uid: card["id"] for uid, card in jmap.cards().items() if uid.startswith(f"w{who}-")}
        self.notes = {uid: next(iter(card["notes"])) for uid, card in jmap.cards().items() if uid in self.ids}
        self.possible = {uid: [self.state("First", [0], 0)] for uid in self.ids}

    def state(self, name: str, books: list[int], note: int) -> dict[str, Any]:
        return {"name": name, "books": {self.books[at] for at in books}, "note": note}

    def change(self) -> None:
        number = next(self.count)
        uid = self.pick.choice(sorted(self.ids))
        name, books = f"name {number}", self.pick.choice(([0], [1], [0, 1]))
        new = self.state(name, books, number)
        if uid not in self.notes or self.pick.random() < 0.15:
            given: dict[str, Any] = {"destroy": [self.ids[uid]]}
            new = GONE
        else:
            patch = {"name/full": name, f"notes/{self.notes[uid]}/note": f"{number} {LONG}",
                     "addressBookIds": dict.fromkeys(sorted(new["books"]), True)}  # fmt: skip
            given = {"update": {self.ids[uid]: patch}}
        self.possible[uid].append(new)
        if self.ask(given) is not None:
            self.possible[uid] = [new]
        if new is GONE or len(self.possible[uid]) > 1:
            del self.ids[uid]  # what was not answered is left as it may be
        self.create(f"w{self.who}-new{number}", number)

    def create(self, uid: str, number: int) -> None:
        """Its notes are as long as those of the others."""
        record = {
            "uid": uid, "name": {"full": "made"}, "notes": {"n": {"note": f"{number} {LONG}"}},
            "addressBookIds": dict.fromkeys(self.books, True),
        }  # fmt: skip
        self.possible[uid] = [GONE, self.state("made", [0, 1], number)]
        answer = self.ask({"create": {"new": record}})
        if answer is not None:
            self.ids[uid], self.notes[uid] = answer["created"]["new"]["id"], "n"
            self.possible[uid] = self.possible[uid][1:]


def test_killed_workers_lose_no_card(server: Gunicorn, root: Path) -> None:
    jmap = Client(server)
    since = jmap.state()
    writers = [Changing(jmap, who) for who in range(3)]
    before = {card["id"] for card in jmap.cards().values()}
    at_work(server, writers, kills=10, broken=4)
    possible = {uid: states for writer in writers for uid, states in writer.possible.items()}
    for worker in (0, 1):
        with answering(worker, server):
            cards = by_uid(jmap)
            assert cards.keys() <= possible.keys()
            for uid, states in possible.items():
                check(cards.get(uid, []), states)
            created, _, destroyed = jmap.changed(since)
            ids = {card["id"] for found in cards.values() for card in found}
            assert created == ids - before and before - destroyed <= ids
    for path, data in files(root).items():
        assert data.startswith(b"BEGIN:VCARD\r\n") and data.endswith(b"END:VCARD\r\n"), path
        assert b"-new" in data or b"X-OWN;P=1:kept\r\n" in data, path
    verified(server)


def by_uid(jmap: Client) -> dict[str, list[dict[str, Any]]]:
    """A card in two books that differ now is two cards."""
    found: dict[str, list[dict[str, Any]]] = {}
    for card in jmap.call("ContactCard/get", ids=None)["list"]:
        found.setdefault(card["uid"], []).append(card)
    return found


def check(cards: list[dict[str, Any]], states: list[dict[str, Any]]) -> None:
    """As last answered; of a try that was killed, one book may be as before and the other as it was to be."""
    if not cards:
        assert GONE in states, states
    assert len(cards) < 2 or len(states) > 1, (cards, states)
    for card in cards:
        (note,) = card["notes"].values()
        number, _, rest = note["note"].partition(" ")
        assert rest == LONG
        assert (card["name"]["full"], int(number)) in [(each["name"], each["note"]) for each in states if each]
        if len(states) == 1:
            assert set(card["addressBookIds"]) == states[0]["books"]
        assert set(card["addressBookIds"]) <= {key for state in states for key in state.get("books", ())}

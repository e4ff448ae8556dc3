"""Workers killed in the middle of writes, and several clients that write to one account at once (RFC 8620 5.3)."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .jmap import Jmap, answering, deliver, folder, no_server_errors, verified
from .web import Gunicorn, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.3")]
WORDS = ["$seen", "$flagged", "$answered", "todo", "later", "family"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path) as server:
        for number in range(40):
            deliver(server.maildir, f"Number {number}", ("", "Work", "Home")[number % 3], flags="S" * (number % 2))
        folder(server.maildir, "Trash")
        yield server


class Client(threading.Thread):
    """Changes its Emails one after the other until it is told to stop, and notes what was promised."""

    def __init__(self, jmap: Jmap, ids: list[str], seed: int) -> None:
        super().__init__()
        self.jmap, self.ids, self.pick = jmap, ids, random.Random(seed)
        self.boxes = sorted(box["id"] for box in jmap.mailboxes().values())
        self.stopped = threading.Event()
        self.possible: dict[str, list[Any]] = {}  # what an Email may be: the last answer, and all tries after it
        self.states: list[tuple[str, str]] = []  # oldState and newState of each answer
        self.broken, self.failure = 0, ""

    def run(self) -> None:
        while not self.stopped.is_set() and not self.failure:
            self.change()

    def change(self) -> None:
        wanted = {}
        for id in self.pick.sample(self.ids, 2):
            words = self.pick.sample(WORDS, 2)
            boxes = self.pick.sample(self.boxes, self.pick.choice((1, 1, 2)))
            wanted[id] = {"keywords": dict.fromkeys(words, True), "mailboxIds": dict.fromkeys(boxes, True)}
            self.possible.setdefault(id, []).append(wanted[id])
        try:
            status, text = self.jmap.ask(("Email/set", {"update": wanted}))
        except (OSError, http.client.HTTPException):
            self.broken += 1  # killed, or not yet there again: it is not known whether it was done
            return
        name, answer, _ = json.loads(text)["methodResponses"][0] if status == 200 else (text, {}, "")
        if name != "Email/set" or answer["updated"].keys() != wanted.keys():
            self.failure = text
            return
        self.states.append((answer["oldState"], answer["newState"]))
        for id, value in wanted.items():
            self.possible[id] = [value]


@pytest.mark.parametrize("has_dovecot", [False, True])
def test_killed_workers_lose_nothing_that_was_answered(server: Gunicorn, has_dovecot: bool) -> None:
    """With Dovecot's list of uids there, writers hold its lock file, which outlives who made it."""
    if has_dovecot:
        for at, path in enumerate(("", ".Work", ".Home", ".Trash")):
            (server.maildir / path / "dovecot-uidlist").write_text(f"3 V1700000000 N1 G{at:032x}\n")
    jmap = Jmap(server)
    before, states = jmap.emails(), [jmap.call("Email/get", ids=[])["state"]]
    ids = sorted(before)
    clients = [Client(jmap, ids[number::3], number) for number in range(3)]
    with running(clients):
        kill_workers(server, clients)
    states += [state for client in clients for pair in client.states[-20:] for state in pair]
    for number in (0, 1):
        with answering(number, server) as one:
            after = one.emails()
            assert after.keys() == before.keys()
            for id, possible in (item for client in clients for item in client.possible.items()):
                check(after[id], possible)
            for state in states:
                assert one.call("Email/changes", sinceState=state)["created"] == []
    verified(server)
    no_server_errors(server)


@contextmanager
def running(clients: list[Client]) -> Iterator[None]:
    """All of them at once; none may have been refused anything."""
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join()
    assert [client.failure for client in clients] == [""] * len(clients)


def kill_workers(server: Gunicorn, clients: list[Client]) -> None:
    """One after the other, until some were at work just then; between them each client gets some answers."""
    pick, kills = random.Random(3), 0
    while kills < 12 or sum(client.broken for client in clients) < 4:
        wait_until(lambda: len(server.workers()) == 2, lambda: str(server.workers()))
        wait_for_answers(clients, 3)
        server.kill(pick.choice(server.workers()))
        kills += 1


def wait_for_answers(clients: list[Client], count: int) -> None:
    wanted = [len(client.states) + count for client in clients]

    def are_there() -> bool:
        pairs = zip(clients, wanted, strict=True)
        return all(len(client.states) >= least or client.failure for client, least in pairs)

    wait_until(are_there, lambda: "no client gets any further")


def check(email: dict[str, Any], possible: list[Any]) -> None:
    """As last answered; where tries without an answer followed, one of them may be half done, file by file."""
    found = {name: email[name] for name in ("keywords", "mailboxIds")}
    if len(possible) == 1:
        assert found == possible[0]
    for name in found:
        assert found[name].keys() <= {key for value in possible for key in value[name]}
    assert found["mailboxIds"]


def test_states_of_concurrent_writes_form_one_chain(server: Gunicorn) -> None:
    jmap = Jmap(server)
    shared = sorted(jmap.emails())[:4]
    clients = [Client(jmap, shared, seed) for seed in range(4)]
    with running(clients):
        wait_for_answers(clients, 30)
    states = sorted((number(new), number(old)) for client in clients for old, new in client.states)
    assert [old for _, old in states[1:]] == [new for new, _ in states[:-1]]
    verified(server)
    no_server_errors(server)


def number(state: str) -> int:
    return int(state.partition(".")[2])


def test_the_last_answer_counts(server: Gunicorn) -> None:
    """Each client writes another word into the same Emails; the answer with the newest state is what stays."""
    jmap = Jmap(server)
    ids = sorted(jmap.emails())[:3]
    last: dict[str, tuple[int, str]] = dict.fromkeys(ids, (0, ""))
    guard = threading.Lock()

    def write(who: int) -> None:
        pick = random.Random(who)
        for round in range(25):
            id, word = pick.choice(ids), f"word{who}{round % 2}"
            answer = jmap.call("Email/set", update={id: {"keywords": {word: True}}})
            with guard:
                last[id] = max(last[id], (number(answer["newState"]), word))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in (0, 1):
        with answering(worker, server) as one:
            emails = one.emails()
            assert {id: list(emails[id]["keywords"]) for id in ids} == {id: [last[id][1]] for id in ids}
    verified(server)
    no_server_errors(server)


def test_ifinstate_lets_only_one_of_two_writers_win(server: Gunicorn) -> None:
    jmap = Jmap(server)
    id = min(jmap.emails())
    for round in range(10):
        state = jmap.call("Email/get", ids=[])["state"]
        answers: list[str] = []

        def write(who: int, state: str = state, answers: list[str] = answers, round: int = round) -> None:
            given = {"ifInState": state, "update": {id: {"keywords": {f"r{round}w{who}": True}}}}
            ((name, answer),) = jmap.request(("Email/set", given))
            answers.append(answer.get("type", name))

        threads = [threading.Thread(target=write, args=(who,)) for who in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["Email/set", "stateMismatch", "stateMismatch"]
    verified(server)

"""Clients that write while the workers of a server are killed."""

import http.client
import itertools
import json
import random
import threading
from collections.abc import Sequence
from typing import Any

from .jmap import Jmap
from .web import Gunicorn, wait_until


class Writer(threading.Thread):
    """Does what `change` does until told to stop."""

    def __init__(self, jmap: Jmap, who: int, type: str) -> None:
        super().__init__()
        self.jmap, self.who, self.type, self.pick = jmap, who, type, random.Random(who)
        self.count, self.answers, self.broken, self.failure = itertools.count(1), 0, 0, ""
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set() and not self.failure:
            self.change()

    def change(self) -> None:
        raise NotImplementedError

    def ask(self, given: dict[str, Any]) -> Any:
        """The answer; None when the worker was killed, or is not there yet."""
        try:
            status, text = self.jmap.ask((f"{self.type}/set", given))
        except (OSError, http.client.HTTPException):
            self.broken += 1
            return None
        name, answer, _ = json.loads(text)["methodResponses"][0] if status == 200 else (text, {}, "")
        refused = [key for key in ("notCreated", "notUpdated", "notDestroyed") if answer.get(key)]
        if name != f"{self.type}/set" or refused:
            self.failure = text
        self.answers += 1
        return answer


def at_work(server: Gunicorn, writers: Sequence[Writer], kills: int, broken: int) -> None:
    """Until that many workers are killed and that many requests are broken; nothing may be refused."""
    for writer in writers:
        writer.start()
    try:
        _kill_workers(server, writers, kills, broken)
    finally:
        for writer in writers:
            writer.stopped.set()
        for writer in writers:
            writer.join()
    assert [writer.failure for writer in writers] == [""] * len(writers)


def _kill_workers(server: Gunicorn, writers: Sequence[Writer], kills: int, broken: int) -> None:
    """One after the other, until some were at work just then; between them each writer gets some answers."""
    pick, done = random.Random(5), 0
    while done < kills or sum(writer.broken for writer in writers) < broken:
        wait_until(lambda: len(server.workers()) == 2, lambda: str(server.workers()))
        wanted = [writer.answers + 3 for writer in writers]
        wait_until(
            lambda wanted=wanted: all(  # type: ignore[misc]
                writer.answers >= least or writer.failure for writer, least in zip(writers, wanted, strict=True)
            ),
            lambda: "no writer gets any further",
        )
        server.kill(pick.choice(server.workers()))
        done += 1

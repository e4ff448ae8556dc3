"""The same account as a server sees it that has lost its index: the same answers, but for states and thread ids.

Thread ids follow the order in which messages were first seen. And an Email that came back keeps its threadId, as it is
immutable (RFC 8621 4.1.1), where a new index puts it into the thread that it would join today.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.conftest import MailHost
from tests.properties.client import QUERIES, Client

Answers = dict[str, Any]
KEPT = ("objects.json",)


def lose_index(state_dir: Path) -> None:
    """All that may be deleted at any time (docs/STORAGE.md)."""
    for path in state_dir.iterdir():
        if path.is_file() and path.name not in KEPT:
            path.unlink()


def answers(client: Client, has_threads: bool) -> Answers:
    """What must be the same with any index; without `has_threads`, what does not depend on threads."""
    emails, boxes = client.whole("Email")[1], client.whole("Mailbox")[1]
    talks: dict[str, set[str]] = {}
    for id, email in emails.items():
        talks.setdefault(email.pop("threadId"), set()).add(id)
    threads = client.whole("Thread")[1]
    assert {id: set(thread["emailIds"]) for id, thread in threads.items()} == talks
    if not has_threads:
        for box in boxes.values():
            del box["totalThreads"], box["unreadThreads"]
    return {
        "Email": emails,
        "Mailbox": boxes,
        "Thread": sorted(thread["emailIds"] for thread in threads.values()) if has_threads else None,
        "query": [
            client.ask(number)[1]
            for number, (_, query) in enumerate(QUERIES)
            if has_threads or not (query.get("collapseThreads") or "InThread" in str(query))
        ],
    }


def same(one: Answers, other: Answers) -> None:
    """Fails with what differs."""
    for type in ("Mailbox", "Email"):
        assert {id: one[type][id] for id in one[type] if other[type].get(id) != one[type][id]} == {
            id: other[type][id] for id in other[type] if other[type][id] != one[type].get(id)
        }
    assert one == other


class Twin(MailHost):
    """Another server over the files of `host`, with an empty state but for objects.json."""

    def __init__(self, host: MailHost, folder: Path) -> None:
        self.account, self.root = host.account, host.root
        old, new = Path(host.config.paths.state_dir), folder / "twin"
        shutil.rmtree(new, ignore_errors=True)
        (new / host.account).mkdir(parents=True, mode=0o700)
        new.chmod(0o700)
        for name in KEPT:
            if (old / host.account / name).exists():
                shutil.copy(old / host.account / name, new / host.account / name)
        self.config = replace(host.config, paths=replace(host.config.paths, state_dir=str(new)))
        self.start()

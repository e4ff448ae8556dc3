#!/usr/bin/env python3
"""Times a client's "send": bench/submit.py [--requests N] [--messages N] [--folder PATH]

One request: Email/set create, EmailSubmission/set with onSuccessUpdateEmail, which moves the message to Sent. No HTTP.
The Maildir, with --messages in it before, is made in a new folder (under --folder, so that it can be on the disk in
question). CPU is what this process used; wall has the waiting for the disk, too.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jmapd import datatypes
from jmapd.config import Config, flat
from jmapd.methods.context import Limits
from jmapd.methods.registry import Registry, methods
from jmapd.protocol import dispatch
from jmapd.stores.maildir import MaildirAccount

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"]
OPTIONS = flat(Config()) | {"identities.domain": "example.org"}
TEXT = "The quick brown fox jumps over the lazy dog.\n" * 40


def account(folder: Path, messages: int) -> MaildirAccount:
    root = folder / "mail"
    for path in (root, root / ".Drafts", root / ".Sent"):
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True)
    for number in range(messages):
        text = f"From: b@example.net\nSubject: {number}\nMessage-ID: <{number}@example.net>\n\n{TEXT}"
        (root / "cur" / f"{1_700_000_000 + number}.M{number}.host:2,S").write_text(text)
    made = MaildirAccount("alice", "alice", "alice", root, folder / "state", OPTIONS)
    with made.opened():
        made.follower.run(None)
    return made


def ask(account: MaildirAccount, registry: Registry, calls: list[Any]) -> list[Any]:
    request = {"using": USING, "methodCalls": [[*call, "c"] for call in calls]}
    answer = dispatch.run(request, "alice", {"alice": account}, registry, Limits(), OPTIONS, False)
    return [response[1] for response in answer["methodResponses"]]


def calls(boxes: dict[str, str], identity: str) -> list[Any]:
    draft = {
        "mailboxIds": {boxes["Drafts"]: True},
        "keywords": {"$draft": True, "$seen": True},
        "from": [{"name": "Alice", "email": "alice@example.org"}],
        "to": [{"name": "Bob", "email": "bob@example.net"}],
        "subject": "A message",
        "textBody": [{"partId": "t", "type": "text/plain"}],
        "htmlBody": [{"partId": "h", "type": "text/html"}],
        "bodyValues": {"t": {"value": TEXT}, "h": {"value": f"<p>{TEXT}</p>"}},
    }
    patch = {f"mailboxIds/{boxes['Drafts']}": None, f"mailboxIds/{boxes['Sent']}": True, "keywords/$draft": None}
    submission = {"identityId": identity, "emailId": "#d"}
    create: dict[str, Any] = {"create": {"s": submission}, "onSuccessUpdateEmail": {"#s": patch}}
    return [
        ["Email/set", {"accountId": "alice", "create": {"d": draft}}],
        ["EmailSubmission/set", {"accountId": "alice"} | create],
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    registry = methods(datatypes.ALL)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        made = account(Path(folder), options.messages)
        whole = {"accountId": "alice", "ids": None}
        boxes, identities = ask(made, registry, [["Mailbox/get", whole], ["Identity/get", whole]])
        asked = calls({box["name"]: box["id"] for box in boxes["list"]}, identities["list"][0]["id"])
        cpu, wall = [], []
        for _ in range(options.requests):
            begin = time.process_time(), time.perf_counter()
            answers = ask(made, registry, asked)
            cpu.append((time.process_time() - begin[0]) * 1000)
            wall.append((time.perf_counter() - begin[1]) * 1000)
            assert answers[1]["created"] and answers[2]["updated"], answers
        made.close()
    found = {"CPU": cpu, "wall": wall}
    for name, times in found.items():
        print(f"{name}: median {statistics.median(times):.2f} ms, 95% {sorted(times)[int(len(times) * 0.95)]:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Makes the index of an account with many messages straight from generated rows: no mail files are written.

Used to measure how the first screen's cost grows:
  PYTHONPATH=. bench/index_rows.py STATE_DIR/ACCOUNT --messages 1000000 --root MAILDIR
With --root a Maildir tree of empty folders is made (or taken), so that a server can serve the account: nothing in those
folders changes, so nothing is looked for in them. Bodies cannot be fetched. Without it only the index is made.
"""

import argparse
import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores.maildir import MaildirAccount

ROLES = ["inbox", "sent", "drafts", "trash", "junk", "archive"]
KEYWORDS = ["$answered", "$flagged", "$forwarded", "$important", "receipts", "travel", "todo", "project"]
WORDS = [
    "report",
    "meeting",
    "invoice",
    "travel",
    "budget",
    "review",
    "update",
    "question",
    "plan",
    "draft",
    "release",
    "notes",
    "summer",
    "market",
    "order",
    "status",
    "window",
    "garden",
    "printer",
    "contract",
    "survey",
    "lunch",
    "server",
    "backup",
    "holiday",
    "ticket",
    "energy",
    "school",
    "music",
    "paper",
    "library",
]
HEADERS = [
    "received",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "dkim-signature",
    "return-path",
]
DAY = 86400


def mailboxes(count: int) -> dict[str, dict[str, Any]]:
    """Mailbox records as the Maildir store keeps them, in the order of their sizes."""
    out = {}
    for number in range(count):
        role = ROLES[number] if number < len(ROLES) else None
        name = role.capitalize() if role else f"Folder {number}"
        out[f"mb{number:04}"] = {
            "name": name,
            "parentId": None,
            "role": role,
            "sortOrder": number,
            "isSubscribed": True,
        }
    return out


def rows(count: int, folders: list[str], seed: int) -> Iterator[dict[str, Any]]:
    """Messages from the oldest on; some 45 threads for 100 messages, a third of them in the first mailbox."""
    dice = random.Random(seed)
    start = 1_700_000_000 - count * 60
    threads: list[tuple[int, str, str]] = []
    people = [f"{dice.choice(WORDS)}.{number}@example.org" for number in range(2000)]
    for number in range(count):
        received = start + number * 60 + dice.randrange(40)
        digest = hashlib.sha256(b"%d %d" % (seed, number)).hexdigest()
        sender = people[int(dice.random() ** 2 * len(people))]
        is_reply = threads and dice.random() < 0.55
        if is_reply:
            key, subject, first = threads[-1 - int(dice.random() ** 3 * min(len(threads), 500))]
        else:
            subject = " ".join(dice.choices(WORDS, k=4)) + f" {number % 9973}"
            key, first = int(digest[:15], 16), f"{number}@example.org"
            threads.append((key, subject, first))
            del threads[:-1000]
        yield row(number, digest, received, sender, subject, [key, int(digest[15:30], 16)], first, folders, dice)


def row(
    number: int,
    digest: str,
    received: int,
    sender: str,
    subject: str,
    keys: list[int],
    first: str,
    folders: list[str],
    dice: random.Random,
) -> dict[str, Any]:
    """One EmailRow."""
    folder = folders[0] if dice.random() < 0.35 else folders[int(dice.random() ** 2 * len(folders))]
    keywords = ["$seen"] if dice.random() < 0.8 else []
    keywords += [keyword for keyword in KEYWORDS if dice.random() < 0.03]
    flags = "S" if "$seen" in keywords else ""
    name = f"cur/{received}.M{number}P{number % 32768}.host,S={2000 + number % 9000}:2,{flags}"
    person = {"name": sender.split("@")[0].title(), "email": sender}
    preview = " ".join(dice.choices(WORDS, k=28))
    return {
        "receivedAt": received,
        "size": 2000 + number * 7919 % 9000,
        "blobId": "G" + digest,
        "files": {folder: [name]},
        "keywords": keywords,
        "record": {
            "messageId": [f"{number}@example.org"],
            "inReplyTo": None if first.startswith(f"{number}@") else [first],
            "references": None if first.startswith(f"{number}@") else [first],
            "sender": None,
            "from": [person],
            "to": [{"name": "Alice", "email": "alice@example.org"}],
            "cc": None,
            "bcc": None,
            "replyTo": None,
            "subject": subject,
            "sentAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(received - 5)),
            "preview": preview,
            "hasAttachment": number % 11 == 0,
            "headers": {},
        },
        "thread_keys": keys,
        "header_names": HEADERS + (["list-id", "list-unsubscribe"] if number % 4 == 0 else []),
        "sort": {"subject": subject, "from": sender, "to": "alice", "sentAt": received - 5},
    }


def maildir(root: Path, count: int) -> None:
    """Empty Maildir++ folders that look long unchanged."""
    names = [role.capitalize() for role in ROLES[1:]] + [f"Folder {number}" for number in range(count)]
    for name in ["", *(f".{name}" for name in names[: count - 1])]:
        for part in ("cur", "new", "tmp"):
            (root / name / part).mkdir(parents=True, exist_ok=True)
    for path in sorted(root.rglob("*"), reverse=True) + [root]:
        os.utime(path, (1_600_000_000, 1_600_000_000))


def served(root: Path, folder: Path, count: int, messages: int, seed: int) -> int:
    """An index that fits the Maildir tree, as the server itself begins it."""
    maildir(root, count)
    account = MaildirAccount(folder.name, folder.name, folder.name, root, folder)
    with account.session():
        index = account.index
        objects = {type: dict(index.objects.all(type)) for type in index.objects.types()}
        order = {role: number for number, role in enumerate(ROLES)}
        boxes = sorted(objects["Mailbox"].items(), key=lambda box: (order.get(box[1]["role"], 99), box[1]["name"]))
        with index.lock():
            index.replace(rows(messages, [id for id, _ in boxes], seed), objects)
        return len(index.mail)


def bare(folder: Path, count: int, messages: int, seed: int) -> int:
    """An index alone."""
    boxes = mailboxes(count)
    index = AccountIndex(folder)
    with index.lock():
        index.replace(rows(messages, list(boxes), seed), {"Mailbox": boxes})
    return len(index.mail)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the account's folder under state_dir; made when missing")
    parser.add_argument("--root", type=Path, help="the account's Maildir; made when missing")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--mailboxes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    if options.root:
        made = served(options.root, options.folder, options.mailboxes, options.messages, options.seed)
    else:
        made = bare(options.folder, options.mailboxes, options.messages, options.seed)
    print(f"{made} messages in {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Times the first screen on indexes that index_rows.py made: bench/first_screen.py FOLDER [FOLDER ...]

The request is the benchmark's: a page of 50 threads of the inbox with its total, their list properties, their
threads, and the same properties of all messages of these threads. No HTTP, no following of the file system: what is
left is the cost of query and get.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol import dispatch
from jmapd.stores.maildir import MaildirAccount
from jmapd.wire import ijson

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
LIST = ["id", "threadId", "mailboxIds", "keywords", "hasAttachment", "from", "to", "subject", "receivedAt", "size"]
LIST += ["preview"]


class IndexOnly(MaildirAccount):
    """An account that has an index and no files."""

    @contextmanager
    def session(self) -> Iterator[None]:
        with self.opened():
            yield


def reference(call: str, name: str, path: str) -> dict[str, str]:
    return {"resultOf": call, "name": name, "path": path}


def calls(account: str, inbox: str) -> list[Any]:
    newest = [{"property": "receivedAt", "isAscending": False}]
    query = {"filter": {"inMailbox": inbox}, "sort": newest, "collapseThreads": True, "limit": 50}
    get = {"properties": LIST, "#ids": reference("a", "Email/query", "/ids")}
    threads = {"#ids": reference("b", "Email/get", "/list/*/threadId")}
    rest = {"properties": LIST, "#ids": reference("c", "Thread/get", "/list/*/emailIds")}
    return [
        ["Email/query", {"accountId": account, **query, "calculateTotal": True}, "a"],
        ["Email/get", {"accountId": account, **get}, "b"],
        ["Thread/get", {"accountId": account, **threads}, "c"],
        ["Email/get", {"accountId": account, **rest}, "d"],
    ]


def measure(folder: Path, repeats: int) -> tuple[int, float]:
    """(messages, median milliseconds)."""
    account = IndexOnly(folder.name, folder.name, folder.name, folder, folder)
    registry = methods(datatypes.ALL)
    with account.session():
        messages = len(account.index.mail.live())
        boxes = account.index.objects.all("Mailbox")
        inbox = next(id for id, box in boxes.items() if box.get("role") == "inbox")
    request = {"using": USING, "methodCalls": calls(folder.name, inbox)}
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        answer = dispatch.run(request, folder.name, {folder.name: account}, registry, Limits(), {}, False)
        ijson.dumps(answer)
        times.append((time.perf_counter() - begin) * 1000)
        assert len(answer["methodResponses"][1][1]["list"]) == 50, answer["methodResponses"]
    return messages, statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="an account's folder, made by index_rows.py")
    parser.add_argument("--repeats", type=int, default=200)
    options = parser.parse_args()
    first = 0.0
    for folder in options.folders:
        messages, median = measure(folder, options.repeats)
        first = first or median
        print(f"{messages:>9} messages: {median:.2f} ms, {median / first:.2f} x the first")
    return 0


sys.exit(main())

"""A process that changes Emails of an account until it is killed; run by test_maildir_processes.py.

Arguments: Maildir, state folder, seed, "quiet" or "talk" (a line before each change and one when it was answered),
number of changes.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jmapd.stores.base import RecordNotFound
from jmapd.stores.maildir import MaildirAccount


def change(account: MaildirAccount, pick: random.Random, say: Callable[[str], object]) -> str | None:
    """One change of some Emails, as Email/set makes it; answers what was promised for the last one."""
    with account.session():
        store = account.store("Email")
        boxes = sorted(account.store("Mailbox").ids())
        with account.lock():
            ids = sorted(store.ids())
            promised = None
            chosen = pick.sample(ids, min(3, len(ids)))
            say("try " + " ".join(chosen))
            with store.transaction() as transaction:
                for id in chosen:
                    record: Any = transaction.get(id)
                    words = pick.sample(["$seen", "$flagged", "$draft", "work", "home"], 2)
                    wanted = pick.sample(boxes, pick.choice((1, 1, 2)))
                    new = record | {"keywords": dict.fromkeys(words, True), "mailboxIds": dict.fromkeys(wanted, True)}
                    try:
                        transaction.update(id, new, {"keywords", "mailboxIds"})
                    except RecordNotFound:
                        continue
                    promised = f"{id} {','.join(sorted(words))} {','.join(sorted(wanted))}"
    return promised


def main() -> None:
    root, state, seed, mode, count = sys.argv[1:]
    account = MaildirAccount("alice", "alice", "alice", Path(root), Path(state), {})
    pick = random.Random(int(seed))

    def say(text: str) -> None:
        if mode == "talk":
            print(text, flush=True)

    for _ in range(int(count)):
        promised = change(account, pick, say)
        if promised:
            say(promised)


if __name__ == "__main__":
    main()

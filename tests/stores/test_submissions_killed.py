"""Who is killed while a submission is made, called back, sent or destroyed: nothing is lost, nothing is sent twice."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Journal
from jmapd.stores.outbox import ORPHAN_SECONDS, Outbox, Result
from jmapd.stores.submissions import SubmissionTransaction
from tests.stores.maildir_files import Mail
from tests.stores.submitted import BOB, MESSAGE, cancel, create, left, record, recovered, store, writing

pytestmark = pytest.mark.rfc("8621", "7.5")
ALWAYS = 2000.0
AT: list[tuple[Any, str, int]] = [
    (atomic, "write_new", 1),
    (atomic, "write_new", 2),
    (atomic, "write_all", 1),
    (atomic, "write_all", 2),
    (atomic, "sync_file", 1),
    (atomic, "sync_file", 2),
    (atomic, "sync_folder", 1),
    (AccountIndex, "commit", 1),
    (Journal, "append", 1),
    (Journal, "sync", 1),
    (Outbox, "finish", 1),
    (Path, "rename", 1),
    (SubmissionTransaction, "_finish", 1),
]
TAKEN = Result("250 2.0.0 Ok", "unknown")


def killed(mail: Mail, act: Callable[[Mail], object], owner: Any, name: str, count: int, is_after: bool) -> bool:
    """Acts in a process of its own, which ends at the `count`th call of owner.name, or after it; whether it did."""
    pid = os.fork()
    if pid == 0:
        original, calls = getattr(owner, name), 0

        def deadly(*arguments: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == count and not is_after:
                if name == "write_all":
                    os.write(arguments[0], arguments[1][:20])
                os._exit(9)
            answer = original(*arguments, **more)
            if calls == count:
                os._exit(9)
            return answer

        try:
            mail.account = mail.open()
            with mail.account.opened():
                setattr(owner, name, deadly)
                act(mail)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 9)
    return code == 9


def aged(mail: Mail) -> None:
    """As if the kill were long ago."""
    for path in mail.account.outbox.folder.glob("*"):
        when = path.stat().st_mtime - ORPHAN_SECONDS - 60
        os.utime(path, (when, when))


def check(mail: Mail) -> dict[str, dict[str, Any]]:
    """The records after a start of the worker: each has its entry, no entry is without record, nothing else is left."""
    if mail.account.outbox.folder.is_dir():
        aged(mail)
    found = recovered(mail)
    outbox = Outbox(mail.account.outbox.folder)
    entries = {each["id"]: each for each in outbox.entries()}
    assert {id: {"id": id, **each["record"]} for id, each in entries.items() if each["record"]} == found
    waiting = {id for id, each in entries.items() if not each["done"]}
    assert set(outbox.due(ALWAYS)) == waiting
    assert {id for id, each in found.items() if each["undoStatus"] == "pending"} <= waiting
    assert left(mail) == sorted([f"{id}.json" for id in entries] + [f"{id}.eml" for id in waiting])
    return found


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(("owner", "name", "count"), AT)
def test_create(mail: Mail, owner: Any, name: str, count: int, is_after: bool) -> None:
    """All or nothing of it."""
    with mail.account.opened(), mail.account.lock():
        store(mail.account).restore()  # or the first commit would be that
    assert killed(mail, create, owner, name, count, is_after)
    found = check(mail)
    was_committed = name in ("finish", "_finish") or name in ("append", "commit") and is_after or name == "rename"
    assert len(found) == was_committed or owner is Journal and name == "sync"
    for id in found:
        assert (mail.account.outbox.folder / f"{id}.eml").read_bytes() == MESSAGE


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(
    ("name", "count"), [("commit", 1), ("sync", 1), ("write", 1), ("sync_folder", 1), ("unlink", 1)]
)
def test_cancel(mail: Mail, name: str, count: int, is_after: bool) -> None:
    """Either it will be sent and the record says pending, or it will not and the record says canceled."""
    owner = {"commit": AccountIndex, "sync": AccountIndex, "unlink": Path}.get(name, atomic)
    id = create(mail)
    assert killed(mail, lambda mail: cancel(mail, id), owner, name, count, is_after)
    [found] = check(mail).values()
    is_waiting = Outbox(mail.account.outbox.folder).due(ALWAYS) == [id]
    assert found["undoStatus"] == ("pending" if is_waiting else "canceled")
    if name == "commit":
        assert not is_waiting, "what was called back for good is not sent, whatever comes then"


def sent(mail: Mail) -> None:
    """As the worker, after the server's answer."""
    [id] = mail.account.outbox.due(ALWAYS)
    with mail.account.outbox.attempt(id) as entry:
        assert entry is not None
        entry.record_results({BOB: TAKEN}, None)
    store(mail.account).settle_results(id)


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(
    ("name", "count"), [("write", 1), ("sync_folder", 1), ("unlink", 1), ("commit", 1), ("sync", 1), ("write", 2)]
)
def test_results(mail: Mail, name: str, count: int, is_after: bool) -> None:
    """What was recorded is never sent again, and the record gets to know it."""
    owner = {"commit": AccountIndex, "sync": AccountIndex, "unlink": Path}.get(name, atomic)
    id = create(mail)
    assert killed(mail, sent, owner, name, count, is_after)
    was_recorded = (name, count) != ("write", 1) or is_after
    with mail.account.outbox.attempt(id) as entry:
        assert (entry is None) == was_recorded
    [found] = check(mail).values()
    assert (found["undoStatus"] == "final") == was_recorded
    assert Outbox(mail.account.outbox.folder).due(ALWAYS) == ([] if was_recorded else [id])


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(("name", "count"), [("commit", 1), ("keep_record", 1), ("write", 1)])
def test_destroy(mail: Mail, name: str, count: int, is_after: bool) -> None:
    """The message is sent, whatever becomes of the record."""
    id = create(mail)

    def destroy(mail: Mail) -> None:
        with writing(mail.account) as tx:
            tx.destroy(id)

    owner = {"commit": AccountIndex, "keep_record": Outbox}.get(name, atomic)
    assert killed(mail, destroy, owner, name, count, is_after)
    found = check(mail)
    assert Outbox(mail.account.outbox.folder).due(ALWAYS) == [id]
    assert list(found) == ([id] if name == "commit" and not is_after else [])


def test_no_entry_counts_before_its_record_is_on_the_disk(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut could undo must not have been sent."""
    calls: list[str] = []

    def noted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(*arguments: Any) -> Any:
            calls.append(name)
            return original(*arguments)

        monkeypatch.setattr(owner, name, call)

    with mail.account.opened(), mail.account.lock():
        store(mail.account).restore()
    for owner, name in ((atomic, "sync_folder"), (AccountIndex, "commit"), (Journal, "sync"), (Outbox, "finish")):
        noted(owner, name)
    create(mail)
    first = {name: calls.index(name) for name in calls}
    assert first["sync_folder"] < first["commit"] < calls.index("sync", first["commit"]) < first["finish"]


def test_the_next_change_ends_what_the_kill_left(mail: Mail) -> None:
    """Without a worker, too: a client calls back what was made and not finished."""
    with mail.account.opened(), mail.account.lock():
        store(mail.account).restore()
    assert killed(mail, create, Outbox, "finish", 1, is_after=False)
    with mail.account.opened():
        [id] = store(mail.account).ids()
    assert left(mail) == [f"{id}.eml", f"{id}.json.new"]
    cancel(mail, id)
    assert left(mail) == [f"{id}.json"] and check(mail)[id]["undoStatus"] == "canceled"


def test_put(mail: Mail) -> None:
    """An internal entry is there whole, or goes."""

    def put(mail: Mail) -> None:
        mail.account.outbox.put("mdn", "", [BOB], MESSAGE)

    for name, count in (("write_new", 1), ("sync_file", 1), ("write", 1)):
        for is_after in (False, True):
            assert killed(mail, put, atomic, name, count, is_after)
            waiting = mail.account.outbox.due(9e9)
            assert len(waiting) == (name == "write" and is_after)
            check_put(mail)


def check_put(mail: Mail) -> None:
    if mail.account.outbox.folder.is_dir():
        aged(mail)
    assert recovered(mail) == {}
    assert len(left(mail)) == 2 * len(mail.account.outbox.due(9e9))
    assert record()["release"] < ALWAYS

"""The store of EmailSubmissions keeps the contract; what the server sets, what is restored, what expires."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from jmapd.stores import plain_copy, rebuild
from jmapd.stores.base import Store
from jmapd.stores.outbox import Result
from jmapd.wire.dates import utc_date
from tests.stores.contract import StoreContract
from tests.stores.maildir_files import Mail
from tests.stores.submitted import BOB, cancel, create, left, record, recovered, store, writing

GIVEN = ("message", "mailFrom", "rcptTo", "release")
TAKEN, LATER = Result("250 2.0.0 Ok", "unknown"), Result("450 4.2.0 Later", "queued")


class TestContract(StoreContract):
    """As every store."""

    @pytest.fixture
    def store(self, mail: Mail) -> Iterator[Store]:
        with mail.account.session(), mail.account.lock():
            yield mail.account.store("EmailSubmission")

    def record(self, number: int) -> dict[str, Any]:
        return record(number)

    def stored(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name not in GIVEN}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"undoStatus": "canceled"}, {"undoStatus"}

    def test_nothing_is_left_on_disk_of_what_fails(self, mail: Mail, store: Store) -> None:
        id = self.create(store, 1)
        before = left(mail)
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            tx.create(self.record(2))
            tx.update(id, *self.changed(dict(tx.get(id) or {})))
            raise ZeroDivisionError
        assert left(mail) == before and mail.account.outbox.due(2000) == [id]


def attempted(mail: Mail, id: str, result: Result, next: float | None = None) -> None:
    """As the worker does it; the record is not told yet."""
    with mail.account.outbox.attempt(id) as entry:
        assert entry is not None
        entry.record_results({BOB: result}, next)


def settled(mail: Mail, id: str) -> dict[str, Any]:
    with mail.account.session():
        store(mail.account).settle_results(id)
        return store(mail.account).get([id])[id]


@pytest.mark.rfc("8621", "7")
@pytest.mark.parametrize(
    ("result", "next", "undo"),
    [
        (TAKEN, None, "final"),
        (LATER, 5000.0, "pending"),
        (Result("550 5.1.1 No", "no"), None, "final"),
        (Result("250 2.0.0 There", "yes"), None, "final"),
    ],
)
def test_results_of_an_attempt(mail: Mail, result: Result, next: float | None, undo: str) -> None:
    id = create(mail)
    attempted(mail, id, result, next)
    found = settled(mail, id)
    assert found["undoStatus"] == undo
    assert found["deliveryStatus"][BOB] == vars(result) | {"displayed": "unknown"}
    assert json.loads((mail.account.outbox.folder / f"{id}.json").read_bytes())["record"] | {"id": id} == found


@pytest.mark.rfc("8621", "7")
@pytest.mark.parametrize("delivered", ["yes", "no"])
def test_a_report_that_came_first_is_not_forgotten(mail: Mail, delivered: str) -> None:
    id = create(mail)
    attempted(mail, id, TAKEN)
    told = {BOB: {"smtpReply": "250 2.1.5 Told", "delivered": delivered, "displayed": "yes"}}
    with mail.account.session():
        assert store(mail.account).settle(id, {"deliveryStatus": told, "dsnBlobIds": ["G1"], "mdnBlobIds": ["G2"]})
    found = settled(mail, id)
    assert found["deliveryStatus"] == told and found["undoStatus"] == "final"
    assert (found["dsnBlobIds"], found["mdnBlobIds"]) == (["G1"], ["G2"])


def test_settling_nothing_changes_no_state(mail: Mail) -> None:
    id = create(mail)
    attempted(mail, id, TAKEN)
    settled(mail, id)
    with mail.account.session():
        state = store(mail.account).state()
        store(mail.account).settle_results(id)
        assert store(mail.account).settle(id, {"dsnBlobIds": []})
        assert not store(mail.account).settle("Snone", {"dsnBlobIds": ["G1"]})
        assert store(mail.account).state() == state


def test_results_that_the_record_was_not_told_are_found_by_the_next_worker(mail: Mail) -> None:
    id = create(mail)
    attempted(mail, id, TAKEN)
    assert recovered(mail)[id]["undoStatus"] == "final"


@pytest.mark.parametrize("way", ["deleted", "rebuilt"])
def test_records_come_back_after_a_lost_index(mail: Mail, way: str) -> None:
    mail.folder()
    ids = [create(mail, number) for number in (1, 2, 3)]
    cancel(mail, ids[1])
    attempted(mail, ids[2], TAKEN)
    settled(mail, ids[2])
    with mail.account.session():
        before = {each["id"]: each for each in store(mail.account).scan()}
    if way == "rebuilt":
        rebuild.renew(mail.account)
    else:
        mail.account.close()
        for path in (path for path in mail.state_dir.iterdir() if path.is_file()):
            path.unlink()
    account = mail.open()
    with account.session():
        assert {each["id"]: each for each in store(account).scan()} == before
    account.close()


def test_what_was_destroyed_does_not_come_back(mail: Mail) -> None:
    mail.folder()
    kept, gone = create(mail, 1), create(mail, 2)
    with writing(mail.account) as tx:
        tx.destroy(gone)
    rebuild.renew(mail.account)
    account = mail.open()
    with account.session():
        assert list(store(account).ids()) == [kept]
    assert account.outbox.due(2000) == [kept, gone], "its delivery goes on"
    account.close()


def test_submissions_are_not_in_the_copy_of_other_objects(mail: Mail) -> None:
    mail.folder()
    create(mail)
    with mail.account.session():
        plain_copy.save(mail.account.index, mail.state_dir)
    assert b"EmailSubmission" not in (mail.state_dir / plain_copy.NAME).read_bytes()


@pytest.mark.rfc("8621", "7")
def test_old_records_are_destroyed(mail: Mail) -> None:
    old = utc_date(int(time.time()) - 10 * 86400)
    ids = []
    for number in range(3):
        with writing(mail.account) as tx:
            ids.append(tx.create(record() | {"sendAt": old if number else utc_date(int(time.time()))})["id"])
    for id in ids[:2]:
        attempted(mail, id, TAKEN)
        settled(mail, id)
    with mail.account.session():
        store(mail.account).expire(9)
        assert sorted(store(mail.account).ids()) == sorted([ids[0], ids[2]]), "what waits stays, however old"
    assert f"{ids[1]}.json" not in left(mail) and f"{ids[2]}.eml" in left(mail)


@pytest.mark.rfc("8621", "7")
@pytest.mark.parametrize("suffix", ["json", "eml"])
def test_a_message_that_somebody_removed_is_not_pending_for_ever(
    mail: Mail, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept, lost = create(mail, 1), create(mail, 2)
    (mail.account.outbox.folder / f"{lost}.{suffix}").unlink()
    found = recovered(mail)
    assert (found[kept]["undoStatus"], found[lost]["undoStatus"]) == ("pending", "final")
    assert found[lost]["deliveryStatus"][BOB]["delivered"] == "no" and lost in caplog.text
    assert mail.account.outbox.due(2000) == [kept]

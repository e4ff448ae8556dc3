"""The store of ParticipantIdentities (jmap-calendars-27 3) beside other processes and other configurations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.account import FileAccount, renew_index
from jmapd.stores.calendar_records import CalendarRecords

pytestmark = pytest.mark.rfc("jmap-calendars-27", "3")
TYPE = "ParticipantIdentity"
ALICE, OTHER = "mailto:alice@example.org", "mailto:a@example.org"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., FileAccount]:
    """The account as another process opens it."""

    def make(*addresses: str) -> FileAccount:
        options = {"identities.domain": "example.org", "identities.addresses": {"alice": list(addresses)}}
        part = CalendarRecords("alice", "alice", tmp_path, options)
        return FileAccount("alice", "alice", "alice", tmp_path / "state", [part], options)

    return make


def shown(account: FileAccount) -> list[tuple[str, str, bool]]:
    with account.session():
        records = account.store(TYPE).scan()
        return [(each["calendarAddress"], each["name"], each["isDefault"]) for each in records]


def change(account: FileAccount, address: str, **properties: Any) -> None:
    with account.session(), account.lock(), account.store(TYPE).transaction() as transaction:
        record = next(each for each in account.store(TYPE).scan() if each["calendarAddress"] == address)
        transaction.update(record["id"], record | properties, properties)


def test_only_one_process_makes_them(opened: Callable[..., FileAccount]) -> None:
    accounts = [opened("a@example.org") for _ in range(3)]
    for account in accounts:
        assert shown(account) == [(ALICE, "", True), (OTHER, "", False)]
    with accounts[0].session():
        state = accounts[0].store(TYPE).state()
        assert accounts[0].index.verify() == []
    assert shown(opened("a@example.org"))
    with accounts[0].session():
        assert accounts[0].store(TYPE).state() == state


def test_what_another_process_has_changed_is_seen(opened: Callable[..., FileAccount]) -> None:
    one, other = opened(), opened()
    assert shown(one) == shown(other)
    change(one, ALICE, name="Alice")
    assert shown(other) == [(ALICE, "Alice", True)]


def test_they_come_and_go_with_the_addresses(opened: Callable[..., FileAccount]) -> None:
    assert shown(opened("a@example.org")) == [(ALICE, "", True), (OTHER, "", False)]
    assert shown(opened()) == [(ALICE, "", True)]
    assert shown(opened("b@example.org", "*@example.net"))[1:] == [("mailto:b@example.org", "", False)]


def test_what_was_said_of_an_address_comes_back_with_it(opened: Callable[..., FileAccount]) -> None:
    account = opened("a@example.org")
    shown(account)
    change(account, OTHER, name="A", isDefault=True)
    assert shown(account) == [(OTHER, "A", True), (ALICE, "", False)]
    assert shown(opened()) == [(ALICE, "", True)]
    assert shown(opened("a@example.org")) == [(OTHER, "A", True), (ALICE, "", False)]


def test_clients_are_told_of_another_default(opened: Callable[..., FileAccount]) -> None:
    account = opened("a@example.org")
    shown(account)
    change(account, OTHER, isDefault=True)
    with account.session():
        state, (first, second) = account.store(TYPE).state(), account.store(TYPE).ids()
    without = opened()
    shown(without)
    with without.session():
        delta = without.store(TYPE).changes(state)
    assert delta is not None and (delta.updated, delta.destroyed) == ([second], [first])


def test_they_survive_a_lost_index(opened: Callable[..., FileAccount]) -> None:
    account = opened()
    shown(account)
    change(account, ALICE, name="Alice")
    with account.session():
        ids = account.store(TYPE).ids()
    account.close()
    renew_index(account.state_dir, 30, want_new=True).close()
    again = opened()
    assert shown(again) == [(ALICE, "Alice", True)]
    with again.session():
        assert again.store(TYPE).ids() == ids

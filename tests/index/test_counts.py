"""The four counts of a mailbox (RFC 8621 2)."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from tests.index.model import email_id, row

pytestmark = pytest.mark.rfc("8621", "2")


@pytest.fixture
def index(tmp_path: Path) -> AccountIndex:
    index = AccountIndex(tmp_path)
    commit(index, ["Mailbox", "c", "inbox", {"role": "inbox"}], ["Mailbox", "c", "bin", {"role": "trash"}])
    return index


def commit(index: AccountIndex, *changes: Any) -> None:
    with index.lock():
        index.commit(list(changes))


def create(number: int, mailboxes: list[str], keywords: list[str]) -> list[Any]:
    files = {name: [f"cur/{number}"] for name in mailboxes}
    return ["Email", "c", email_id(number), row(number, files=files, keywords=keywords, thread_keys=[1])]


def counts(index: AccountIndex, *names: str) -> list[tuple[int, ...]]:
    assert not index.verify()
    return [tuple(index.mail.counts(name)) for name in names]


def test_the_example_of_the_rfc(index: AccountIndex) -> None:
    # "an unread Email in the trash and a read Email in the inbox ... 1 for the trash and 0 for the inbox"
    commit(index, create(1, ["bin"], []), create(2, ["inbox"], ["$seen"]))
    assert counts(index, "inbox", "bin") == [(1, 0, 1, 0), (1, 1, 1, 1)]


def test_a_draft_is_not_unread(index: AccountIndex) -> None:
    commit(index, create(1, ["inbox"], ["$draft"]), create(2, ["inbox"], []))
    assert counts(index, "inbox") == [(2, 1, 1, 1)]


def test_the_unread_email_may_be_in_another_mailbox(index: AccountIndex) -> None:
    commit(index, create(1, ["inbox"], ["$seen"]), create(2, ["work"], []))
    assert counts(index, "inbox", "work") == [(1, 0, 1, 1), (1, 1, 1, 1)]


def test_an_email_in_the_trash_and_elsewhere_counts_in_both(index: AccountIndex) -> None:
    commit(index, create(1, ["inbox", "bin"], []), create(2, ["work"], ["$seen"]))
    assert counts(index, "inbox", "bin", "work") == [(1, 1, 1, 1), (1, 1, 1, 1), (1, 0, 1, 1)]


def test_counts_follow_moves_and_destruction(index: AccountIndex) -> None:
    commit(index, create(1, ["inbox"], []), create(2, ["inbox"], []))
    commit(index, ["Email", "u", email_id(1), {"files": {"bin": ["cur/1"]}}])
    assert counts(index, "inbox", "bin") == [(1, 1, 1, 1), (1, 1, 1, 1)]
    commit(index, ["Email", "u", email_id(2), {"keywords": ["$seen"]}])
    assert counts(index, "inbox", "bin") == [(1, 0, 1, 0), (1, 1, 1, 1)]
    commit(index, ["Email", "d", email_id(1)], ["Email", "d", email_id(2)])
    assert counts(index, "inbox", "bin") == [(0, 0, 0, 0), (0, 0, 0, 0)]


def test_another_trash_changes_the_counts(index: AccountIndex) -> None:
    commit(index, create(1, ["bin"], []), create(2, ["inbox"], ["$seen"]))
    state = index.state("Mailbox")
    commit(index, ["Mailbox", "u", "bin", {"role": None}])
    assert counts(index, "inbox", "bin") == [(1, 0, 1, 1), (1, 1, 1, 1)]
    delta = index.changes("Mailbox", state)
    assert delta is not None
    assert sorted(delta.updated) == ["bin", "inbox"]


@pytest.mark.rfc("8621", "2.2")
def test_updated_properties_name_the_counts_when_only_they_changed(index: AccountIndex) -> None:
    first = index.state("Mailbox")
    commit(index, create(1, ["inbox"], []))
    second = index.state("Mailbox")
    delta = index.changes("Mailbox", first)
    assert delta is not None
    assert delta.updated == ["inbox"]
    assert delta.updated_properties == ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
    commit(index, ["Mailbox", "u", "inbox", {"role": "inbox", "name": "In"}])
    commit(index, ["Email", "u", email_id(1), {"keywords": ["$seen"]}])
    for since in (first, second):
        delta = index.changes("Mailbox", since)
        assert delta is not None
        assert (delta.updated, delta.updated_properties) == (["inbox"], None)
    assert compact(index)
    index.refresh()
    again = index.changes("Mailbox", second)
    assert again is not None
    assert again.updated_properties is None


@pytest.mark.rfc("8621", "2.2")
def test_a_page_between_a_rename_and_a_count_keeps_the_rename(index: AccountIndex) -> None:
    first = index.state("Mailbox")
    commit(index, ["Mailbox", "u", "inbox", {"role": "inbox", "name": "In"}])
    commit(index, ["Mailbox", "c", "work", {"role": None}])
    commit(index, create(1, ["inbox"], []))
    names, since = [], first
    for _ in range(3):
        delta = index.changes("Mailbox", since, 1)
        assert delta is not None
        names.append((delta.created, delta.updated, delta.updated_properties is None))
        since = delta.new_state
    assert names == [([], ["inbox"], True), (["work"], [], True), ([], ["inbox"], False)]


def test_a_flag_that_no_count_knows_changes_no_mailbox(index: AccountIndex) -> None:
    commit(index, create(1, ["inbox"], []))
    state = index.state("Mailbox"), index.state("Thread")
    commit(index, ["Email", "u", email_id(1), {"keywords": ["$flagged"]}])
    assert (index.state("Mailbox"), index.state("Thread")) == state

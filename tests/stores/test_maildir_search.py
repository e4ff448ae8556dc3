"""A search finds every message that is shown, also while the full-text index lacks some."""

from pathlib import Path

import pytest

from jmapd.stores import email_store, rebuild
from jmapd.stores.base import StoreUnavailable
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "4.4.1")


@pytest.fixture
def forgetful(mail: Mail) -> Mail:
    """Its full-text index is gone."""
    for number in range(12):
        mail.deliver(f"Number {number}")
    rebuild.bring_up(mail.account)
    mail.age()
    mail.emails()
    for path in mail.state_dir.glob("text.sqlite*"):
        path.unlink()
    return mail


def found(mail: Mail) -> int:
    with mail.account.session():
        return len(mail.account.emails.search(("body",), "this"))


def test_what_is_missing_is_read(forgetful: Mail) -> None:
    assert found(forgetful) == 12
    rebuild.bring_up(forgetful.account)
    assert found(forgetful) == 12


@pytest.mark.parametrize("bound", ["MAX_UNINDEXED", "SEARCH_SECONDS"])
def test_too_much_to_read_is_told_and_mended(forgetful: Mail, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_store, bound, 0)
    with pytest.raises(StoreUnavailable):
        found(forgetful)
    assert found(forgetful) == 12  # this request has caught up first
    with forgetful.account.opened():
        assert forgetful.account.emails.text.last() == 12


def test_documents_that_come_while_it_searches(forgetful: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    other = forgetful.open()
    with forgetful.account.session():
        text = forgetful.account.emails.text
        search = text.search

        def late(fields: tuple[str, ...], words: str) -> object:
            hits = search(fields, words)
            rebuild.bring_up(other)
            return hits

        monkeypatch.setattr(text, "search", late)
        assert len(forgetful.account.emails.search(("body",), "this")) == 12


def test_a_message_that_moves_while_it_is_taken_in(mail: Mail) -> None:
    path: Path = mail.deliver("One")
    mail.folder(".Work")
    mail.age()
    mail.emails()
    with mail.account.opened(), mail.account.locked():
        mail.account.emails.text.clear()
        path.rename(mail.root / ".Work" / "cur" / "other:2,S")
        mail.account.follower.catch_up(10)
    with mail.account.session():
        assert len(mail.account.emails.search(("subject",), "one")) == 1
        assert mail.account.emails.text.last() == 1

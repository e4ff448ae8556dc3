"""New messages through the store: where their files are, and that nothing is left of what fails."""

import os
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.index.account import AccountIndex
from jmapd.stores.base import OverQuota, RecordNotFound
from tests.stores.maildir_files import RECEIVED, Mail
from tests.stores.new_emails import create, left_over, record

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8621", "4.8")]


def test_a_file_in_cur(mail: Mail) -> None:
    [answer] = create(mail, record(mail, "One", keywords={"$seen", "$flagged"}))
    [name] = mail.names()
    path = mail.root / name
    raw = path.read_bytes()
    assert name.endswith(f",S={len(raw)},W={answer['size']}:2,FS")
    assert b"\r" not in raw and raw.count(b"\n") + len(raw) == answer["size"]
    assert path.stat().st_mtime == RECEIVED + 1
    assert mail.emails()["One"] == answer
    assert left_over(mail) == []


def test_in_several_mailboxes_it_is_one_file_with_several_names(mail: Mail) -> None:
    mail.folder(".Work")
    (mail.root / ".Work" / "dovecot-keywords").write_text("0 other\n1 mine\n")
    (mail.root / "dovecot-keywords").write_text("0 mine\n")
    create(mail, record(mail, "One", "Inbox", "Work", keywords={"mine"}))
    [inbox], [work] = mail.names(), mail.names(".Work")
    assert (mail.root / inbox).samefile(mail.root / ".Work" / work)
    assert (inbox[-4:], work[-4:]) == (":2,a", ":2,b")
    assert inbox.split(",")[0] != work.split(",")[0]
    assert (mail.boxes("One"), mail.keywords("One")) == ({"Inbox", "Work"}, {"mine"})


def test_keywords_that_no_letter_is_left_for(mail: Mail) -> None:
    keywords = {f"k{n}" for n in range(28)} | {"$draft"}
    create(mail, record(mail, "One", keywords=keywords))
    assert mail.keywords("One") == keywords
    assert mail.names()[0].endswith(":2,Dabcdefghijklmnopqrstuvwxyz")


def test_nothing_is_left_of_a_transaction_that_fails(mail: Mail) -> None:
    mail.folder(".Work")
    new = record(mail, "One", "Inbox", "Work")
    session, lock = mail.account.session(), mail.account.lock()
    with pytest.raises(ZeroDivisionError), session, lock, mail.account.store("Email").transaction() as transaction:
        transaction.create(new)
        assert left_over(mail) != []
        raise ZeroDivisionError
    assert (mail.names(), mail.names(".Work"), left_over(mail), mail.emails()) == ([], [], [], {})


@pytest.mark.parametrize("step", ["sync_file", "sync_folder", "rename_new", "link_or_copy"])
def test_nothing_is_left_when_a_step_fails(mail: Mail, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.folder(".Work")
    mail.mailboxes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    new = record(mail, "One", "Inbox", "Work")
    with monkeypatch.context() as patch, pytest.raises(OverQuota):
        patch.setattr(atomic, step, full)
        create(mail, new)
    assert (mail.names(), mail.names(".Work"), left_over(mail), mail.emails()) == ([], [], [], {})


def test_a_record_that_fails_leaves_nothing_and_the_others_go_on(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.folder(".A.B")
    new = record(mail, "One", "Inbox", "A"), record(mail, "Two")
    write = atomic.write_all

    def full(fd: int, data: bytes) -> None:
        if b"This is One" in data:
            os.write(fd, data[:10])
            raise OSError(28, "No space left on device")
        write(fd, data)

    monkeypatch.setattr(atomic, "write_all", full)
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        with pytest.raises(OverQuota):
            transaction.create(new[0])
        with pytest.raises(RecordNotFound):
            transaction.create(new[0] | {"mailboxIds": {"none": True}})
        transaction.create(new[1])
    assert mail.emails().keys() == {"Two"}
    assert left_over(mail) == []
    assert not (mail.root / ".A").exists()


def test_a_folder_that_is_only_a_name_so_far_is_made(mail: Mail) -> None:
    mail.folder(".A.B")
    create(mail, record(mail, "One", "A"))
    assert mail.boxes("One") == {"A"}
    assert (mail.root / ".A" / "maildirfolder").exists()


def test_what_is_new_needs_no_listing_and_is_searched_at_once(mail: Mail) -> None:
    mail.deliver("old")
    mail.age()
    mail.emails()
    new = record(mail, "One")
    with mail.account.session():
        with mail.account.lock(), mail.account.store("Email").transaction() as transaction:
            transaction.create(new)
        assert len(mail.account.emails.search(("subject",), "One")) == 1
        assert not mail.account.emails.has_unadded()
        assert mail.account.follower.watchlist.differences() == (False, {})


def test_each_step_is_on_the_disk_before_the_next(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def watch(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            answer = original(*arguments, **named)
            steps.append(name)
            return answer

        monkeypatch.setattr(owner, name, watched)

    mail.folder(".Work")
    new = record(mail, "One", "Inbox", "Work")
    for owner, name in (
        (atomic, "write_new"), (atomic, "sync_file"), (atomic, "rename_new"), (atomic, "link_or_copy"),
        (atomic, "sync_folder"), (AccountIndex, "commit"), (os, "fdatasync"),
    ):  # fmt: skip
        watch(owner, name)
    create(mail, new)
    assert steps[steps.index("write_new") :] == [
        "write_new", "sync_file", "rename_new", "link_or_copy", "sync_folder", "sync_folder", "commit", "fdatasync",
    ]  # fmt: skip

"""Messages from outside in the Maildir and in the index (stores/incoming.py; RFC 8621 4.1.1)."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.stores.base import DiskFull, StoreUnavailable
from jmapd.stores.incoming import Incoming, receive
from tests.conftest import MailHost

from .conftest import Make, account_of, emails, incoming, leftovers, message, new_files, subjects

pytestmark = pytest.mark.rfc("8621", "4.1.1")


def test_a_file_in_new_and_an_email_at_once(host: MailHost) -> None:
    host.ids()  # the server has looked
    [stored] = receive(account_of(host), [incoming("One")])
    assert stored.error is None
    assert new_files(host) == [b"Return-Path: <sender@example.com>\nDelivered-To: alice@example.org\n" + message("One")]
    [path] = (host.root / "new").iterdir()
    assert ":2," not in path.name and f",S={path.stat().st_size}," in path.name
    [email] = emails(host, "blobId")
    assert (email["id"], email["blobId"], email["keywords"]) == (stored.id, stored.blob_id, {})
    assert email["mailboxIds"] == {host.mailbox("Inbox"): True}


def test_without_following_the_file_system(host: MailHost) -> None:
    account = account_of(host)
    with account.session():
        state = account.emails.state()
    receive(account, [incoming("One")])
    with account.opened():  # nobody has looked at the Maildir since
        assert account.emails.state() != state and len(list(account.emails.ids())) == 1


def test_many_in_one_transaction(host: MailHost) -> None:
    account = account_of(host)
    receive(account, [incoming("First")])
    with account.opened():
        lines = account.index.log.lines
    assert all(stored.error is None for stored in receive(account, [incoming(f"n{number}") for number in range(20)]))
    with account.opened():
        assert account.index.log.lines == lines + 1
    assert len(subjects(host)) == 21


def test_crlf_is_stored_with_lf(host: MailHost) -> None:
    receive(account_of(host), [incoming("", data=message("One").replace(b"\n", b"\r\n"))])
    assert b"\r" not in new_files(host)[0]


def test_other_folders_and_keywords(host: MailHost) -> None:
    host.folder("Work"), host.folder("Lists")
    work, lists, inbox = (host.mailbox(name) for name in ("Work", "Lists", "Inbox"))
    some = incoming("One", folder=work, copies=(None, lists))
    flagged = incoming("Two", folder=work, keywords=frozenset(("$flagged", "todo")))
    assert [stored.error for stored in receive(account_of(host), [some, flagged])] == [None, None]
    found = {email["subject"]: email for email in emails(host)}
    assert found["One"]["mailboxIds"] == dict.fromkeys((work, lists, inbox), True)
    assert found["Two"]["keywords"] == {"$flagged": True, "todo": True}
    assert len(new_files(host, "Work")) == 1  # with flags it has to be in cur/
    host.start()
    assert {email["subject"]: email for email in emails(host)} == found


def test_sent_again_is_one_email(host: MailHost) -> None:
    account = account_of(host)
    [first] = receive(account, [incoming("One")])
    again = receive(account, [incoming("One"), incoming("One")])
    assert [(stored.id, stored.error) for stored in again] == [(first.id, None)] * 2
    assert len(new_files(host)) == 1


def test_sent_again_after_it_was_moved_away(host: MailHost) -> None:
    host.folder("Trash")
    account, trash, inbox = account_of(host), host.mailbox("Trash"), host.mailbox("Inbox")
    [first] = receive(account, [incoming("One")])
    host.call("Email/set", {"update": {first.id: {"mailboxIds": {trash: True}}}})
    [again] = receive(account, [incoming("One")])
    assert again.id == first.id
    assert emails(host)[0]["mailboxIds"] == {trash: True, inbox: True}


def test_a_folder_that_another_program_renames(host: MailHost) -> None:
    path = host.folder("Work")
    account, work = account_of(host), host.mailbox("Work")
    receive(account, [incoming("One")])
    path.rename(host.root / ".Office")
    [stored] = receive(account, [incoming("Two", folder=work)])
    assert stored.error is None and len(new_files(host, "Office")) == 1


def test_a_folder_that_is_gone(host: MailHost) -> None:
    [lost, kept] = receive(account_of(host), [incoming("One", folder="Mnone"), incoming("Two")])
    assert lost.error is not None and lost.id is None and kept.error is None
    assert subjects(host) == ["Two"]


def test_new_and_tmp_are_made_where_they_lack(host: MailHost) -> None:
    account = account_of(host)
    receive(account, [incoming("One")])
    shutil.rmtree(host.root / "new"), shutil.rmtree(host.root / "tmp")
    assert receive(account, [incoming("Two")])[0].error is None
    assert len(new_files(host)) == 1


def test_no_maildir(host: MailHost) -> None:
    shutil.rmtree(host.root)
    [stored] = receive(account_of(host), [incoming("One")])
    assert isinstance(stored.error, StoreUnavailable) and not host.root.exists()


def test_one_that_does_not_fit_leaves_the_others(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    write = atomic.write_new

    def full(path: str, data: bytes, *more: Any) -> int:
        if b"Large" in data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return write(path, data, *more)

    monkeypatch.setattr(atomic, "write_new", full)
    small, large, other = receive(account_of(host), [incoming(name) for name in ("Small", "Large", "Other")])
    assert isinstance(large.error, DiskFull) and small.error is None and other.error is None
    assert subjects(host) == ["Other", "Small"] and leftovers(host) == []


def test_a_full_disk_at_the_commit_leaves_nothing(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_of(host)
    receive(account, [incoming("First")])

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("jmapd.index.journal.Journal.append", full)
        found = receive(account, [incoming("One"), incoming("Two")])
    assert all(isinstance(stored.error, DiskFull) for stored in found)
    assert len(new_files(host)) == 1 and leftovers(host) == []
    assert receive(account, [incoming("One")])[0].error is None
    assert subjects(host) == ["First", "One"]


def test_a_state_dir_that_is_full(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_of(host)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", full)
    [stored] = receive(account, [incoming("One")])
    assert isinstance(stored.error, StoreUnavailable) and not list((host.root / "new").iterdir())


def test_dovecots_lock_does_not_hold_mail_up(host: MailHost) -> None:
    (host.root / "dovecot-uidlist").write_text("3 V1 N1 G0123456789abcdef0123456789abcdef\n")
    (host.root / "dovecot-uidlist.lock").write_text("")
    account = account_of(host)
    assert receive(account, [incoming("One")])[0].error is None
    assert len(new_files(host)) == 1


def test_maildirsize_is_told(make_mailhost: Make) -> None:
    host = make_mailhost(identities={"domain": "example.org"})
    (host.root / "maildirsize").write_text("100000S,100C\n")
    receive(account_of(host), [incoming("One")])
    [path] = (host.root / "new").iterdir()
    assert (host.root / "maildirsize").read_text().split("\n")[1].split() == [str(path.stat().st_size), "1"]


def test_a_message_that_cannot_be_parsed_is_told(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, *_: Any) -> Any:
        if b"Bad" in data:
            raise RuntimeError("a fault of ours")
        return made(data)

    made = receive.__globals__["new_message"]
    monkeypatch.setitem(receive.__globals__, "new_message", broken)
    bad, good = receive(account_of(host), [incoming("Bad"), incoming("Good")])
    assert isinstance(bad.error, StoreUnavailable) and good.error is None


def test_hostile_octets(host: MailHost) -> None:
    messages = [Incoming(data, "", "alice") for data in (b"", b"\0", b"\xff\xfe", b"\n\n", b":\n", b"A" * 100_000)]
    found = receive(account_of(host), messages)
    assert all(stored.error is None for stored in found) and len(host.ids()) == len(set(map(str, found)))

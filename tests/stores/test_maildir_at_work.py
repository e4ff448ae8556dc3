"""What another program changed in the moment of a write stays, and the client is told (RFC 8620 5.3)."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.stores.base import ReadOnly
from tests.stores.maildir_files import Mail
from tests.stores.new_emails import create, left_over, record
from tests.stores.test_maildir_permissions import as_nobody
from tests.stores.test_maildir_races import boxes, move

pytestmark = pytest.mark.rfc("8620", "5.3")


def write(mail: Mail, subject: str, disturb: Any, **changed: Any) -> tuple[Any, dict[str, Any]]:
    """An update, with what another program does before it; the answer, and the Email as it then is."""
    record = mail.emails()[subject]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        disturb()
        answer = transaction.update(record["id"], record | changed, set(changed))
    return answer, mail.emails()[subject]


@pytest.mark.parametrize("kept", [False, True])
def test_a_flag_that_comes_while_the_message_is_moved(mail: Mail, kept: bool) -> None:
    path = mail.deliver("One", flags="S")
    mail.folder(".Work")
    mail.age()
    wanted = boxes(mail, "Work", "Inbox") if kept else boxes(mail, "Work")
    answer, email = write(mail, "One", lambda: path.rename(f"{path}F"), mailboxIds=wanted)
    assert email["keywords"] == {"$seen": True, "$flagged": True}
    assert answer == {"keywords": {"$flagged": True, "$seen": True}}


def test_a_flag_that_goes_while_the_message_is_moved(mail: Mail) -> None:
    path = mail.deliver("One", flags="FS")
    mail.folder(".Work")
    mail.age()
    gone = path.with_name(path.name.replace(",FS", ",S"))
    answer, email = write(mail, "One", lambda: path.rename(gone), mailboxIds=boxes(mail, "Work"))
    assert email["keywords"] == {"$seen": True}
    assert answer == {"keywords": {"$seen": True}}


@pytest.mark.parametrize("word", ["project", "$forwarded"])
def test_a_keyword_goes_along_to_a_folder_where_others_are_at_work(mail: Mail, word: str) -> None:
    path = mail.deliver("One")
    other = mail.deliver("Two", ".Work")
    mail.update("One", keywords={word})
    mail.age()
    one, two, work = mail.emails()["One"], mail.emails()["Two"], boxes(mail, "Work")
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        other.rename(f"{other}F")
        transaction.update(two["id"], two | {"keywords": {"$seen": True}}, {"keywords"})
        assert transaction.update(one["id"], one | {"mailboxIds": work}, {"mailboxIds"}) is None
    assert not path.exists()
    assert mail.keywords("One") == {word}
    assert mail.boxes("One") == {"Work"}


def test_the_mailboxes_of_a_message_that_was_moved_are_told(mail: Mail) -> None:
    path = mail.deliver("One")
    mail.deliver("Two", ".Work")
    mail.age()
    work = boxes(mail, "Work")
    answer, _ = write(mail, "One", lambda: move(path, ".Work"), keywords={"$seen": True})
    assert answer == {"keywords": {"$flagged": True, "$seen": True}, "mailboxIds": work}


def test_a_copy_into_a_folder_without_tmp(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    mail.deliver("One")
    (mail.folder(".Work") / "tmp").rmdir()
    mail.age()
    wanted = set(boxes(mail, "Work", "Inbox"))
    monkeypatch.setattr(atomic.os, "link", refuse)
    mail.update("One", mailboxIds=wanted)
    assert mail.boxes("One") == {"Inbox", "Work"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
def test_what_a_link_leads_to_is_copied_only_where_it_may_be_read(mail: Mail, tmp_path: Path) -> None:
    """Else who may write links into a Maildir could read with it what the server may read."""
    content = mail.deliver("One").rename(tmp_path / "one")
    link = mail.root / "cur" / "1700000009.M1P1.example:2,S"
    link.symlink_to(content)
    mail.folder(".Work")
    mail.age()
    work = boxes(mail, "Work")
    os.chown(link, 4711, 4711, follow_symlinks=False)
    os.chown(content, 4711, 4711)
    with pytest.raises(ReadOnly):
        write(mail, "One", lambda: os.chown(content, 4712, 4712), mailboxIds=work)
    assert mail.names(".Work") == []
    os.chown(content, 4711, 4711)
    assert mail.boxes("One") == {"Inbox"}


def test_flags_that_cannot_be_followed_keep_nothing_locked(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit stands, whatever becomes of the file."""
    path = mail.deliver("One")
    mail.age()
    record = mail.emails()["One"]
    unlink = os.unlink

    def refuse(name: Any, **more: Any) -> None:
        if str(name).endswith("2,F"):
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(name, **more)

    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.destroy(record["id"])
        path.rename(f"{path}F")
        monkeypatch.setattr("jmapd.stores.maildir_write.os.unlink", refuse)
    monkeypatch.undo()
    assert mail.keywords("One") == {"$flagged"}  # it is still there, so it comes again


@pytest.mark.rfc("8621", "4.6")
def test_a_folder_that_may_not_be_written_refuses_its_own_messages_only(mail: Mail) -> None:
    mail.folder(".Work")
    (mail.root / ".Work" / "cur").chmod(0o500)

    def work() -> None:
        mail.account = mail.open()
        one, two = record(mail, "One"), record(mail, "Two", "Work")
        with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
            transaction.create(one)
            with pytest.raises(ReadOnly):
                transaction.create(two)
        assert mail.emails().keys() == {"One"}
        assert left_over(mail) == []
        (mail.root / ".Work" / "cur").chmod(0o700)
        create(mail, record(mail, "Three", "Work"))
        assert mail.emails().keys() == {"One", "Three"}

    as_nobody(mail, work)

"""Changing keywords and Mailboxes, and destroying, through the store."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from jmapd.stores.base import OverQuota, RecordNotFound, StoreUnavailable
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "4.6")
SYSTEM = {"$seen", "$flagged", "$answered", "$draft", "$forwarded"}


def ids(mail: Mail, *paths: str) -> set[str]:
    boxes = mail.mailboxes()
    return {boxes[path]["id"] for path in paths}


def test_flags_are_sorted_and_unknown_ones_stay(mail: Mail) -> None:
    mail.deliver("One", flags="Xq,note")
    mail.update("One", keywords=SYSTEM)
    assert mail.names()[0].endswith(":2,DFPRSXq,note")
    assert mail.keywords("One") == SYSTEM
    mail.update("One", keywords=set())
    assert mail.names()[0].endswith(":2,Xq,note")


def test_the_base_stays_in_the_folder_and_new_becomes_cur(mail: Mail) -> None:
    path = mail.deliver("One", flags=None)
    path.rename(path.with_name("1700000001.M1P1.example,U=7"))
    mail.update("One", keywords={"$seen"})
    assert mail.names() == ["cur/1700000001.M1P1.example,U=7:2,S"]


def test_our_own_write_needs_no_listing_and_the_sidecar_makes_sure(mail: Mail) -> None:
    mail.deliver("One")
    mail.age()
    mail.emails()
    mail.update("One", keywords={"$seen"})
    with mail.account.opened():
        assert mail.account.follower.watchlist.differences() == (False, {})
        (folder,) = mail.account.index.objects.all("_folder").values()
        assert folder["pending"]
        mail.account.follower.run(None, want_all=True)
        (folder,) = mail.account.index.objects.all("_folder").values()
        assert not folder["pending"]


def test_what_others_did_right_before_our_own_write_is_seen(mail: Mail) -> None:
    mail.deliver("One")
    mail.age()
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        mail.deliver("Two")
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
    assert mail.emails().keys() == {"One", "Two"}


def test_move_gives_a_new_base_without_uid(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    path.rename(path.with_name("1700000001.M1P1.example,S=90,U=7:2,S"))
    mail.folder(".Work")
    mail.update("One", mailboxIds=ids(mail, "Work"))
    assert mail.names() == []
    (name,) = mail.names(".Work")
    assert "U=7" not in name
    assert ",S=90:2,S" in name
    assert "M1P1" not in name
    assert mail.emails()["One"]["receivedAt"] == "2023-11-14T22:13:21Z"


def test_letters_of_the_old_folder_do_not_go_along(mail: Mail) -> None:
    mail.deliver("One", flags="FXq,note")
    mail.folder(".Work")
    mail.update("One", mailboxIds=ids(mail, "Work"))
    assert mail.names(".Work")[0].endswith(":2,FX,note")
    assert mail.keywords("One") == {"$flagged"}


def test_copy_is_a_hard_link_and_leaving_one_mailbox_keeps_the_other(mail: Mail) -> None:
    path = mail.deliver("One", flags="F")
    mail.folder(".Work")
    mail.update("One", mailboxIds=ids(mail, "Inbox", "Work"))
    (name,) = mail.names(".Work")
    assert path.samefile(mail.root / ".Work" / name)
    assert mail.boxes("One") == {"Inbox", "Work"}
    mail.update("One", keywords={"$seen"})
    assert [name[-4:] for name in mail.names() + mail.names(".Work")] == [":2,S", ":2,S"]
    mail.update("One", mailboxIds=ids(mail, "Work"))
    assert (mail.names(), len(mail.names(".Work"))) == ([], 1)


def test_custom_keywords_are_letters(mail: Mail) -> None:
    mail.deliver("One")
    mail.update("One", keywords={"$seen", "project-x", "$label1"})
    assert (mail.root / "dovecot-keywords").read_text() == "0 $label1\n1 project-x\n"
    assert mail.names()[0].endswith(":2,Sab")
    assert mail.keywords("One") == {"$seen", "project-x", "$label1"}
    mail.update("One", keywords={"project-x"})
    assert mail.names()[0].endswith(":2,b")


def test_forwarded_has_a_letter_too_where_dovecot_serves_the_folder(mail: Mail) -> None:
    mail.deliver("One")
    mail.update("One", keywords={"$forwarded"})
    assert mail.names()[0].endswith(":2,P")
    (mail.root / "dovecot-uidlist").write_text("3 V1 N1\n")
    mail.update("One", keywords={"$forwarded", "$seen"})
    assert mail.names()[0].endswith(":2,PSa")
    assert (mail.root / "dovecot-keywords").read_text() == "0 $forwarded\n"
    mail.update("One", keywords={"$seen"})
    assert mail.names()[0].endswith(":2,S")


def test_letters_that_other_programs_use_are_not_taken(mail: Mail) -> None:
    mail.deliver("One", flags="a")
    mail.deliver("Two")
    mail.update("Two", keywords={"work"})
    assert (mail.root / "dovecot-keywords").read_text() == "1 work\n"
    assert mail.keywords("One") == set()


def test_more_keywords_than_letters(mail: Mail) -> None:
    mail.deliver("One")
    mail.folder(".Work")
    many = {f"k{n}" for n in range(30)}
    mail.update("One", keywords=many)
    assert mail.keywords("One") == many
    assert mail.verify() == []
    mail.update("One", mailboxIds=ids(mail, "Work"), keywords=many - {"k0", "k29"})
    assert mail.keywords("One") == many - {"k0", "k29"}
    mail.update("One", keywords=set())
    assert mail.keywords("One") == set()


def test_keywords_dovecot_changes(mail: Mail) -> None:
    path = mail.deliver("One", flags="c")
    assert mail.keywords("One") == set()
    (mail.root / "dovecot-keywords").write_text("0 a\n2 Project-X\n3 bad*word\n4 $Seen\n")
    assert mail.keywords("One") == {"project-x"}
    path.rename(path.with_name(path.name + "de"))
    assert mail.keywords("One") == {"project-x"}
    mail.update("One", keywords={"a"})
    assert mail.names()[0].endswith(":2,ade")


def test_a_file_renamed_in_the_last_moment(mail: Mail) -> None:
    path = mail.deliver("One", flags="")
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        path.rename(path.with_name(path.name + "F"))
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
    assert mail.keywords("One") == {"$seen", "$flagged"}  # what the other program did is not undone


def test_a_file_gone_in_the_last_moment(mail: Mail) -> None:
    path = mail.deliver("One", flags="")
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        path.unlink()
        with pytest.raises(RecordNotFound):
            transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
        with pytest.raises(RecordNotFound):
            transaction.destroy("M0")
    assert mail.emails() == {}


def test_an_exception_leaves_nothing(mail: Mail) -> None:
    mail.deliver("One", flags="S")
    mail.deliver("Two")
    mail.folder(".Work")
    work = dict.fromkeys(ids(mail, "Work"), True)
    before, names = mail.emails(), mail.names()
    session, lock = mail.account.session(), mail.account.lock()
    with pytest.raises(ZeroDivisionError), session, lock, mail.account.store("Email").transaction() as transaction:
        one = before["One"] | {"keywords": {"$flagged": True}, "mailboxIds": work}
        transaction.update(before["One"]["id"], one, {"keywords", "mailboxIds"})
        transaction.destroy(before["Two"]["id"])
        assert transaction.get(before["Two"]["id"]) is None
        assert transaction.get(before["One"]["id"])["keywords"] == {"$flagged": True}
        raise ZeroDivisionError
    assert mail.names() == names
    assert mail.emails() == before


def test_a_failing_commit_undoes_the_files(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One", flags="S")
    names = mail.names()
    record = mail.emails()["One"]

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with mail.account.session(), mail.account.lock(), monkeypatch.context() as patch:
        patch.setattr(mail.account.index, "commit", full)
        with pytest.raises(OverQuota), mail.account.store("Email").transaction() as transaction:
            transaction.update(record["id"], record | {"keywords": {}}, {"keywords"})
    assert mail.names() == names
    assert mail.keywords("One") == {"$seen"}


def test_dovecots_lock_is_waited_for(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One")
    (mail.root / "dovecot-uidlist").write_text("3 V1 N1\n")
    lock = mail.root / "dovecot-uidlist.lock"
    lock.touch()
    monkeypatch.setattr("jmapd.stores.dovecot.WAIT_SECONDS", 0.05)
    with pytest.raises(StoreUnavailable):
        mail.update("One", keywords={"$seen"})
    assert mail.names()[0].endswith(":2,")
    os.utime(lock, (1, 1))
    mail.update("One", keywords={"$seen"})
    assert mail.keywords("One") == {"$seen"}
    assert not lock.exists()


def test_a_folder_that_is_only_a_parent_is_made(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail()
    mail.deliver("One")
    mail.folder(".A.B")
    mail.update("One", mailboxIds=ids(mail, "A"))
    assert mail.boxes("One") == {"A"}
    assert (mail.root / ".A" / "maildirfolder").exists()
    assert mail.mailboxes().keys() == {"Inbox", "A", "A/B"}
    assert mail.verify() == []


def test_destroy_removes_all_files(mail: Mail) -> None:
    path = mail.deliver("One")
    mail.folder(".Work")
    os.link(path, mail.root / ".Work" / "new" / "copy")
    mail.destroy("One")
    assert mail.names() + mail.names(".Work") == []
    assert list((mail.root / "tmp").iterdir()) == []
    assert mail.emails() == {}

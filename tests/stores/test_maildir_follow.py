"""What other programs do to a Maildir shows at the next session."""

import os
import shutil
import time
from collections.abc import Callable

import pytest

from jmapd.stores import rebuild
from jmapd.stores.maildir_folders import is_racy
from tests.stores.maildir_files import RECEIVED, Mail

pytestmark = pytest.mark.rfc("8621", "4.1.1")


def test_delivered_into_new_and_cur(mail: Mail) -> None:
    mail.deliver("One", flags=None)
    mail.deliver("Two", flags="FS")
    found = mail.emails()
    assert found.keys() == {"One", "Two"}
    assert found["One"]["keywords"] == {}
    assert found["Two"]["keywords"] == {"$flagged": True, "$seen": True}
    assert found["One"]["receivedAt"] == "2023-11-14T22:13:21Z"


def test_receivedat_is_the_mtime_and_stays(mail: Mail) -> None:
    path = mail.deliver("One")
    assert mail.emails()["One"]["receivedAt"] == "2023-11-14T22:13:21Z"
    mail.update("One", keywords={"$seen"})
    (file,) = mail.names()
    assert (mail.root / file).stat().st_mtime == RECEIVED + 1
    assert not path.exists()


def test_flags_changed_by_a_rename(mail: Mail) -> None:
    path = mail.deliver("One", flags=None)
    id = mail.emails()["One"]["id"]
    path.rename(mail.root / "cur" / (path.name + ":2,RS"))
    assert mail.keywords("One") == {"$answered", "$seen"}
    assert mail.emails()["One"]["id"] == id


def test_an_info_part_in_new(mail: Mail) -> None:
    path = mail.deliver("One", flags="F")
    path.rename(mail.root / "new" / path.name)
    assert mail.keywords("One") == {"$flagged"}


@pytest.mark.parametrize("separator", [":", ";", "!"])
def test_other_info_separators(mail: Mail, separator: str) -> None:
    mail.deliver("One", flags="S", separator=separator)
    assert mail.keywords("One") == {"$seen"}
    mail.update("One", keywords={"$flagged"})
    assert mail.names()[0].endswith(f"{separator}2,F")
    mail.deliver("Two", flags=None)
    mail.update("Two", keywords={"$seen"})
    assert [name[-4:] for name in mail.names()] == [f"{separator}2,F", f"{separator}2,S"]


def test_a_message_marked_as_deleted_is_not_shown(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    mail.deliver("Two", flags="ST")
    assert mail.emails().keys() == {"One"}
    gone = path.rename(path.with_name(path.name + "T"))
    assert mail.emails() == {}
    assert mail.mailboxes()["Inbox"]["totalEmails"] == 0
    gone.rename(path)
    assert mail.emails().keys() == {"One"}


def test_moved_to_another_folder(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    mail.folder(".Work")
    id, state = mail.emails()["One"]["id"], mail.account.store("Email").state()
    path.rename(mail.root / ".Work" / "cur" / "another-name:2,S")
    assert mail.boxes("One") == {"Work"}
    delta = mail.account.store("Email").changes(state)
    assert delta is not None
    assert (delta.created, delta.updated, delta.destroyed) == ([], [id], [])


def test_one_email_in_two_folders(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    mail.folder(".Work")
    os.link(path, mail.root / ".Work" / "cur" / "copy:2,F")
    assert mail.boxes("One") == {"Inbox", "Work"}
    assert mail.keywords("One") == {"$seen", "$flagged"}
    path.unlink()
    assert mail.boxes("One") == {"Work"}
    assert mail.keywords("One") == {"$flagged"}


def test_two_identical_files_in_one_folder_are_one_email(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    os.link(path, path.with_name("twin:2,"))
    assert mail.mailboxes()["Inbox"]["totalEmails"] == 1
    mail.destroy("One")
    assert mail.names() == []


def test_deleted(mail: Mail) -> None:
    path = mail.deliver("One")
    id = mail.emails()["One"]["id"]
    state = mail.account.store("Email").state()
    path.unlink()
    assert mail.emails() == {}
    delta = mail.account.store("Email").changes(state)
    assert delta is not None
    assert delta.destroyed == [id]


def test_what_cannot_be_read_is_left_out(mail: Mail, caplog: pytest.LogCaptureFixture) -> None:
    mail.deliver("One")
    (mail.root / "cur" / "a-directory:2,S").mkdir()
    (mail.root / "cur" / "broken-link:2,S").symlink_to("nowhere")
    os.mkfifo(mail.root / "cur" / "pipe:2,S")
    assert mail.emails().keys() == {"One"}
    assert "left out" in caplog.text
    shutil.rmtree(mail.root / "cur" / "a-directory:2,S")
    (mail.root / "cur" / "pipe:2,S").unlink()
    (mail.root / "cur" / "broken-link:2,S").unlink()


def test_a_file_name_that_is_no_utf8(mail: Mail) -> None:
    path = mail.deliver("One")
    path.rename(path.with_name(os.fsdecode(b"caf\xe9:2,S")))
    assert mail.keywords("One") == {"$seen"}
    mail.update("One", keywords={"$flagged"})
    assert [os.fsencode(file.name) for file in path.parent.iterdir()] == [b"caf\xe9:2,F"]


def test_a_session_that_finds_nothing_new_changes_nothing(mail: Mail) -> None:
    mail.deliver("One")
    mail.age()
    mail.emails()
    modseq = mail.account.index.modseq
    mail.emails()
    assert mail.account.index.modseq == modseq


def test_a_file_that_a_listing_misses_is_not_taken_for_destroyed(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mail.deliver("One")
    mail.age()
    id, listdir, missed = mail.emails()["One"]["id"], os.listdir, []
    state = mail.account.store("Email").state()
    path.rename(path.with_name(path.name + "S"))
    mail.age()

    def list_with_a_gap(folder: str) -> list[str]:
        missed.append(folder)
        return listdir(folder) if len(missed) > 1 else []

    monkeypatch.setattr("jmapd.stores.maildir_scan.os.listdir", list_with_a_gap)
    assert mail.keywords("One") == {"$seen"}
    delta = mail.account.store("Email").changes(state)
    assert delta is not None
    assert (delta.updated, delta.destroyed) == ([id], [])


def test_a_directory_changed_right_now_is_looked_at_again(mail: Mail) -> None:
    now = 1_700_000_000_123_456_789
    assert is_racy(now - 1_000_000, now)
    assert not is_racy(now - 1_000_000_000, now)
    assert is_racy(1_700_000_000_000_000_000, now)  # whole seconds: a file system with a coarse clock
    mail.deliver("One")
    now_ns = time.time_ns()
    with mail.account.session():
        (folder,) = mail.account.index.objects.all("_folder").values()
    assert folder["cur"] is None or folder["cur"][0] < now_ns


def test_a_large_maildir_is_read_newest_first_within_a_budget(
    make_mail: Callable[..., Mail], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jmapd.stores.maildir.BUDGET", 0.0)
    monkeypatch.setattr("jmapd.stores.maildir_follow.BATCH", 10)
    mail = make_mail()
    for number in range(35):
        mail.deliver(f"Number {number}")
    assert mail.emails().keys() == {"Number 34"}
    seen = [len(mail.emails()) for _ in range(3)]
    assert seen == [2, 3, 4]
    monkeypatch.setattr("jmapd.stores.maildir.BUDGET", 60.0)
    assert len(mail.emails()) == 35
    assert mail.verify() == []


@pytest.mark.rfc("8621", "3")
def test_threads_do_not_depend_on_the_order_of_a_large_build(
    make_mail: Callable[..., Mail], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = make_mail()
    mail.deliver("Topic")
    for number in range(1, 30):
        mail.deliver(f"{'Re: ' * number}Topic", References=f"<{number}@example.org>")
    at_once = {subject: email["threadId"] for subject, email in mail.emails().items()}
    assert len(set(at_once.values())) == 1
    monkeypatch.setattr("jmapd.stores.maildir_follow.BATCH", 4)
    rebuild.renew(mail.account)
    assert {subject: email["threadId"] for subject, email in mail.emails().items()} == at_once
    assert mail.verify() == []


@pytest.mark.rfc("8621", "4.1.1")
def test_letters_that_are_explained_one_after_the_other(mail: Mail) -> None:
    mail.deliver("One", flags="b")
    assert mail.keywords("One") == set()
    for text, keywords in (("0 own\n", set()), ("0 own\n1 other\n", {"other"})):
        draft = mail.root / "dovecot-keywords.tmp"
        draft.write_text(text)
        draft.rename(mail.root / "dovecot-keywords")
        assert mail.keywords("One") == keywords

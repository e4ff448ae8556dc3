"""A folder that is only a name so far is made whole when an Email is put into it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.files import atomic
from jmapd.stores.base import RecordNotFound
from jmapd.stores.folder_disk import FolderDisk
from tests.stores.maildir_files import Mail
from tests.stores.new_emails import create, left_over, record

pytestmark = pytest.mark.rfc("8621", "4.6")
PARTS = {"cur", "new", "tmp"}


def modes(mail: Mail, path: str) -> dict[str, int]:
    folder = mail.root / path
    return {each.name: each.stat().st_mode & 0o7777 for each in [folder, *folder.iterdir()]}


def test_as_open_as_the_one_above(mail: Mail) -> None:
    mail.folder(".A.B")
    mail.root.chmod(0o2770)
    create(mail, record(mail, "One", "A"))
    found = modes(mail, ".A")
    assert found.pop("maildirfolder") == 0o660
    assert found.keys() == {".A"} | PARTS and set(found.values()) == {0o2770}
    assert mail.boxes("One") == {"A"} and left_over(mail) == [] and mail.verify() == []


def test_what_others_put_into_a_folder_that_is_undone(mail: Mail) -> None:
    """Nothing stays in tmp/, and no message is lost."""
    disk = FolderDisk(mail.root, "maildir++")
    disk.make(".A", disk.workshop([""]))
    (mail.root / ".A" / "dovecot-uidlist").write_text("3 V1 N1\n")
    mail.deliver("One", ".A")
    disk.undo()
    assert not (mail.root / ".A").exists() and list((mail.root / "tmp").iterdir()) == []
    assert mail.boxes("One") == {"Inbox"}


def test_nobody_sees_half_of_it(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made in tmp/ of another folder and renamed to its place."""
    mail.folder(".A.B")
    made, rename = [], atomic.rename_new

    def watch(source: str, target: str) -> None:
        if target == f"{mail.root}/.A":
            assert not Path(target).exists()
            made.append((str(Path(source).parent), {each.name for each in Path(source).iterdir()}))
        rename(source, target)

    monkeypatch.setattr(atomic, "rename_new", watch)
    create(mail, record(mail, "One", "A"))
    assert made == [(f"{mail.root}/tmp", PARTS | {"maildirfolder"})]


def test_a_directory_that_is_there_gets_what_it_lacks(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail(mail_layout="fs")
    mail.folder("A/B")
    (mail.root / "A").chmod(0o750)
    create(mail, record(mail, "One", "A"))
    assert modes(mail, "A") == dict.fromkeys(("A", *PARTS), 0o750) | {"B": modes(mail, "A/B")["B"]}
    assert mail.mailboxes().keys() == {"A", "A/B"} and mail.boxes("One") == {"A"}
    assert left_over(mail) == [] and mail.verify() == []


@pytest.mark.parametrize("layout", ["maildir++", "fs"])
def test_nothing_of_it_stays_without_the_email(make_mail: Callable[..., Mail], layout: str) -> None:
    mail = make_mail(mail_layout=layout)
    mail.folder(".A.B" if layout == "maildir++" else "A/B")
    wanted = record(mail, "One", "A")
    before = sorted(mail.root.rglob("*"))
    with pytest.raises(RecordNotFound):
        create(mail, wanted | {"mailboxIds": wanted["mailboxIds"] | {"none": True}})
    assert sorted(mail.root.rglob("*")) == before


def test_an_inbox_to_which_nothing_was_delivered(make_mail: Callable[..., Mail]) -> None:
    """As open as the directory itself: what is above may be everybody's."""
    mail = make_mail()
    mail.root.chmod(0o750)
    create(mail, record(mail, "One", "Inbox"))
    assert modes(mail, "") == dict.fromkeys(("mail", *PARTS), 0o750)
    assert mail.boxes("One") == {"Inbox"} and mail.verify() == []


def test_tmp_alone_is_missing(mail: Mail) -> None:
    (mail.folder(".A") / "tmp").rmdir()
    create(mail, record(mail, "One", "A"))
    assert mail.boxes("One") == {"A"} and list((mail.root / ".A" / "tmp").iterdir()) == []

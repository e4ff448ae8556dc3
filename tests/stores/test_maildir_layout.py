"""Folders on disk, in all layouts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.stores.maildir_layout import decode_name, detect, discover
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "2")


def make(root: Path, *paths: str) -> None:
    for path in paths:
        for part in ("cur", "new", "tmp"):
            (root / path / part).mkdir(parents=True)


def shown(root: Path, layout: str = "auto") -> set[str]:
    return {"/".join(place.names) for place in discover(root, layout).places}


def test_maildir_plus_plus(tmp_path: Path) -> None:
    make(tmp_path, "", ".Sent", ".Lists.news", ".Lists", "..Below")
    (tmp_path / ".git").mkdir()
    assert detect(tmp_path) == "maildir++"
    assert shown(tmp_path) == {"INBOX", "Sent", "Lists", "Lists/news", "INBOX/Below"}


def test_maildir_plus_plus_without_a_parent(tmp_path: Path) -> None:
    make(tmp_path, "", ".A.B.C")
    tree = discover(tmp_path)
    assert {("/".join(place.names), place.path, place.exists) for place in tree.places} == {
        ("INBOX", "", True), ("A/B/C", ".A.B.C", True), ("A/B", ".A.B", False), ("A", ".A", False),
    }  # fmt: skip


def test_what_dovecot_is_about_to_delete_is_no_folder(tmp_path: Path) -> None:
    """IMAP's DELETE renames the folder to this, and takes its files away one by one."""
    make(tmp_path, "", ".Sent", "..DOVECOT-TRASHED")
    assert shown(tmp_path) == {"INBOX", "Sent"}


def test_nested_directories(tmp_path: Path) -> None:
    make(tmp_path, "Inbox", "Work", "Work/2024/Q1")
    (tmp_path / ".notmuch").mkdir()
    assert detect(tmp_path) == "fs"
    assert shown(tmp_path) == {"INBOX", "Work", "Work/2024", "Work/2024/Q1"}


def test_nested_directories_with_inbox_as_root(tmp_path: Path) -> None:
    make(tmp_path, "", "Work")
    assert detect(tmp_path) == "fs"
    assert shown(tmp_path) == {"INBOX", "Work"}


def test_mbsync_legacy(tmp_path: Path) -> None:
    make(tmp_path, "Inbox", "top", "top/.sub", "top/.sub/.deep")
    assert detect(tmp_path) == "legacy"
    assert shown(tmp_path) == {"INBOX", "top", "top/sub", "top/sub/deep"}


def test_a_configured_layout_wins(tmp_path: Path) -> None:
    make(tmp_path, "", ".Sent", "Work")
    assert shown(tmp_path, "fs") == {"INBOX", "Work"}
    assert shown(tmp_path, "maildir++") == {"INBOX", "Sent"}


def test_an_empty_root_has_an_inbox(tmp_path: Path) -> None:
    assert [(place.names, place.exists) for place in discover(tmp_path).places] == [(("INBOX",), False)]


def test_a_link_that_leads_back_ends(tmp_path: Path) -> None:
    make(tmp_path, "Work")
    (tmp_path / "Work" / "again").symlink_to(tmp_path)
    assert shown(tmp_path) == {"Work"}


@pytest.mark.parametrize(
    ("stored", "encoding", "name"),
    [
        ("Entw&APw-rfe", "auto", "Entwürfe"),
        ("Entwürfe", "auto", "Entwürfe"),
        ("Entwu\u0308rfe", "auto", "Entwürfe"),
        ("R&D", "auto", "R&D"),
        ("R&-D", "auto", "R&D"),
        ("R&-D", "utf-8", "R&-D"),
        ("a\x01b\udcff", "auto", "a\ufffdb\ufffd"),
    ],
)
def test_names(stored: str, encoding: str, name: str) -> None:
    assert decode_name(stored, encoding) == name


def test_several_hundred_folders(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail()
    make(mail.root, "", *(f".F{n // 20}.S{n}" for n in range(400)))
    found = mail.mailboxes()
    assert len(found) == 1 + 400 + 20
    assert found["F3/S61"]["parentId"] == found["F3"]["id"]

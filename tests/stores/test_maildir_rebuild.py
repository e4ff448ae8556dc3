"""A lost or damaged index: noticed, made anew, all ids as before; the comparison of index and files."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import plain_copy, rebuild
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8620", "5.2")


def fill(mail: Mail) -> dict[str, Any]:
    mail.deliver("One", flags="S")
    mail.deliver("Two", ".Work.Deep", flags="F", References="<1@example.org>")
    mail.deliver("Re: One", ".Sent", flags="S", References="<1@example.org>")
    mail.update("One", keywords={f"k{n}" for n in range(28)})
    rebuild.bring_up(mail.account)
    return shown(mail)


def shown(mail: Mail) -> dict[str, Any]:
    return {"mailboxes": mail.mailboxes(), "emails": mail.emails()}


def test_ids_survive_a_rebuild(mail: Mail) -> None:
    before = fill(mail)
    rebuild.renew(mail.account)
    rebuild.bring_up(mail.account)
    assert shown(mail) == before


def test_ids_survive_a_deleted_index_under_an_open_account(mail: Mail) -> None:
    before = fill(mail)
    for path in mail.state_dir.iterdir():
        if path.name != plain_copy.NAME and path.is_file():
            path.unlink()
    assert shown(mail) == before
    with mail.account.session():
        assert len(mail.account.emails.search(("subject",), "one")) == 2


@pytest.mark.parametrize("pattern", ["journal.*", "CURRENT", "snapshot.*"])
def test_ids_survive_a_damaged_file(mail: Mail, pattern: str, caplog: pytest.LogCaptureFixture) -> None:
    before = fill(mail)
    rebuild.bring_up(mail.account, want_compact=True)
    mail.update("One", keywords=before["emails"]["One"]["keywords"] | {"$draft": True})
    mail.update("One", keywords=before["emails"]["One"]["keywords"])
    (damaged,) = mail.state_dir.glob(pattern)
    data = damaged.read_bytes()
    damaged.write_bytes(b"\0" * (len(data) // 2) + data[len(data) // 2 :])
    fresh = mail.open()
    assert {"mailboxes": mail.mailboxes(fresh), "emails": mail.emails(fresh)} == before
    assert "damaged" in caplog.text
    assert shown(mail) == before


def test_a_full_text_index_that_was_deleted_is_caught_up(mail: Mail) -> None:
    fill(mail)
    for path in mail.state_dir.glob("text.sqlite*"):
        path.unlink()
    again = mail.open()
    with again.session():
        assert len(again.emails.search(("subject",), "one")) == 2
        assert len(again.emails.search(("body",), "this")) == 3
    rebuild.bring_up(again)
    with again.session():
        assert again.emails.text.last() == 3


def test_verify_names_what_differs(mail: Mail, tmp_path: Path) -> None:
    fill(mail)
    mail.age()  # else the folder is listed once more, and what is wrong in the index mended before it is found
    assert rebuild.verify(mail.account) == []
    with mail.account.opened():
        (sent,) = (id for id, box in mail.account.index.objects.all("Mailbox").items() if box["role"] == "sent")
        row = mail.account.index.mail.row(mail.account.index.mail.ids(mail.account.index.mail.mailbox(sent))[0])
        id = mail.account.index.mail.id(row)
    with mail.account.opened(), mail.account.locked():
        mail.account.index.commit([["Email", "u", id, {"files": {sent: ["cur/other:2,S"]}, "keywords": ["$draft"]}]])
    problems = "\n".join(rebuild.verify(mail.account))
    assert "other:2,S is in the index, but not there" in problems
    assert "is not in the index" in problems
    assert f"{id} has keywords ['$draft'], its files say ['$seen']" in problems
    shutil.rmtree(mail.state_dir)


def test_export_and_import_elsewhere(mail: Mail, tmp_path: Path) -> None:
    before = fill(mail)
    with mail.account.session():
        data = plain_copy.accounts_to_json({"alice": plain_copy.objects_of(mail.account.index)})
    (tmp_path / "other").mkdir()
    other = Mail(tmp_path / "other")
    shutil.copytree(mail.root, other.root, dirs_exist_ok=True)
    assert other.mailboxes()["Sent"]["id"] != before["mailboxes"]["Sent"]["id"]
    rebuild.take_back(other.account, plain_copy.accounts_from_json(data)["alice"])
    assert shown(other) == before
    with other.account.session(), other.account.locked():
        sent = before["mailboxes"]["Sent"]["id"]
        record = other.account.index.objects.get("Mailbox", sent)
        assert record is not None
        other.account.index.commit([["Mailbox", "u", sent, record | {"sortOrder": 77}]])
    rebuild.take_back(other.account, plain_copy.accounts_from_json(data)["alice"])
    assert shown(other) == before
    assert other.verify() == []


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"accounts": {"a": {"version": 1, "objects": {"_folder": {"x": {}}}}}}']
)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        plain_copy.accounts_from_json(data)


def test_old_files_in_tmp_go(mail: Mail) -> None:
    mail.deliver("One")
    held = mail.root / "tmp" / "left"
    held.write_text("x")
    rebuild.bring_up(mail.account)
    assert held.exists()


def test_what_only_the_index_knows_is_copied_at_once(mail: Mail) -> None:
    mail.deliver("One")
    mail.folder(".Work")
    ids = {path: box["id"] for path, box in mail.mailboxes().items()}
    assert set(plain_copy.load(mail.state_dir)["Mailbox"]) == set(ids.values())
    many = {f"k{n}" for n in range(28)}
    mail.update("One", keywords=many)
    mail.account.close()
    for path in mail.state_dir.iterdir():  # nobody ran a sidecar, and the index is lost
        if path.name != plain_copy.NAME and path.is_file():
            path.unlink()
    mail.account = mail.open()
    assert mail.keywords("One") == many
    assert {path: box["id"] for path, box in mail.mailboxes().items()} == ids


def test_killed_before_the_copy_was_written(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(*_: Any) -> None:
        raise KeyboardInterrupt

    mail.emails()
    mail.folder(".Work")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(plain_copy, "save", kill)
        mail.mailboxes()
    with mail.account.opened():
        (id,) = (id for id, box in mail.account.index.objects.all("Mailbox").items() if box["name"] == "Work")
    assert id not in plain_copy.load(mail.state_dir)["Mailbox"]
    mail.account = mail.open()
    assert mail.mailboxes()["Work"]["id"] == id
    assert id in plain_copy.load(mail.state_dir)["Mailbox"]


def test_a_directory_named_tmp_that_is_no_part_of_a_folder(make_mail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = make_mail(mail_layout="fs")
    for part in ("cur", "new", "tmp"):
        (mail.root / "Work" / part).mkdir(parents=True)
    own = mail.root / "tmp" / "own"
    own.parent.mkdir()
    own.write_text("not a message that was never delivered")
    os.utime(own, (1, 1))
    mail.emails()
    monkeypatch.setattr(rebuild, "TMP_SECONDS", -3600.0)  # all ctimes are old
    mail.deliver("One", "Work")
    left = mail.root / "Work" / "tmp" / "left"
    left.touch()
    rebuild.bring_up(mail.account)
    assert (own.exists(), left.exists()) == (True, False)


PLANTED = {
    "a file that is not in the index": lambda mail, path: mail.deliver("Three"),
    "is in the index, but not there": lambda mail, path: path.unlink(),
    "is M": lambda mail, path: path.write_text("Subject: other\n\n" + "long " * 50),
    "has no Mailbox": lambda mail, path: mail.folder(".Late"),
    "cannot be read": lambda mail, path: (mail.root / "cur" / "a-directory:2,S").mkdir(),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_verify_finds_what_was_planted(make_mail: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = make_mail()
    mail.deliver("One", flags="S")
    path = mail.deliver("Two", ".Work", flags="F")
    rebuild.bring_up(mail.account)
    assert rebuild.verify(mail.account) == []
    monkeypatch.setattr(mail.account, "_follow", lambda: None)  # else it would be mended first
    PLANTED[kind](mail, path)
    problems = rebuild.verify(mail.account, is_thorough=True)
    assert any(kind.removeprefix("a file that ") in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("type", "record"),
    [
        ("Mailbox", {"name": "A", "parentId": None, "role": None, "sortOrder": "x", "isSubscribed": True}),
        ("Mailbox", {"name": "A"}),
        ("_keywords", {"keywords": "a"}),
    ],
)
def test_a_copy_that_would_break_the_index_is_refused(mail: Mail, type: str, record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="missing or wrong"):
        plain_copy.from_json(plain_copy.to_json({type: {"x": record}}))
    mail.deliver("One")
    mail.emails()
    mail.account.close()
    plain_copy.write({type: {"x": record}}, mail.state_dir)
    for path in mail.state_dir.glob("[!o]*"):
        if path.is_file():
            path.unlink()
    mail.account = mail.open()
    assert mail.emails().keys() == {"One"}

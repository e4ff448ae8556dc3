"""A lost or damaged index: noticed, made anew, all ids as before; the comparison of index and files."""

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

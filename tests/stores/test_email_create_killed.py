"""Who is killed while a message is created leaves nothing of it, or all of it."""

import os
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Journal
from jmapd.stores import rebuild
from jmapd.stores.maildir_write import FileChanges
from tests.stores.maildir_files import Mail
from tests.stores.new_emails import record

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8621", "4.8")]


def killed(mail: Mail, new: list[dict[str, Any]], owner: Any, name: str, count: int, is_after: bool) -> None:
    """Creates in a process of its own, which ends at the `count`th call of owner.name, or right after it."""
    pid = os.fork()
    if pid == 0:
        original, calls = getattr(owner, name), 0

        def deadly(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == count and not is_after:
                if name == "write_all":
                    os.write(arguments[0], arguments[1][:20])
                os._exit(9)
            answer = original(*arguments)
            if calls == count:
                os._exit(9)
            return answer

        try:
            account = mail.open()
            with account.session(), account.lock(), account.store("Email").transaction() as transaction:
                setattr(owner, name, deadly)
                for each in new:
                    transaction.create(dict(each))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name", "count"),
    [
        (atomic, "write_all", 1),
        (atomic, "write_new", 2),
        (atomic, "sync_file", 1),
        (atomic, "rename_new", 1),
        (atomic, "rename_new", 2),
        (atomic, "link_or_copy", 1),
        (atomic, "sync_folder", 1),
        (AccountIndex, "commit", 1),
        (Journal, "sync", 1),
        (FileChanges, "finish", 1),
    ],
)
def test_killed(mail: Mail, owner: Any, name: str, count: int, is_after: bool) -> None:
    mail.deliver("old")
    mail.folder(".Work")
    new = [record(mail, subject, "Inbox", "Work", keywords={"$seen", "mine"}) for subject in ("One", "Two")]
    killed(mail, new, owner, name, count, is_after)
    found = mail.emails()
    for each in new:
        message = each["message"]
        subject = message.row["record"]["subject"]
        if subject in found:
            email = found[subject]
            assert (email["id"], email["size"]) == (message.id, message.size)
            assert email["receivedAt"] == each["receivedAt"]
            assert email["keywords"] == each["keywords"]
    assert found.keys() <= {"old", "One", "Two"}
    if owner is FileChanges or owner is AccountIndex and is_after:
        boxes = {subject: email["mailboxIds"] for subject, email in found.items() if subject != "old"}
        assert boxes == dict.fromkeys(("One", "Two"), new[0]["mailboxIds"])
    files = [path for part in ("cur", "new") for path in mail.root.rglob(f"{part}/*")]
    whole = {each["message"].raw for each in new}
    assert all(path.read_bytes() in whole for path in files if "M1P1" not in path.name)
    rebuild.bring_up(mail.account)  # as the sidecar: what the full-text index lacks


def test_killed_before_it_has_its_name_it_is_in_tmp_only(mail: Mail) -> None:
    new = record(mail, "One")
    killed(mail, [new], atomic, "rename_new", 1, is_after=False)
    assert (mail.names(), mail.emails()) == ([], {})
    [path] = Path(mail.root, "tmp").iterdir()
    assert path.read_bytes() == new["message"].raw
    path.unlink()

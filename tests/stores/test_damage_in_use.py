"""Damage that shows only when a record is wanted, and a journal that lost what was answered: made anew, ids stay."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import rebuild
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8620", "5.1")


def compacted(mail: Mail) -> dict[str, Any]:
    for number in range(5):
        mail.deliver(f"Number {number}", flags="S")
    before = mail.emails()
    rebuild.bring_up(mail.account, want_compact=True)
    return before


def garble(mail: Mail, pattern: str, find: bytes) -> None:
    (path,) = mail.state_dir.glob(pattern)
    data = path.read_bytes()
    assert data.count(find) == 1
    with path.open("r+b") as file:
        file.seek(data.index(find))
        file.write(b"?" * len(find))


def state(mail: Mail) -> str:
    with mail.account.session():
        return mail.account.store("Email").state()


@pytest.mark.parametrize("is_open", [True, False])
def test_a_damaged_record_is_noticed_when_it_is_wanted(mail: Mail, is_open: bool) -> None:
    before, old = compacted(mail), state(mail)
    if not is_open:
        mail.account = mail.open()
    garble(mail, "records.*", b"This is Number 3.")
    with pytest.raises(Exception, match="damaged record"):
        mail.emails()
    assert mail.emails() == before
    assert state(mail).partition(".")[0] != old.partition(".")[0]
    assert mail.verify() == []


def test_no_other_process_meets_the_damage(mail: Mail) -> None:
    before = compacted(mail)
    other = mail.open()
    assert mail.emails(other) == before
    garble(mail, "records.*", b"This is Number 3.")
    with pytest.raises(Exception, match="damaged record"):
        mail.emails()
    assert mail.emails(other) == before
    made = state(mail)
    assert mail.emails() == before
    assert state(mail) == made


def test_two_processes_that_meet_the_damage_at_once_make_one_index(mail: Mail) -> None:
    before = compacted(mail)
    other = mail.open()
    mail.emails(other)
    garble(mail, "records.*", b"This is Number 3.")
    with pytest.raises(Exception, match="damaged record"), other.session():
        with pytest.raises(Exception, match="damaged record"):
            mail.emails()
        made = state(mail)
        list(other.store("Email").scan())
    assert mail.emails(other) == before
    assert mail.emails() == before
    assert state(mail) == made


def cut_last_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def cut_all(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("cut", [cut_last_line, cut_all])
def test_states_of_a_journal_that_got_shorter_are_forgotten(mail: Mail, cut: Callable[[Path], None]) -> None:
    compacted(mail)
    mail.update("Number 1", keywords={"$flagged"})
    before, old = mail.emails(), state(mail)
    (path,) = mail.state_dir.glob("journal.*")
    cut(path)
    assert mail.emails() == before
    mail.update("Number 2", keywords={"$flagged"})
    with mail.account.session():
        assert mail.account.store("Email").changes(old) is None
    assert mail.verify() == []

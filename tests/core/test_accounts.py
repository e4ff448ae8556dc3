"""Which accounts a user sees, and where their files are."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from jmapd.config import from_dict
from jmapd.protocol.accounts import Accounts, BadUserName, account_id
from jmapd.wire.ids import is_id

pytestmark = pytest.mark.rfc("8620", "1.6.2")


def _accounts(folder: Path, **sections: Any) -> Accounts:
    paths = {"state_dir": str(folder / "state"), "users_file": str(folder / "u"), "mail": str(folder / "{user}")}
    return Accounts(from_dict({"paths": paths | sections.pop("paths", {})} | sections))


def test_one_account_for_each_user_kept_open(tmp_path: Path) -> None:
    accounts = _accounts(tmp_path)
    (account,) = accounts.for_user("alice").values()
    assert (account.id, account.name, account.owner) == ("alice", "alice", "alice")
    assert accounts.for_user("alice")["alice"] is account
    assert list(accounts.for_user("bob")) == ["bob"]
    accounts.close()
    assert accounts.for_user("alice")["alice"] is not account


def test_the_least_recently_used_is_let_go(tmp_path: Path) -> None:
    accounts = _accounts(tmp_path, index={"max_open_accounts": 2})
    first = {user: weakref.ref(accounts.for_user(user)[user]) for user in ("a", "b", "a", "c")}
    gc.collect()
    assert accounts.for_user("a")["a"] is first["a"]() and accounts.for_user("c")["c"] is first["c"]()
    assert first["b"]() is None


@pytest.mark.parametrize("user", ["", "..", ".alice", "a/b", "../alice", "a\0b", "a\nb", "x" * 300])
def test_names_that_no_path_may_be_made_of(tmp_path: Path, user: str) -> None:
    with pytest.raises(BadUserName):
        _accounts(tmp_path).for_user(user)


def test_without_a_mail_path_there_is_no_account(tmp_path: Path) -> None:
    assert _accounts(tmp_path, paths={"mail": ""}).for_user("alice") == {}


@pytest.mark.rfc("8620", "1.2")
def test_account_ids_are_ids_and_never_the_same_for_two() -> None:
    assert account_id("alice") == "alice" and account_id("a-b_9") == "a-b_9"
    hashed = account_id("alice@example.org")
    names = ["alice@example.org", hashed, "9lives", "-x", "björk", "a b", "x" * 255, "alice", "Alice"]
    ids = [account_id(name) for name in names]
    assert len(set(ids)) == len(names) and all(map(is_id, ids))
    assert hashed.startswith("u") and len(hashed) == 25

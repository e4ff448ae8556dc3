"""Alias files: read again when they change, whatever is in them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.stores import alias_files
from jmapd.stores.addresses import Addresses
from jmapd.stores.alias_files import MAX_NAMES, AliasFile, parsed


def test_changes_count_at_once_and_a_lost_file_leaves_what_was_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "aliases"
    found = AliasFile(str(path))
    assert found.current().targets == {} and "No such file" in caplog.text
    path.write_text("a: alice\n")
    assert found.current().targets == {"a": ("alice",)}
    other = tmp_path / "new"
    other.write_text("b: alice\n")
    os.utime(other, ns=(path.stat().st_mtime_ns,) * 2)
    other.rename(path)
    assert found.current().targets == {"b": ("alice",)}
    path.unlink()
    caplog.clear()
    for _ in range(3):
        assert found.current().targets == {"b": ("alice",)}
    assert len(caplog.records) == 1


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(alias_files, "MAX_FILE", 20)
    path = tmp_path / "aliases"
    path.write_text("a: alice\n" * 3)
    assert AliasFile(str(path)).current().targets == {} and "larger than 20 octets" in caplog.text


def test_a_folder_and_octets_that_are_no_text(tmp_path: Path) -> None:
    assert AliasFile(str(tmp_path)).current().targets == {}
    path = tmp_path / "aliases"
    path.write_bytes(b"\xff\xfe: alice\na: alice\0\nb: \xff\ngood: alice\r\n\x80\n")
    assert AliasFile(str(path)).current().targets["good"] == ("alice",)


HOSTILE = [
    "a: " + "b, " * 300_000,
    'a: "' + "b" * 1_000_000,
    ":" * 1_000_000,
    '"' * 1_000_000,
    "a" + " " * 1_000_000 + ": b",
    "a: b\n" + " b\n" * 300_000,
    "a: " + '"",' * 300_000,
    "\n".join(f"a{n}: a{n + 1}" for n in range(100_000)),
    "\n".join(f"a{n}: alice" for n in range(100_000)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_read_in_a_bounded_time(tmp_path: Path, text: str) -> None:
    path = tmp_path / "aliases"
    path.write_text(text)
    found = Addresses({"identities.domain": "example.org", "identities.alias_files": [str(path)]})
    assert len(found.of("alice")) <= MAX_NAMES + 1
    assert found.account_of("a1", ["bob"]) is None


@given(st.text(alphabet='ab@:,"\\|/# \t\n\r.*+é\0', max_size=80))
def test_any_text(text: str) -> None:
    for name, targets in parsed(text).targets.items():
        assert name == name.lower() and not set(name + "".join(targets)) & set("\r\n\0 ,:")

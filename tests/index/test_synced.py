"""What processes tell each other about the journal's durability (index.md, "State string")."""

from pathlib import Path

from jmapd.index.synced import Synced, journal_key


def test_processes_share_what_is_durable(tmp_path: Path) -> None:
    first, second = Synced(tmp_path / "synced"), Synced(tmp_path / "synced")
    key = journal_key("abc", "journal.000001")
    assert not second.has(key, 1)
    first.set(key, 1000)
    assert second.has(key, 1000)
    assert not second.has(key, 1001)
    assert not second.has(journal_key("abc", "journal.000002"), 10)
    assert not second.has(journal_key("abd", "journal.000001"), 10)
    assert Synced(tmp_path / "synced").has(key, 999)


def test_keys_and_positions_fit_one_word(tmp_path: Path) -> None:
    synced = Synced(tmp_path / "synced")
    for number in range(200):
        key = journal_key("0123456789", f"journal.{number:06}")
        synced.set(key, (1 << 36) - 1)
        assert synced.has(key, (1 << 36) - 1)


def test_a_folder_that_cannot_be_written_has_nothing_to_tell(tmp_path: Path) -> None:
    synced = Synced(tmp_path / "missing" / "synced")
    assert not synced.has(journal_key("a", "journal.000001"), 1)

"""jmapd-reindex and accounts that have contacts, with mail or without."""

import threading
import time
from pathlib import Path

import pytest

from jmapd.cli import reindex
from jmapd.cli.progress import Progress
from tests.stores.vdir_files import Cards, vcard

HASH = "$5$rounds=1000$saltsalt$" + "x" * 43


@pytest.fixture
def cards(tmp_path: Path) -> Cards:
    """alice's cards, without mail, and a configuration that says where they are."""
    made = Cards(tmp_path)
    made.state_dir = tmp_path / "state" / "alice"
    made.write("book/alice.vcf", vcard("alice"))
    made.write("book/bob.vcf", vcard("bob", "Bob"))
    (tmp_path / "users").write_text(f"alice:{HASH}\n")
    (tmp_path / "users").chmod(0o600)
    (tmp_path / "jmapd.toml").write_text(
        f'[paths]\nstate_dir = "{tmp_path}/state"\nusers_file = "{tmp_path}/users"\nmail = ""\n'
        f'contacts = "{tmp_path}/{{user}}"\n'
    )
    (tmp_path / "alice").symlink_to(made.root)
    return made


def run(cards: Cards, *arguments: str) -> int:
    return reindex.main(["--config", str(cards.root.parent / "jmapd.toml"), *arguments])


def test_one_pass_verify_rebuild_and_compact(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    cards.age()
    assert run(cards) == 0
    assert capsys.readouterr().out.startswith("alice: 2 cards, 2 read")
    assert run(cards) == 0
    assert capsys.readouterr().out.startswith("alice: 2 cards, up to date")
    for action in ("--compact", "--rebuild", "--verify"):
        assert run(cards, action) == 0
    assert "2 cards, no differences" in capsys.readouterr().out


def test_export_and_import_keep_the_ids_of_books(cards: Cards, tmp_path: Path) -> None:
    assert run(cards, "--export", str(tmp_path / "export")) == 0
    cards.account = cards.open()
    before = cards.books()
    cards.account.close()
    for path in cards.state_dir.iterdir():
        if path.is_file():
            path.unlink()
    assert run(cards) == 0
    cards.account = cards.open()
    assert cards.books() != before
    cards.account.close()
    assert run(cards, "--import", str(tmp_path / "export")) == 0
    cards.account = cards.open()
    assert cards.books() == before


def test_watch_sees_a_card_come(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.cli.reindex.stoppable", reindex.ExitStack)  # signals are for the main thread only
    stop = threading.Event()
    wait = reindex.Watch.wait

    def waits(watch: reindex.Watch, timeout: float) -> set[object]:
        if stop.is_set():
            raise KeyboardInterrupt
        return wait(watch, min(timeout, 0.2))

    monkeypatch.setattr(reindex.Watch, "wait", waits)
    watcher = threading.Thread(target=run, args=(cards, "--watch"))
    watcher.start()
    try:
        deadline = time.monotonic() + 30
        cards.write("book/carol.vcf", vcard("carol", "Carol"))
        names: list[str] = []
        while "Carol" not in names and time.monotonic() < deadline:
            time.sleep(0.05)
            account = cards.open()
            with account.opened():
                names = [card["name"]["full"] for card in account.store("ContactCard").scan()]
            account.close()
    finally:
        stop.set()
        watcher.join()
    assert "Carol" in names


def test_what_was_read_is_counted_in_all_parts_of_an_account(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("alice") as progress:
        for done in (1, 2, 3):
            progress.step(done, 3)
        progress.step(1, 1)
        progress.done({"messages": 3, "cards": 1}, True, False)
    assert capsys.readouterr().out.startswith("alice: 3 messages, 1 card, 4 read, ")

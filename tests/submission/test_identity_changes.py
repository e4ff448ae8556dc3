"""Identities and the account's addresses: they come and go with the configuration, with what users said of them."""

import shutil
from pathlib import Path

import pytest

from jmapd.index.journal import Change, Journal

from .identities import OPTIONS, Identities

pytestmark = pytest.mark.rfc("8621", "6.2")


@pytest.fixture
def host(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


def test_nothing_changes_by_itself(host: Identities) -> None:
    state = host.state()
    host.start()
    host.deliver("Subject: x\n\nText\n")
    assert host.ids() and host.state() == state and host.changes(state) == ([], [], [])


def test_addresses_of_the_configuration_come_and_go(host: Identities) -> None:
    state, before = host.state(), host.identities()
    host.restart(domain="example.org", addresses={"alice": ["new@example.org", "*@alice.example"]})
    new, gone = host.identities()["new@example.org"]["id"], before["sales@example.org"]["id"]
    assert list(host.identities()) == ["alice@example.org", "new@example.org", "*@alice.example"]
    assert host.changes(state) == ([new], [], [gone])
    assert host.set(update={gone: {"name": "x"}})["notUpdated"][gone]["type"] == "notFound"


def test_what_a_user_said_of_an_address_comes_back_with_it(host: Identities) -> None:
    id = host.identities()["sales@example.org"]["id"]
    host.set(update={id: {"name": "Sales team", "htmlSignature": "<hr>"}})
    before, state = host.identities()["sales@example.org"], host.state()
    for _ in range(2):
        host.restart(domain="example.org")
        assert list(host.identities()) == ["alice@example.org"]
        assert id in host.changes(state)[2]
        host.restart(**OPTIONS)
        assert host.identities()["sales@example.org"] == before
        created, updated, destroyed = host.changes(state)
        assert id in created + updated and not destroyed


def test_what_a_user_took_back_does_not_come_back(host: Identities) -> None:
    before = host.identities()["sales@example.org"]
    for name in ("Sales team", ""):
        host.set(update={before["id"]: {"name": name}})
        host.restart(domain="example.org")
        host.identities()
        host.restart(**OPTIONS)
        assert host.identities()["sales@example.org"] == before | {"name": name}


def test_what_a_user_made_stays_when_the_address_goes(host: Identities) -> None:
    id = host.create(email="x@alice.example", name="X")["id"]
    host.restart(domain="example.org")
    found = host.identities()["x@alice.example"]
    assert found["id"] == id and found["mayDelete"] is True
    assert host.set(update={id: {"name": "Y"}})["updated"] == {id: None}
    assert host.refused(email="x@alice.example")["type"] == "forbiddenFrom"


def test_aliases_count_at_once(host: Identities, tmp_path: Path) -> None:
    aliases = tmp_path / "aliases"
    aliases.write_text("postmaster: root\nroot: alice\nlist: alice, bob\n")
    host.restart(**OPTIONS, alias_files=[str(aliases)])
    assert list(host.identities())[2:] == ["root@example.org", "postmaster@example.org", "*@alice.example"]
    state, id = host.state(), host.identities()["root@example.org"]["id"]
    aliases.write_text("postmaster: alice\nroot: bob\n")
    assert "root@example.org" not in host.identities() and host.changes(state) == ([], [], [id])
    kept = (tmp_path / "state" / "alice" / "objects.json").read_text()
    assert "postmaster@example.org" in kept and "root@example.org" not in kept
    host.create(email="Postmaster@example.org")
    assert host.refused(email="root@example.org")["type"] == "forbiddenFrom"


def test_they_survive_a_lost_index(host: Identities, tmp_path: Path) -> None:
    host.create(email="x@alice.example", name="X")
    id = host.identities()["sales@example.org"]["id"]
    host.set(update={id: {"name": "Sales team"}})
    host.restart(domain="example.org")
    host.identities()
    host.restart(**OPTIONS)
    before = host.identities()
    state = host.state()
    folder = tmp_path / "state" / "alice"
    for path in folder.iterdir():
        if path.name != "objects.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    host.start()
    assert host.identities() == before
    assert host.error("Identity/changes", {"sinceState": state})["type"] == "cannotCalculateChanges"


def test_no_mail_is_refused_where_they_cannot_be_written(
    host: Identities, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.deliver("Subject: x\n\nText\n")
    [id] = host.ids()
    host.restart(domain="example.net")
    append = Journal.append

    def full(journal: Journal, first: int, changes: list[Change]) -> None:
        if any(change[0] == "Identity" for change in changes):
            raise OSError(28, "No space left on device")
        append(journal, first, changes)

    monkeypatch.setattr(Journal, "append", full)
    assert host.ids() == [id] and list(host.identities()) == [
        "alice@example.org",
        "sales@example.org",
        "*@alice.example",
    ]
    assert "Identities are not up to date" in caplog.text
    monkeypatch.undo()
    host.start()
    assert list(host.identities()) == ["alice@example.net"]

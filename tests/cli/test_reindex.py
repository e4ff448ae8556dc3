"""jmapd-reindex as a command."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jmapd.app import make_app
from jmapd.cli import reindex
from jmapd.config import ConfigError, load
from jmapd.stores import rebuild
from tests.stores.maildir_files import Mail

HASH = "$5$rounds=1000$saltsalt$" + "x" * 43
BIN = Path(__file__).parents[2] / "bin" / "jmapd-reindex"


@pytest.fixture
def host(tmp_path: Path) -> Mail:
    """alice's mail and a configuration that says where it is."""
    mail = Mail(tmp_path)
    mail.state_dir = tmp_path / "state" / "alice"
    mail.deliver("One")
    mail.deliver("Two", ".Work", flags=None)
    (tmp_path / "users").write_text(f"alice:{HASH}\nbob:{HASH}\n")
    (tmp_path / "users").chmod(0o600)
    (tmp_path / "jmapd.toml").write_text(
        f'[paths]\nstate_dir = "{tmp_path}/state"\nusers_file = "{tmp_path}/users"\nmail = "{tmp_path}/{{user}}"\n'
    )
    (tmp_path / "alice").symlink_to(mail.root)
    (tmp_path / "bob").mkdir()
    return mail


def run(host: Mail, *arguments: str) -> int:
    return reindex.main(["--config", str(host.root.parent / "jmapd.toml"), *arguments])


def test_one_pass_verify_and_again(host: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    host.age()
    assert run(host) == 0
    assert capsys.readouterr().out.startswith("alice: 2 messages, 2 read")
    assert run(host) == 0
    assert capsys.readouterr().out.startswith("alice: 2 messages, up to date")
    assert run(host, "--verify", "alice") == 0
    assert "2 messages, no differences" in capsys.readouterr().out
    for path in host.state_dir.glob("text.sqlite*"):
        path.unlink()
    assert run(host, "--verify", "alice") == 1
    assert "full-text index: 2 messages are missing" in capsys.readouterr().out
    assert run(host, "--compact", "alice") == 0
    assert run(host, "--verify", "alice") == 0
    assert run(host, "--rebuild", "alice") == 0
    assert run(host, "--verify", "alice") == 0


def test_wrong_usage(host: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(host, "carol") == 2
    assert "no such account: carol" in capsys.readouterr().err
    assert reindex.main(["--config", "/nowhere/jmapd.toml"]) == 2
    with pytest.raises(SystemExit) as caught:
        run(host, "--verify", "--compact")
    assert caught.value.code == 2


def test_an_account_that_fails_does_not_stop_the_others(host: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    (host.root.parent / "alice").unlink()
    assert run(host) == 1
    told = capsys.readouterr()
    assert "alice: " in told.err
    assert "No such file" in told.err
    assert "bob: 0 messages" in told.out


def test_export_and_import(host: Mail, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "export.json"
    assert run(host, "--export", str(target)) == 0
    whole = json.loads(target.read_bytes())
    boxes = whole["accounts"]["alice"]["objects"]["Mailbox"]
    assert sorted(box["name"] for box in boxes.values()) == ["Inbox", "Work"]
    for box in boxes.values():
        box["sortOrder"] = 5
    target.write_text(json.dumps(whole))
    assert run(host, "--import", str(target)) == 0
    (tmp_path / "wrong.json").write_text("{}")
    assert run(host, "--import", str(tmp_path / "wrong.json")) == 2
    assert run(host, "--import", str(tmp_path / "none.json")) == 2
    assert run(host, "--export", str(target)) == 0
    assert {
        box["sortOrder"] for box in json.loads(target.read_bytes())["accounts"]["alice"]["objects"]["Mailbox"].values()
    } == {5}


def test_an_export_that_is_not_whole_spares_the_last_one(host: Mail, tmp_path: Path) -> None:
    target = tmp_path / "export.json"
    assert run(host, "--export", str(target)) == 0
    assert target.stat().st_mode & 0o077 == 0
    before = target.read_bytes()
    (tmp_path / "alice").rename(tmp_path / "away")
    assert run(host, "--export", str(target)) == 1
    assert target.read_bytes() == before
    (tmp_path / "away").rename(tmp_path / "alice")
    (tmp_path / "users").write_text(f"alice:{HASH}\n")
    assert run(host, "--import", str(target)) == 1  # bob's part is not taken
    assert run(host, "--import", str(target), "alice") == 0


def test_what_must_be_done_waits_for_another_run(host: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(host) == 0
    account = host.open()
    account.state_dir = host.state_dir
    with rebuild.alone(account):
        assert run(host, "alice") == 0
        assert "another jmapd-reindex" in capsys.readouterr().out
        done: list[int] = []
        thread = threading.Thread(target=lambda: done.append(rebuild_now(host)))
        thread.start()
        thread.join(0.3)
        assert done == []
    thread.join(30)
    assert done == [0]


def rebuild_now(host: Mail) -> int:
    command = [sys.executable, str(BIN), "--config", str(host.root.parent / "jmapd.toml"), "--rebuild", "alice"]
    return subprocess.run(command, env={"PYTHONPATH": str(BIN.parents[1]), "PATH": "/usr/bin:/bin"}).returncode


@pytest.mark.parametrize(
    ("mail", "state"),
    [("{top}/{{user}}", "{top}/alice/state"), ("{top}/s/m/{{user}}", "{top}/s"), ("{top}/one", "{top}/s")],
)
def test_places_that_must_lie_apart(
    host: Mail, tmp_path: Path, mail: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {"state_dir": state, "users_file": "{top}/users", "mail": mail}
    lines = [f'{key} = "{value.format(top=tmp_path)}"' for key, value in paths.items()]
    (tmp_path / "jmapd.toml").write_text("[paths]\n" + "\n".join(lines) + "\n")
    assert run(host) == 2
    assert "paths.mail: " in capsys.readouterr().err
    with pytest.raises(ConfigError):
        make_app(load(tmp_path / "jmapd.toml"))


@pytest.mark.system
def test_twice_at_once_and_as_a_command(host: Mail) -> None:
    command = [sys.executable, str(BIN), "--config", str(host.root.parent / "jmapd.toml")]
    environment = {"PYTHONPATH": str(BIN.parents[1]), "PATH": "/usr/bin:/bin"}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[0] is not None and process.returncode for process in running] == [0, 0, 0]
    assert run(host, "--verify") == 0


@pytest.mark.system
def test_watch_follows_deliveries(host: Mail) -> None:
    command = [sys.executable, str(BIN), "--config", str(host.root.parent / "jmapd.toml"), "--watch"]
    process = subprocess.Popen(command, env={"PYTHONPATH": str(BIN.parents[1]), "PATH": "/usr/bin:/bin"})
    try:
        account = host.open()
        account.state_dir = host.state_dir
        wait_for(lambda: (host.state_dir / "objects.json").exists())
        host.deliver("Three")

        def has_three() -> bool:
            with account.opened():
                return len(account.index.mail) == 3

        wait_for(has_three)
        host.folder(".Late")
        wait_for(lambda: "Late" in (host.state_dir / "objects.json").read_text())
        host.deliver("Four", ".Late")
        wait_for(lambda: _count(account) == 4)
    finally:
        process.terminate()
        assert process.wait(10) == 0


def _count(account: object) -> int:
    with account.opened():  # type: ignore[attr-defined]
        return len(account.index.mail)  # type: ignore[attr-defined]


def wait_for(condition: object) -> None:
    """The sidecar looks within a second; a busy machine may take longer."""
    pause = threading.Event()
    for _ in range(600):
        if condition():  # type: ignore[operator]
            return
        pause.wait(0.05)
    raise AssertionError(f"did not happen until {time.ctime()}")


def test_accounts_that_are_shared_and_no_login(host: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    folder = host.root.parent
    (folder / "srv").mkdir()
    team = Mail(folder / "srv")
    team.deliver("Three")
    with (folder / "jmapd.toml").open("a") as file:
        file.write(f'[accounts]\nshared = {{ team = ["alice", "bob:read"] }}\nmail = {{ team = "{team.root}" }}\n')
    assert run(host) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == ["alice", "bob", "team"] and said[2].startswith("team: 1 mess")
    assert run(host, "--verify", "team") == 0 and (folder / "state" / "team" / "CURRENT").exists()
    assert run(host, "nobody") == 2

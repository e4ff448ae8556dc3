"""bin/jmapd-user and bin/jmapd-check-config."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from jmapd.auth.users_file import UsersFile
from jmapd.cli import check_config, user
from jmapd.places import ourselves

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "jmapd.toml"
    (tmp_path / "mail" / "alice").mkdir(parents=True)
    path.write_text(
        f"[paths]\nstate_dir = '{tmp_path}/state'\nusers_file = '{tmp_path}/users'\nmail = '{tmp_path}/mail/{{user}}'\n"
    )
    return path


def run(
    config: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch | None = None, password: bytes | None = None
) -> int:
    if monkeypatch and password is not None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(password)))
        arguments = (*arguments, "--password-stdin")
    return user.main(["--config", str(config), *arguments])


def verify(config: Path, name: str, password: str) -> bool:
    return UsersFile(config.parent / "users").verify(name, password) is not None


def test_life_of_a_user(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "add", "alice", monkeypatch=monkeypatch, password=b"secret\n") == 0
    assert run(config, "add", "bob@example.org", monkeypatch=monkeypatch, password="wörd".encode()) == 0
    assert verify(config, "alice", "secret")
    assert verify(config, "bob@example.org", "wörd")
    assert run(config, "passwd", "alice", monkeypatch=monkeypatch, password=b" other\r\n") == 0
    assert verify(config, "alice", " other")
    assert not verify(config, "alice", "secret")
    capsys.readouterr()
    assert run(config, "list") == 0
    assert capsys.readouterr().out == "alice\nbob@example.org\n"
    assert run(config, "remove", "alice") == 0
    assert not verify(config, "alice", " other")
    assert verify(config, "bob@example.org", "wörd")
    assert (config.parent / "users").stat().st_mode & 0o777 == 0o640


def test_other_lines_and_the_mode_are_kept(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = config.parent / "users"
    users.write_text("# our users\ncarol:$2y$05$xxx\n\n")
    users.chmod(0o600)
    assert run(config, "add", "alice", monkeypatch=monkeypatch, password=b"secret") == 0
    assert users.read_text().startswith("# our users\ncarol:$2y$05$xxx\n\nalice:$argon2id$")
    assert users.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("command", "name", "password", "words"),
    [
        ("add", "alice", b"x", "already a user alice"),
        ("passwd", "bob", b"x", "no user bob"),
        ("remove", "bob", None, "no user bob"),
        ("add", "a:b", b"x", "no user name"),
        ("add", "../b", b"x", "no user name"),
        ("add", "bob", b"", "empty"),
        ("add", "bob", b"\n", "empty"),
        ("add", "bob", b"two\nlines", "more than one line"),
        ("add", "bob", b"x" * 2000, "longer than"),
    ],
)
def test_refused(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    password: bytes | None,
    words: str,
) -> None:
    run(config, "add", "alice", monkeypatch=monkeypatch, password=b"secret")
    before = (config.parent / "users").read_text()
    assert run(config, command, name, monkeypatch=monkeypatch, password=password) == 1
    assert words in capsys.readouterr().err
    assert (config.parent / "users").read_text() == before


def test_asking_twice(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = iter(["one", "two", "same", "same"])
    monkeypatch.setattr(user.getpass, "getpass", lambda prompt: next(words))
    assert run(config, "add", "alice") == 1
    assert "differ" in capsys.readouterr().err
    assert run(config, "add", "alice") == 0
    assert verify(config, "alice", "same")


def test_folder_that_is_not_there(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[paths]\nusers_file = '/nowhere/users'\n")
    assert run(config, "remove", "alice") == 1
    assert run(config, "list") == 1
    assert "/nowhere/users" in capsys.readouterr().err


def test_programs_in_bin(config: Path) -> None:
    def program(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "bin" / name), *arguments]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, input="secret", text=True, capture_output=True, env=environ, check=False)

    assert program("jmapd-user", "--config", str(config), "add", "alice", "--password-stdin").returncode == 0
    assert verify(config, "alice", "secret")
    result = program("jmapd-check-config", str(config))
    assert (result.returncode, result.stdout) == (0, f"{config}: fine\n")
    assert program("jmapd-user", "--config", str(config), "frobnicate").returncode == 2


def test_check_config_tells_errors_from_warnings(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_config.main([str(config)]) == 1
    assert "error: paths.users_file" in capsys.readouterr().err
    users = config.parent / "users"
    users.write_text("alice:$2y$05$" + "a" * 53 + "\nbob:$2y$05$" + "a" * 53 + "\n")
    users.chmod(0o644)
    assert check_config.main([str(config)]) == 0
    said = capsys.readouterr().err
    assert "warning: paths.users_file: " in said
    assert f"{config.parent}/mail/bob of bob is not there" in said
    assert "alice" not in said
    config.write_text(config.read_text().replace("/{user}", "") + "[server]\ncors_origins = ['*']\n")
    assert check_config.main([str(config)]) == 1
    said = capsys.readouterr().err
    assert "users alice and bob both have" in said
    assert "cors_origins" in said
    config.write_text("[paths]\nmial = 'x'\n")
    assert check_config.main([str(config)]) == 1
    assert "paths.mial: no such option" in capsys.readouterr().err


def test_check_config_looks_at_the_trust_store(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = config.parent / "users"
    users.write_text("alice:$2y$05$" + "a" * 53 + "\n")
    users.chmod(0o640)
    plain, store = config.read_text(), config.parent / "anchors.pem"
    for given, warning in (
        (store, f"smime.trust_store: {store}: No such file or directory; no signature can be verified"),
        (users, f"smime.trust_store: {users} has no certificates; no signature can be verified"),
        ("", ""),
    ):
        config.write_text(f"{plain}[smime]\ntrust_store = '{given}'\n")
        assert check_config.main([str(config)]) == 0
        assert [line for line in capsys.readouterr().err.splitlines() if "smime" in line] == (
            [f"warning: {warning}"] if warning else []
        )


def test_check_config_looks_at_shared_accounts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = config.parent / "users"
    users.write_text("alice:$2y$05$" + "a" * 53 + "\n")
    users.chmod(0o640)
    shared = f"[accounts]\nmail = {{ team = '{config.parent}/srv', old = '/nowhere' }}\nshared = {{ team = ['alice'"
    domain = "[identities]\ndomain = 'example.org'\n"
    config.write_text(config.read_text() + domain + shared + ", 'bob:read'] }\n")
    assert check_config.main([str(config)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"warning: paths.mail: {config.parent}/srv of team is not there, or may not be seen; {ourselves()}",
        "warning: accounts.shared: team: there is no user bob",
        "warning: accounts.mail: old is no user, and not in accounts.shared",
    ]
    (config.parent / "srv").mkdir()
    config.write_text(config.read_text().replace(", old = '/nowhere'", "").replace(", 'bob:read'", ""))
    assert check_config.main([str(config)]) == 0
    assert capsys.readouterr() == (f"{config}: fine\n", "")


@pytest.mark.parametrize(("option", "file"), [("--markdown", "docs/CONFIG.md"), ("--toml", "etc/jmapd.toml")])
def test_written_options_are_up_to_date(option: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_config.main([option]) == 0
    assert capsys.readouterr().out == (ROOT / file).read_text(), f"run bin/jmapd-check-config {option} > {file}"

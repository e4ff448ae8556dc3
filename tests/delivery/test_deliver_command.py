"""jmapd-deliver as the command of an MTA: what it takes, and statuses that never cost mail (sysexits.h)."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jmapd.cli import deliver
from tests.conftest import MailHost

from .conftest import Make, message, new_files, subjects

pytestmark = pytest.mark.rfc("3463", "3")


class Command:
    """Runs it in this process with alice's configuration."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.file, self._patch = folder / "jmapd.toml", patch

    def write(self, host: MailHost, more: str = "") -> None:
        paths = host.config.paths
        lines = [f'{name} = "{getattr(paths, name)}"' for name in ("state_dir", "users_file", "mail")]
        self.file.write_text("\n".join(["[paths]", *lines, "[identities]", 'domain = "example.org"', more]))

    def __call__(self, *arguments: str, data: bytes = message("One")) -> int:
        stdin = io.TextIOWrapper(io.BytesIO(data))
        self._patch.setattr(sys, "stdin", stdin)
        return deliver.main(["--config", str(self.file), *arguments])


@pytest.fixture
def command(host: MailHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr(deliver.logging, "basicConfig", lambda **_: None)  # pytest's logging stays
    command = Command(tmp_path, monkeypatch)
    command.write(host)
    return command


@pytest.mark.parametrize("whom", [("-d", "alice@example.org"), ("-d", "alice"), ("--account", "alice")])
def test_delivered(command: Command, host: MailHost, whom: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("-f", "s@example.com", *whom) == 0
    expected = f"Return-Path: <s@example.com>\nDelivered-To: {whom[1]}\n".encode()
    assert new_files(host) == [expected + message("One")]
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.parametrize("sender", [(), ("-f", ""), ("-f", "<>")])
def test_the_null_sender(command: Command, host: MailHost, sender: tuple[str, ...]) -> None:
    assert command(*sender, "-d", "alice") == 0
    assert new_files(host)[0].startswith(b"Return-Path: <>\n")


def test_ones_own_mail(command: Command, host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver.getpass, "getuser", lambda: "alice")
    assert command() == 0 and subjects(host) == ["One"]


def test_with_a_detail(command: Command, host: MailHost) -> None:
    assert command("-d", "alice+lists@example.org") == 0
    assert b"\nDelivered-To: alice+lists@example.org\n" in new_files(host)[0]


@pytest.mark.parametrize("whom", [("-d", "eve@example.org"), ("--account", "alice@example.org"), ("--account", "../x")])
def test_no_such_user(command: Command, whom: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*whom) == 67
    assert capsys.readouterr().err == f"5.1.1 <{whom[1]}>: no such user here\n"


@pytest.mark.rfc("5321", "6.3")
def test_a_loop(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("-d", "alice", data=b"Delivered-To: alice\n" + message("One")) == 69
    assert capsys.readouterr().err.startswith("5.4.6 ")


@pytest.mark.rfc("1870", "6.3")
def test_too_large(command: Command, host: MailHost) -> None:
    command.write(host, "[delivery]\nmax_size = 1024\n")
    assert command("-d", "alice", data=b"A: b\n\n" + b"x" * 1018) == 0
    assert command("-d", "alice", data=b"A: b\n\n" + b"x" * 1019) == 73
    assert len(new_files(host)) == 1


@pytest.mark.parametrize(("option", "status"), [("defer", 75), ("bounce", 73)])
def test_over_quota(command: Command, host: MailHost, option: str, status: int) -> None:
    command.write(host, f'[delivery]\nover_quota = "{option}"\n[quota]\nrules = ["*:messages=0", "*:storage=1B"]\n')
    assert command("-d", "alice") == status and new_files(host) == []


def test_wrong_usage_costs_no_mail(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command("--nonsense")
    assert caught.value.code == 75


@pytest.mark.parametrize("text", ["[nonsense]\n", "not toml", "[paths]\nusers_file = '/nonexistent'\n"])
def test_a_wrong_configuration_costs_no_mail(
    command: Command, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command.file.write_text(f"{text}\nstate_dir = '{tmp_path / 'state'}'\n")
    assert command("-d", "alice") == 75
    assert capsys.readouterr().err.startswith("4.3.5 ")


def test_no_configuration(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command.file.unlink()
    assert command("-d", "alice") == 75


def test_a_fault_of_ours_costs_no_mail(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(deliver.Agent, "deliver", fails)
    monkeypatch.setattr(deliver.log, "exception", lambda *_: None)
    assert command("-d", "alice") == 75
    assert capsys.readouterr().err == "4.3.0 jmapd-deliver: RuntimeError: a fault of ours\n"


def test_an_upgrade_under_way_costs_no_mail(tmp_path: Path) -> None:
    """The script cannot even import its parts."""
    script = Path(deliver.__file__).parents[2] / "bin" / "jmapd-deliver"
    (tmp_path / "jmapd").mkdir()
    (tmp_path / "jmapd" / "__init__.py").write_text("raise SyntaxError('half written')\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(script), "-d", "alice"]
    done = subprocess.run(command, env=env, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 75 and done.stderr.startswith("4.3.0 ")


@pytest.mark.parametrize("where", ["nonsense", "127.0.0.1:99999", "127.0.0.1:x", "unix:/nonexistent/socket", "systemd"])
def test_where_nobody_can_listen(command: Command, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--lmtp", where) == 2
    assert where in capsys.readouterr().err


def test_an_address_that_is_taken(make_mailhost: Make, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with deliver.server.listen("127.0.0.1:0") as taken:
        assert command("--lmtp", f"127.0.0.1:{taken.getsockname()[1]}") == 2

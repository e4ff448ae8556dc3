"""bin/jmapd-submit as a command, and what bin/jmapd-check-config says of its options."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jmapd.cli import submit
from jmapd.cli.check_config import unsendable
from jmapd.config import ConfigError, from_dict
from tests.submission.sending_host import BOB, SendingHost
from tests.system.sink import sink

BIN = Path(__file__).parents[2] / "bin" / "jmapd-submit"


def test_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Status 0 where a server is down, too: the message has had its attempt."""
    caplog.set_level("INFO")
    with sink() as peer:
        host = SendingHost(tmp_path, peer)
        id = host.submit(BOB)
        assert submit.main(["--config", str(host.config_file()), "--once"]) == 0
        assert len(peer.taken) == 1 and host.record(id)["undoStatus"] == "final"
        assert f"alice: {id}: 1 sent, 0 refused, 0 to be tried again" in caplog.messages
    later = host.submit(BOB)
    assert submit.main(["--config", str(host.config_file()), "--once"]) == 0
    assert any(f"{later}: 0 sent, 0 refused, 1 to be tried again: 451 4.4.1" in line for line in caplog.messages)
    assert b"Hello" not in "".join(caplog.messages).encode()


def test_account_that_fails_does_not_stop_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """aaron's mail is not mounted; his state is there."""
    with sink() as peer:
        host = SendingHost(tmp_path, peer)
        users = Path(host.config.paths.users_file)
        users.write_text(users.read_text() + users.read_text().replace("alice", "aaron"))
        (tmp_path / "state" / "aaron" / "outbox").mkdir(parents=True)
        id = host.submit(BOB)
        assert submit.main(["--config", str(host.config_file()), "--once"]) == 0
        assert len(peer.taken) == 1 and host.record(id)["undoStatus"] == "final"
    assert any(line.startswith("aaron: ") and "No such file" in line for line in caplog.messages)


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit.main(["--config", "/nowhere/jmapd.toml", "--once"]) == 2
    assert "/nowhere/jmapd.toml: No such file" in capsys.readouterr().err
    (tmp_path / "bad.toml").write_text("[submission]\nretry = []\n")
    done = subprocess.run(
        [sys.executable, str(BIN), "--config", str(tmp_path / "bad.toml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and done.stderr.endswith("submission.retry: must have a number\n")
    with pytest.raises(SystemExit) as caught:
        submit.main(["alice"])
    assert caught.value.code == 2


@pytest.mark.parametrize("value", [[0], [-1], ["1"], [True], [float("inf")], [], 1, "1"])
def test_retry_is_numbers(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^submission\.retry: must "):
        from_dict({"submission": {"retry": value}})
    assert from_dict({"submission": {"retry": [0.5, 2]}}).submission.retry == [0.5, 2.0]


def test_check_config(tmp_path: Path) -> None:
    assert list(unsendable(from_dict({}))) == []
    given = {"user": "tim", "trust_store": f"{tmp_path}/none.pem", "command": ["/nowhere/sendmail", "{recipients}"]}
    said = list(unsendable(from_dict({"submission": given})))
    options = ["submission.trust_store", "submission.user", "submission.command"]
    assert [text.partition(":")[0] for text in said] == options
    given = {"user": "tim", "token_command": ["/nowhere/token"], "password_file": f"{tmp_path}/none"}
    said = list(unsendable(from_dict({"submission": given})))
    assert [text.partition(":")[0] for text in said] == ["submission.password_file", "submission.token_command"]

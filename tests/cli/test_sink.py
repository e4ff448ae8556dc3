"""jmapd-sink, the SMTP server of bin/demo: what is delivered, what becomes a file, what is put off."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from jmapd.cli.sink import Sink, main

pytestmark = pytest.mark.rfc("5321", "4.2")
ROOT = Path(__file__).parents[2]
MESSAGE = b"Subject: one\r\n\r\nHello\r\n.\r\n"


class Behind:
    """An LMTP server that knows alice and is too busy for carol."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = {"alice": "250 2.1.5 Ok", "carol": "451 4.3.0 Busy"}.get(address.partition("@")[0], "550 5.1.1 Nobody")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.taken.append((list(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Delivered"


class LmtpController(Controller):
    def factory(self) -> LMTP:
        return LMTP(self.handler, enable_SMTPUTF8=True)


@pytest.fixture
def lmtp() -> Iterator[Controller]:
    controller = LmtpController(Behind(), "127.0.0.1", free_port())
    controller.start()
    yield controller
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_without_a_server_behind_it_all_is_kept(tmp_path: Path) -> None:
    sink = Sink(tmp_path / "sent", None)
    for number in range(2):
        assert sink.take(b"%d" % number, "a@example.org", ["b@example.org"]).startswith("250")
    assert Sink(tmp_path / "sent", None).take(b"2", "", ["b@example.org"]).startswith("250")
    assert kept(tmp_path / "sent") == {"0001.eml": b"0", "0002.eml": b"1", "0003.eml": b"2"}


def test_local_users_get_theirs_and_others_become_a_file(
    tmp_path: Path, lmtp: Controller, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = Sink(tmp_path, lmtp.port)
    assert sink.take(MESSAGE, "a@example.org", ["alice@example.org", "dan@example.net"]).startswith("250")
    assert lmtp.handler.taken == [(["alice@example.org"], MESSAGE)]
    assert kept(tmp_path) == {"0001.eml": MESSAGE}
    printed = capsys.readouterr().out
    assert "a@example.org to alice@example.org: delivered here" in printed
    assert f"a@example.org to dan@example.net: {tmp_path / '0001.eml'}" in printed


def test_nobody_of_ours(tmp_path: Path, lmtp: Controller) -> None:
    assert Sink(tmp_path, lmtp.port).take(MESSAGE, "", ["dan@example.net"]).startswith("250")
    assert (lmtp.handler.taken, len(kept(tmp_path))) == ([], 1)


def test_what_is_put_off_is_told(tmp_path: Path, lmtp: Controller) -> None:
    with pytest.raises(smtplib.SMTPResponseException, match="Busy"):
        Sink(tmp_path, lmtp.port).take(MESSAGE, "a@example.org", ["carol@example.org"])
    with pytest.raises(OSError, match="refused"):
        Sink(tmp_path, free_port()).take(MESSAGE, "a@example.org", ["alice@example.org"])
    assert kept(tmp_path) == {}


def test_as_a_program(tmp_path: Path) -> None:
    """It takes mail over the wire, with what SMTP does to dots, and ends when it is told to."""
    with subprocess.Popen(
        [sys.executable, ROOT / "bin" / "jmapd-sink", tmp_path, "--listen", f"127.0.0.1:{free_port()}"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("ä@example.org", ["ö@example.org"], MESSAGE, ["SMTPUTF8"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert kept(tmp_path) == {"0001.eml": MESSAGE}


def test_it_listens_on_this_machine_only(tmp_path: Path, lmtp: Controller, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--listen", "0.0.0.0:25"])
    assert "must be as 127.0.0.1:2525" in capsys.readouterr().err
    done = subprocess.run(
        [sys.executable, ROOT / "bin" / "jmapd-sink", tmp_path, "--listen", f"127.0.0.1:{lmtp.port}"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "in use" in done.stdout

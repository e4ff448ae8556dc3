"""What etc/ has for an MTA leads to what jmapd-deliver takes."""

import re
import shlex
from pathlib import Path

import pytest

from jmapd.cli import deliver
from jmapd.config import Config
from jmapd.delivery import server

pytestmark = pytest.mark.rfc("2033", "2")
ETC = Path(deliver.__file__).parents[2] / "etc"


def options(command: str) -> list[str]:
    program, *words = shlex.split(command)
    assert program == "/opt/jmapd/bin/jmapd-deliver"
    return words


@pytest.mark.parametrize("sender", ["bob@remote.example", "<>", "-f@remote.example", "a b@remote.example", ""])
def test_the_pipe_takes_any_address(sender: str) -> None:
    text = (ETC / "postfix/jmapd-master.cf").read_text()
    [command] = re.findall(r"argv=(.*)", text)
    words = [word.replace("${sender}", sender).replace("${recipient}", "-d") for word in options(command)]
    given = deliver._parser().parse_args(words)
    assert (given.sender, given.recipient, given.lmtp) == (sender, "-d", None)
    assert "null_sender=<>" in text


def test_the_unit_serves_the_socket_that_postfix_knows() -> None:
    unit = (ETC / "systemd/jmapd-deliver.service").read_text()
    [command] = re.findall(r"^ExecStart=(.*)", unit, re.MULTILINE)
    assert deliver._parser().parse_args(options(command)).lmtp == server.SYSTEMD
    [path] = re.findall(r"^ListenStream=(.*)", (ETC / "systemd/jmapd-deliver.socket").read_text(), re.MULTILINE)
    main = (ETC / "postfix/jmapd-main.cf").read_text()
    [(transport, place)] = re.findall(r"^virtual_transport = (.*):unix:(.*)", main, re.MULTILINE)
    assert path == f"/var/spool/postfix/{place}"
    master = (ETC / "postfix/jmapd-master.cf").read_text()
    assert re.search(rf"^{transport} +unix .* lmtp$", master, re.MULTILINE)
    services = re.findall(r"^(\S+) +unix", master, re.MULTILINE)  # Postfix makes a socket for each, of its name
    assert place.removeprefix("private/") not in services


def test_postfix_takes_nothing_that_we_refuse() -> None:
    main = (ETC / "postfix/jmapd-main.cf").read_text()
    [limit] = re.findall(r"^message_size_limit = (\d+)", main, re.MULTILINE)
    assert int(limit) <= Config().delivery.max_size
    assert re.search(r"^recipient_delimiter = (.*)", main, re.MULTILINE)[1] == Config().delivery.recipient_delimiter  # type: ignore[index]

"""Fixtures of tests that send: a server that takes mail, and a host that hands its mail to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.submission.sending_host import SendingHost
from tests.system.sink import Sink, sink


@pytest.fixture
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture
def host(tmp_path: Path, peer: Sink) -> SendingHost:
    return SendingHost(tmp_path, peer)

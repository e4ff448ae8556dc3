"""Fixtures of the tests on scheduling."""

from pathlib import Path
from typing import Any

import pytest

from tests.scheduling.outgoing import Scheduling


@pytest.fixture
def host(tmp_path: Path) -> Scheduling:
    """alice's calendars; there are none yet."""
    return Scheduling(tmp_path)


@pytest.fixture
def make_host(tmp_path: Path) -> Any:
    """As host, with shared accounts and sections of the configuration."""
    return lambda shared=None, **sections: Scheduling(tmp_path, shared, **sections)

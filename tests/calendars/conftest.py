"""Fixtures of the tests on calendars."""

from pathlib import Path
from typing import Any

import pytest

from tests.calendars.host import Calendars


@pytest.fixture
def host(tmp_path: Path) -> Calendars:
    """alice's calendars; there are none yet."""
    return Calendars(tmp_path)


@pytest.fixture
def make_host(tmp_path: Path) -> Any:
    """As host, with shared accounts and sections of the configuration."""
    return lambda shared=None, **sections: Calendars(tmp_path, shared, **sections)

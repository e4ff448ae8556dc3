"""Fixtures of the tests on tasks."""

from pathlib import Path
from typing import Any

import pytest

from tests.tasks.host import Tasks


@pytest.fixture
def host(tmp_path: Path) -> Tasks:
    """alice's task lists; there are none yet."""
    return Tasks(tmp_path)


@pytest.fixture
def make_host(tmp_path: Path) -> Any:
    """As host, with shared accounts and sections of the configuration."""
    return lambda shared=None, **sections: Tasks(tmp_path, shared, **sections)

"""Fixtures of the tests on contacts."""

from pathlib import Path
from typing import Any

import pytest

from tests.contacts.host import Contacts


@pytest.fixture
def host(tmp_path: Path) -> Contacts:
    """alice's address books; there are none yet."""
    return Contacts(tmp_path)


@pytest.fixture
def make_host(tmp_path: Path) -> Any:
    """As host, with shared accounts and sections of the configuration."""
    return lambda shared=None, **sections: Contacts(tmp_path, shared, **sections)

"""Fixtures of the tests on principals."""

from pathlib import Path
from typing import Any

import pytest

from tests.principals.host import IDENTITIES, SHARED, People


@pytest.fixture
def host(tmp_path: Path) -> People:
    """alice and bob, who see the team's account, and carol."""
    return People(tmp_path, SHARED, identities=IDENTITIES)


@pytest.fixture
def make_host(tmp_path: Path) -> Any:
    """As host, with shared accounts and sections of the configuration."""
    return lambda shared=SHARED, **sections: People(tmp_path, shared, **({"identities": IDENTITIES} | sections))


@pytest.fixture
def make_all(tmp_path: Path) -> Any:
    """As make_host, where everybody knows everybody, and may ask when the other is busy."""

    def make(availability: str = "all") -> People:
        host = People(tmp_path, SHARED, identities=IDENTITIES)
        object.__setattr__(host.config.accounts, "principals", "all")
        object.__setattr__(host.config.accounts, "availability", availability)
        host.start()
        return host

    return make

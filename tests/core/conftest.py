"""The invented server of tests/methods, for what RFC 8620 says of requests as a whole."""

import pytest

from ..methods.bakery import Bakery


@pytest.fixture
def bakery() -> Bakery:
    """Alice's empty bakery."""
    return Bakery()

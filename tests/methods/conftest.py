"""A bakery for each test."""

import pytest

from .bakery import Bakery


@pytest.fixture
def bakery() -> Bakery:
    """Alice's empty bakery."""
    return Bakery()

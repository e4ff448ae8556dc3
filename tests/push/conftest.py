"""What a test has opened is closed after it."""

from collections.abc import Iterator

import pytest

from tests.push.stream import Connected


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """All connections, and what the apps have made for them."""
    yield
    for each in Connected.opened:
        each.close()
        each.host.app.site.events.close()
    Connected.opened.clear()

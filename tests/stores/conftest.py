"""A Maildir and the account over it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stores.maildir_files import Mail


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[Mail]:
    """A Maildir with an INBOX; the index must agree with the files at the end."""
    made = Mail(tmp_path)
    made.folder()
    yield made
    assert made.verify() == []


@pytest.fixture
def make_mail(tmp_path: Path) -> Callable[..., Mail]:
    """As `mail`, with options and without any folder."""
    return lambda **options: Mail(tmp_path, **options)

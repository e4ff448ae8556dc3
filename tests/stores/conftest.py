"""A Maildir and the account over it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jmapd.stores import rebuild
from tests.stores.ics_files import Calendars
from tests.stores.maildir_files import Mail
from tests.stores.vdir_files import Cards


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


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Cards]:
    """A folder for collections of cards; index and files must agree at the end."""
    made = Cards(tmp_path)
    yield made
    rebuild.bring_up(made.account)
    assert rebuild.verify(made.account, is_thorough=True) == []


@pytest.fixture
def calendars(tmp_path: Path) -> Iterator[Calendars]:
    """A folder for collections of events and tasks; index and files must agree at the end."""
    made = Calendars(tmp_path)
    yield made
    rebuild.bring_up(made.account)
    assert rebuild.verify(made.account, is_thorough=True) == []

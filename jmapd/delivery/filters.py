"""What may become of a message before it is stored: the steps of a delivery, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from jmapd.stores.incoming import Incoming
from jmapd.stores.maildir import MaildirAccount
from jmapd.wire import Id


@dataclass(frozen=True)
class Fate:
    """Without any step a message goes to INBOX, with no keywords."""

    folders: tuple[Id | None, ...] = (None,)  # None: INBOX; empty: it is stored nowhere
    keywords: frozenset[str] = frozenset()
    redirect: tuple[str, ...] = ()  # addresses that get it, too
    reject: str | None = None  # why the sender gets it back; nothing else happens then
    is_final: bool = False  # no later step is asked

    def discarded(self) -> "Fate":
        """Stored nowhere, without a word to the sender."""
        return replace(self, folders=())


class Filter(Protocol):
    """One step, as a Sieve script: a message and what the steps before have decided -> what is to be done with it."""

    def __call__(self, account: MaildirAccount, message: Incoming, fate: Fate) -> Fate:
        """In no session. An exception leaves the message as the steps before had it."""


def decide(filters: Sequence[Filter], account: MaildirAccount, message: Incoming) -> tuple[Fate, list[Exception]]:
    """What all steps together say, and what went wrong in them."""
    fate, errors = Fate(), list[Exception]()
    for step in filters:
        try:
            fate = step(account, message, fate)
        except Exception as error:  # a filter's fault must not cost a message
            errors.append(error)
        if fate.is_final or fate.reject is not None:
            break
    return fate, errors

"""Who the user is, and whose invitations he wants to see without being asked: an answer to floods (RFC 5546 6.2.2)."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from typing import Any, cast

from jmapd.formats.calendar_address import mail_address
from jmapd.formats.itip import normal
from jmapd.formats.mail_address import normalised, split
from jmapd.stores.account import FileAccount
from jmapd.stores.addresses import Addresses
from jmapd.stores.large import LargeStore
from jmapd.stores.principals import principal_id
from jmapd.wire import Id

Names = Callable[[], Iterable[str]]  # of all accounts there are
MOST_CARDS = 200  # that are looked at for one address


def is_known(account: FileAccount, sender: str, names: Names) -> bool:
    """Whether the mail address is in the account's contacts, or leads to an account of this server."""
    return _has_card(account, sender) or Addresses(account.options).account_of(sender, names()) is not None


def principal_of(account: FileAccount, sender: str, names: Names) -> Id | None:
    """The Principal's whose mail address it is; None where it is nobody's here."""
    addresses = Addresses(account.options)
    owner = addresses.account_of(sender, names())
    return principal_id(owner) if owner is not None and addresses.may_use(owner, sender) else None


class Own:
    """The addresses of an account's owner: those that he has as ParticipantIdentities, or that lead to him."""

    def __init__(self, account: FileAccount, names: Names) -> None:
        self._owner, self._names, self._addresses = account.owner, cache(names), Addresses(account.options)
        given = [normal(each["calendarAddress"]) for each in account.store("ParticipantIdentity").scan()]
        mails = [mail for each in given if (mail := mail_address(each)) is not None]
        self._known = dict.fromkeys(given, True)
        self._domains = {split(normalised(each))[1] for each in (*mails, *self._addresses.of(self._owner))}

    def __call__(self, address: object) -> bool:
        """Whether that is a calendar address of his."""
        if not isinstance(address, str):
            return False
        key = normal(address)
        if key not in self._known:
            mail = mail_address(key)
            is_near = mail is not None and split(mail)[1] in self._domains
            self._known[key] = is_near and self._addresses.account_of(mail or "", self._names()) == self._owner
        return self._known[key]


def _has_card(account: FileAccount, sender: str) -> bool:
    if "ContactCard" not in account.store_names:
        return False
    store = cast(LargeStore, account.store("ContactCard"))
    found = islice(store.table().ids(store.with_text("email", sender)), MOST_CARDS)
    return any(sender in _addresses(card) for card in store.get(found).values())


def _addresses(card: dict[str, Any]) -> list[str]:
    given = (each.get("address") for each in (card.get("emails") or {}).values())
    return [normalised(each) for each in given if isinstance(each, str)]

"""A host with address books that other programs may change, too."""

from collections.abc import Iterable
from typing import Any

from tests.conftest import CORE, MAIL
from tests.items_host import ItemsHost

CONTACTS = "urn:ietf:params:jmap:contacts"
PARSE = "urn:ietf:params:jmap:contacts:parse"
USING = (CORE, MAIL, CONTACTS)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def vcard(uid: str, name: str, *lines: str, version: str = "4.0") -> str:
    """A card as another program would write it."""
    body = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", *lines, "END:VCARD"]
    return "".join(line + "\r\n" for line in body)


class Contacts(ItemsHost):
    """As ItemsHost, with contacts."""

    using, part, suffix, first, item = USING, "contacts", ".vcf", "friends", "ContactCard"

    def books(self) -> dict[str, dict[str, Any]]:
        """The AddressBooks by name."""
        return self.by_name("AddressBook")

    def book(self, name: str = "friends") -> str:
        """The id of that AddressBook, made when it is not there."""
        return self.id_of("AddressBook", name)

    def cards(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        return self.got("ContactCard", ids, **arguments)

    def card(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.cards([id], **arguments)
        return found

    def new(self, full: str = "Bob", **more: Any) -> dict[str, Any]:
        """Creates a card in "friends"; what the response says."""
        return self.created("ContactCard", {"addressBookIds": {self.book(): True}, "name": {"full": full}, **more})

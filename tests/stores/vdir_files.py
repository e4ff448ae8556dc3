"""Folders of .vcf files that other programs change too, and the account over them; what the tests here share."""

from functools import partial
from pathlib import Path
from typing import Any

from jmapd.stores.account import FileAccount
from jmapd.stores.vcards import VCards
from jmapd.wire import Id, Record
from tests.stores.item_files import ItemFiles


def vcard(uid: str, name: str = "Alice Example", *lines: str, version: str = "3.0") -> str:
    """A card as another program writes it."""
    told = [f"UID:{uid}"] if uid else []
    whole = ["BEGIN:VCARD", f"VERSION:{version}", *told, f"FN:{name}", "N:Example;Alice;;;", *lines, "END:VCARD"]
    return "".join(f"{line}\r\n" for line in whole)


class Cards(ItemFiles):
    """alice's cards: what other programs do to the files, and what the account shows."""

    def __init__(self, folder: Path, **told: Any) -> None:
        super().__init__(folder / "cards", partial(VCards, **told))

    def books(self, account: FileAccount | None = None) -> dict[str, Record]:
        """{name: AddressBook}"""
        account = account or self.account
        with account.session():
            return {book["name"]: book for book in account.store("AddressBook").scan()}

    def cards(self, account: FileAccount | None = None) -> dict[str, Record]:
        """{full name: ContactCard}"""
        account = account or self.account
        with account.session():
            return {card["name"]["full"]: card for card in account.store("ContactCard").scan()}

    def states(self) -> tuple[str, str]:
        """Of AddressBook and ContactCard."""
        with self.account.session():
            return self.account.store("AddressBook").state(), self.account.store("ContactCard").state()

    def create(self, uid: str, *books: Id, **more: Any) -> Record:
        """What the transaction answers."""
        record = {"@type": "Card", "version": "2.0", "uid": uid, "name": {"full": "Alice Example"}}
        with self.account.session(), self.account.lock(), self.account.store("ContactCard").transaction() as tx:
            return tx.create(record | {"addressBookIds": dict.fromkeys(books, True)} | more)

    def update(self, id: Id, **changed: Any) -> Record | None:
        """What the transaction answers; None removes a property."""
        with self.account.session(), self.account.lock(), self.account.store("ContactCard").transaction() as tx:
            record = tx.get(id)
            assert record is not None
            after = {name: value for name, value in (record | changed).items() if value is not None}
            return tx.update(id, after, set(changed))

    def destroy(self, id: Id) -> None:
        """A card."""
        with self.account.session(), self.account.lock(), self.account.store("ContactCard").transaction() as tx:
            tx.destroy(id)

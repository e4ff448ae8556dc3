"""Both stores over .vcf files keep the contract of stores/base.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from jmapd.stores.base import Store
from tests.stores.contract import StoreContract
from tests.stores.vdir_files import Cards


class TestContactCards(StoreContract):
    @pytest.fixture
    def store(self, cards: Cards) -> Iterator[Store]:
        self.book = next(iter(cards.books().values()))["id"]
        with cards.account.session(), cards.account.lock():
            yield cards.account.store("ContactCard")

    def record(self, number: int) -> dict[str, Any]:
        name = {"full": f"Alice {number}"}
        return {"uid": f"card-{number}", "name": name, "addressBookIds": {self.book: True}}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"name": {"full": "Bob"}}, {"name"}


class TestAddressBooks(StoreContract):
    @pytest.fixture
    def store(self, cards: Cards) -> Iterator[Store]:
        cards.write("Family/a.vcf", "BEGIN:VCARD\nVERSION:3.0\nUID:a\nFN:Alice\nEND:VCARD\n")
        with cards.account.session(), cards.account.lock():
            yield cards.account.store("AddressBook")

    def record(self, number: int) -> dict[str, Any]:
        return {"name": f"Book {number}", "description": None, "sortOrder": number, "isSubscribed": True}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"name": "Friends", "sortOrder": 9}, {"name", "sortOrder"}

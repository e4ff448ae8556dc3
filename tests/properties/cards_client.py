"""The client of properties/client.py, of address books."""

from typing import Any

from tests.properties.client import Client

SORTED = [{"property": "name/surname"}, {"property": "name/given", "isAscending": False}, {"property": "created"}]


class CardClient(Client):
    """Every property is followed."""

    properties = {"AddressBook": None, "ContactCard": None}
    queries: list[tuple[str, dict[str, Any]]] = [
        ("ContactCard", {"filter": filter, "sort": sort})
        for filter, sort in (
            (None, SORTED),
            ({"inAddressBook": "?"}, SORTED),
            ({"text": "note"}, [{"property": "updated", "isAscending": False}]),
            ({"name": "ann"}, []),
            ({"email": "a@example.org"}, [{"property": "name/surname2"}, {"property": "name/given"}]),
            ({"operator": "NOT", "conditions": [{"kind": "group"}, {"note": "other"}]}, SORTED[:1]),
            ({"operator": "OR", "conditions": [{"hasMember": "u1"}, {"uid": "u2"}, {"name/given": "ben"}]}, SORTED),
            ({"createdAfter": "2020-01-01T00:00:00Z"}, SORTED),
        )
    ]

    def found(self) -> str:
        """The default AddressBook."""
        return next(id for id, book in self.whole("AddressBook")[1].items() if book["isDefault"])

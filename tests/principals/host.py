"""A host whose users know of each other."""

from typing import Any

from tests.calendars.host import USING as CALENDARS_TOO
from tests.calendars.host import Calendars

PRINCIPALS = "urn:ietf:params:jmap:principals"
OWNER = f"{PRINCIPALS}:owner"
AVAILABILITY = f"{PRINCIPALS}:availability"
USING = (*CALENDARS_TOO, PRINCIPALS, AVAILABILITY)
SHARED = {"team": ["alice", "bob:read"]}
IDENTITIES = {"domain": "example.org", "addresses": {"bob": ["robert@example.net", "*@bob.example"]}}


class People(Calendars):
    """alice writes in the team's account and bob reads it, carol has nothing to do with them."""

    using = USING

    def be(self, user: str) -> "People":
        """From now on this user speaks of his own account."""
        self.log_in(user).use(user)
        return self

    def people(self) -> dict[str, dict[str, Any]]:
        """The Principals by the user's name, which stands in the address."""
        return {each["email"].partition("@")[0]: each for each in self.call("Principal/get", {"ids": None})["list"]}

    def principal(self, user: str) -> str:
        """The id of a user's Principal."""
        return str(self.people()[user]["id"])

    def notes(self) -> list[dict[str, Any]]:
        """The user's ShareNotifications, the oldest first."""
        ids = self.call("ShareNotification/query", {"sort": [{"property": "created"}]})["ids"]
        return list(self.call("ShareNotification/get", {"ids": ids})["list"])

    def change_shares(self, shared: dict[str, list[str]]) -> None:
        """As when the administrator edits the configuration and starts the server again."""
        self.config.accounts.shared.clear()
        self.config.accounts.shared.update(shared)
        self.start()

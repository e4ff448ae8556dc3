"""A host on which accounts are shared."""

from pathlib import Path
from typing import Any

from werkzeug.datastructures import Authorization

from tests.conftest import HASH, PASSWORD, MailHost

SHARED = {"team": ["alice", "bob:read"], "bob": ["alice:read"]}


class Sharing(MailHost):
    """alice writes in the team's account and reads bob's, bob reads the team's, carol has her own only."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        self.roots = {name: folder / "mail" / name for name in ("alice", "bob", "carol")} | {"team": folder / "srv"}
        for root in self.roots.values():
            if root != self.roots["alice"]:  # MailHost makes that
                for part in ("cur", "new", "tmp"):
                    (root / part).mkdir(parents=True)
        accounts = {"shared": SHARED if shared is None else shared, "mail": {"team": str(self.roots["team"])}}
        super().__init__(folder, accounts=accounts, **sections)
        with (folder / "users").open("a") as users:
            users.writelines(f"{name}:{HASH}\n" for name in ("bob", "carol"))

    def log_in(self, user: str) -> "Sharing":
        """From now on requests are this user's."""
        self.authorization = Authorization("basic", {"username": user, "password": PASSWORD})
        return self

    def use(self, account: str) -> "Sharing":
        """From now on deliveries and calls are of this account."""
        self.account, self.root = account, self.roots[account]
        return self

    def session(self) -> Any:
        """The Session object."""
        answer = self.client.get("/.well-known/jmap", auth=self.authorization)
        assert answer.status_code == 200
        return answer.get_json()

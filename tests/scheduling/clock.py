"""A host whose sidecar looks at times that the test says."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from jmapd.protocol.accounts import Accounts
from jmapd.scheduling.alerts import CLOCK, Alarms
from tests.calendars.host import Calendars

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC).timestamp()  # when Calendars.draft() begins
BEFORE = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "action": "display"}
MAIL = BEFORE | {"action": "email"}


class Clock(Calendars):
    """As Calendars, at times that the test says."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: Any) -> None:
        super().__init__(folder, shared, **sections)
        self.state = folder / "state"

    def fire(self, at: float, account: str = "alice", user: str = "") -> list[dict[str, Any]]:
        """What a sidecar that has looked ten minutes before fires for that user."""
        clock = self.state / account / CLOCK
        if not clock.exists():
            self.again(at - 600, account)
        return self.again(at, account, user)

    def again(self, at: float, account: str = "alice", user: str = "") -> list[dict[str, Any]]:
        """What a sidecar with that clock fires."""
        users = {"alice": "", "bob": "", "carol": ""}
        accounts = Accounts(self.config, lambda: users)
        found: Any = accounts.account(account)
        seen: Any = accounts.for_user(user or account)[account]
        with seen.session():
            state = seen.store("CalendarAlert").state()
        self.next = Alarms(accounts.account, accounts.time_zone).attend(found, at)
        with seen.session():
            return list(seen.store("CalendarAlert").fired(state))

    def mails(self, account: str = "alice") -> list[Any]:
        found = sorted((self.state / account / "outbox").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in found]

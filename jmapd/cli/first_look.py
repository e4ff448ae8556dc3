"""What bin/demo prints in the end: lines to paste that read mail, send some, look up a card and a week."""

import base64
import json
import os
import shlex
import sys
import urllib.request
from datetime import date, timedelta
from typing import Any

MAIL, *REST = (f"urn:ietf:params:jmap:{name}" for name in ("mail", "core", "submission", "contacts", "calendars"))
Call = tuple[str, dict[str, Any], str]


class Client:
    """As little of one as is needed."""

    def __init__(self, url: str, login: str) -> None:
        self.url, self.login = url, login
        session = self._fetched("/.well-known/jmap")
        self.account: str = session["primaryAccounts"][MAIL]

    def _fetched(self, path: str, body: bytes | None = None) -> Any:
        key = base64.b64encode(self.login.encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers)) as answer:
            return json.load(answer)

    def listed(self, type: str) -> list[dict[str, Any]]:
        """All records of a type."""
        answer = self._fetched("/jmap/api/", request([(f"{type}/get", {"accountId": self.account}, "a")]).encode())
        found: list[dict[str, Any]] = answer["methodResponses"][0][1].get("list", [])
        return found

    def line(self, calls: list[Call]) -> str:
        """For a shell."""
        words = ["curl", "-s", "-u", self.login, "-H", "Content-Type: application/json", f"{self.url}/jmap/api/", "-d"]
        return shlex.join([*words, request(calls)])


def request(calls: list[Call]) -> str:
    """The body."""
    return json.dumps({"using": [MAIL, *REST], "methodCalls": calls}, separators=(",", ":"))


def reading(account: str) -> list[Call]:
    """The three newest messages."""
    newest = {"accountId": account, "sort": [{"property": "receivedAt", "isAscending": False}], "limit": 3}
    shown = ["from", "subject", "receivedAt", "preview"]
    of = {"resultOf": "a", "name": "Email/query", "path": "/ids"}
    return [
        ("Email/query", newest, "a"),
        ("Email/get", {"accountId": account, "#ids": of, "properties": shown}, "b"),
    ]


def finding(account: str) -> list[Call]:
    """The cards that have a word."""
    of = {"resultOf": "a", "name": "ContactCard/query", "path": "/ids"}
    return [
        ("ContactCard/query", {"accountId": account, "filter": {"text": "bob"}}, "a"),
        ("ContactCard/get", {"accountId": account, "#ids": of}, "b"),
    ]


def looking(account: str, today: date) -> list[Call]:
    """What takes place in the next seven days, each occurrence of what recurs (jmap-calendars 5.11)."""
    after, before = (f"{day}T00:00:00" for day in (today, today + timedelta(7)))
    week = {"filter": {"after": after, "before": before}, "expandRecurrences": True, "sort": [{"property": "start"}]}
    of = {"resultOf": "a", "name": "CalendarEvent/query", "path": "/ids"}
    shown = ["title", "start", "timeZone", "duration"]
    return [
        ("CalendarEvent/query", {"accountId": account, **week}, "a"),
        ("CalendarEvent/get", {"accountId": account, "#ids": of, "properties": shown}, "b"),
    ]


def sending(account: str, boxes: list[dict[str, Any]], identity: dict[str, Any]) -> list[Call]:
    """To oneself and to Bob, written and sent in one request."""
    by_role = {box["role"]: box["id"] for box in boxes}
    drafts, sent = (by_role.get(role, by_role.get("inbox", boxes[0]["id"])) for role in ("drafts", "sent"))
    email = {
        "mailboxIds": {drafts: True},
        "keywords": {"$draft": True, "$seen": True},
        "from": [{"name": identity["name"] or None, "email": identity["email"]}],
        "to": [{"email": identity["email"]}, {"email": "bob@example.net"}],
        "subject": "It works",
        "bodyValues": {"1": {"value": "Written and sent by JMAP."}},
        "textBody": [{"partId": "1", "type": "text/plain"}],
    }
    submission = {"identityId": identity["id"], "emailId": "#mail"}
    done = {"#sent": {"mailboxIds": {sent: True}, "keywords/$draft": None}}
    return [
        ("Email/set", {"accountId": account, "create": {"mail": email}}, "a"),
        (
            "EmailSubmission/set",
            {"accountId": account, "create": {"sent": submission}, "onSuccessUpdateEmail": done},
            "b",
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """The server's URL is given, and the login in JMAPD_LOGIN."""
    (url,) = sys.argv[1:] if arguments is None else arguments
    client = Client(url, os.environ["JMAPD_LOGIN"])
    account = client.account
    lines = ["Read the newest mail:", client.line(reading(account))]
    lines += ["Look up a contact:", client.line(finding(account))]
    lines += ["Look what is on in the next days:", client.line(looking(account, date.today()))]
    identities = [each for each in client.listed("Identity") if not each["email"].startswith("*")]
    if identities:
        lines.append("Send a message to yourself and to Bob, and read again a moment later:")
        lines.append(client.line(sending(account, client.listed("Mailbox"), identities[0])))
    print("\n\n".join(lines))  # at once: the server's log may be on the same terminal
    return 0


if __name__ == "__main__":
    sys.exit(main())

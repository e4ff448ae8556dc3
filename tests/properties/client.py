"""A client that keeps copies of what the server has, by deltas only, and knows when a copy must be right."""

from collections.abc import Mapping
from typing import Any

from tests.conftest import MailHost

PROPERTIES = {
    "Email": ["threadId", "mailboxIds", "keywords", "receivedAt", "size", "subject"],
    "Thread": ["emailIds"],
    "Mailbox": ["name", "parentId", "role", "sortOrder", "isSubscribed", "myRights"]
    + ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"],
}
TALK = {"hasKeyword": "$flagged"}
QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("Email", {"filter": filter, "sort": sort, "collapseThreads": collapse})
    for filter, sort in (
        (None, [{"property": "receivedAt", "isAscending": False}]),
        ({"inMailbox": "?"}, [{"property": "receivedAt", "isAscending": False}]),
        ({"inMailboxOtherThan": ["?"]}, [{"property": "from"}, {"property": "size"}]),
        ({"notKeyword": "$seen"}, [{"property": "hasKeyword", "keyword": "$flagged"}, {"property": "subject"}]),
        ({"someInThreadHaveKeyword": "$seen"}, [{"property": "someInThreadHaveKeyword", "keyword": "$flagged"}]),
        ({"operator": "NOT", "conditions": [{"allInThreadHaveKeyword": "$seen"}, TALK]}, []),
        ({"operator": "OR", "conditions": [{"inMailbox": "?", "hasKeyword": "own"}, TALK]}, [{"property": "sentAt"}]),
        ({"from": "a@example.org"}, [{"property": "allInThreadHaveKeyword", "keyword": "$seen", "isAscending": False}]),
    )
    for collapse in (False, True)
]
QUERIES += [
    ("Mailbox", {"filter": filter, "sort": [{"property": "sortOrder"}, {"property": "name"}], "sortAsTree": tree})
    for filter in (None, {"parentId": None}, {"hasAnyRole": False}, {"name": "w"})
    for tree in (False, True)
]


class Client:
    """`known`: by type, the records as far as the client has followed."""

    properties: Mapping[str, list[str] | None] = PROPERTIES
    queries = QUERIES

    def __init__(self, host: MailHost) -> None:
        self.host = host
        self.known: dict[str, dict[str, Any]] = {}
        self.told: dict[str, set[str]] = {}  # ids that the server has told of
        self.state: dict[str, str] = {}
        self.inbox = self.found()
        self.lists: dict[int, tuple[str, list[str]]] = {}
        for type in self.properties:
            self.fetch(type)

    def found(self) -> str:
        """The id that stands for "?" in the queries."""
        return str(next(id for id, box in self.whole("Mailbox")[1].items() if box["role"] == "inbox"))

    def whole(self, type: str) -> tuple[str, dict[str, Any]]:
        """State and records as the server has them now."""
        answer = self.host.call(f"{type}/get", {"ids": None, "properties": self.properties[type]})
        return answer["state"], {record["id"]: record for record in answer["list"]}

    def fetch(self, type: str) -> None:
        """Everything anew."""
        self.state[type], self.known[type] = self.whole(type)
        self.told[type] = set(self.known[type])

    def follow(self, type: str, limit: int | None, is_lost: bool) -> bool:
        """One page of changes; whether there are more."""
        known, told = self.known[type], self.told[type]
        arguments = {"sinceState": self.state[type], "maxChanges": limit}
        name, delta = self.host.request([[f"{type}/changes", {"accountId": "alice"} | arguments]])[0][:2]
        if name == "error":
            assert is_lost and delta["type"] == "cannotCalculateChanges", delta
            self.fetch(type)
            return False
        created, updated, destroyed = delta["created"], delta["updated"], delta["destroyed"]
        assert limit is None or len(created) + len(updated) + len(destroyed) <= limit
        assert len({*created, *updated, *destroyed}) == len(created) + len(updated) + len(destroyed)
        assert not told & set(created) and told >= set(updated) and told >= set(destroyed), (type, delta)
        told |= set(created)
        told -= set(destroyed)
        only = delta.get("updatedProperties")
        wanted = self.properties[type]
        for ids, properties in ((created, wanted), (updated, wanted if only is None else only)):
            found = self.host.call(f"{type}/get", {"ids": ids, "properties": properties})
            for record in found["list"]:
                before = {} if properties is wanted else known.get(record["id"], {})
                known[record["id"]] = before | record
            destroyed = destroyed + found["notFound"]
        for id in destroyed:
            known.pop(id, None)
        self.state[type] = delta["newState"]
        return bool(delta["hasMoreChanges"])

    def check(self, type: str) -> None:
        """Who is at the newest state has everything as it is."""
        state, now = self.whole(type)
        if self.state[type] == state:
            assert self.known[type] == now, type

    def query(self, number: int) -> dict[str, Any]:
        """One of QUERIES with the INBOX's id in it."""
        return dict(_put(self.queries[number][1], self.inbox))

    def ask(self, number: int) -> tuple[str, list[str]]:
        """The whole list of results."""
        answer = self.host.call(f"{self.queries[number][0]}/query", self.query(number) | {"calculateTotal": True})
        assert answer["total"] == len(answer["ids"]) == len(set(answer["ids"]))
        return answer["queryState"], answer["ids"]

    def catch_up(self, number: int, limit: int | None, is_lost: bool) -> None:
        """An old list and what /queryChanges tells make the new list."""
        now = self.ask(number)
        if number in self.lists:
            since, ids = self.lists[number]
            type, query = self.queries[number][0], self.query(number)
            query |= {"sinceQueryState": since, "calculateTotal": True, "maxChanges": limit}
            name, answer = self.host.request([[f"{type}/queryChanges", {"accountId": "alice"} | query]])[0][:2]
            if name == "error":
                allowed = {"cannotCalculateChanges"} if is_lost else set()
                allowed |= {"tooManyChanges"} if limit is not None else set()
                assert answer["type"] in allowed, (query, answer)
            else:
                assert limit is None or len(answer["removed"]) + len(answer["added"]) <= limit
                assert answer["oldQueryState"] == since and answer["newQueryState"] == now[0]
                assert _applied(ids, answer) == now[1], (query, ids, answer)
                assert answer["total"] == len(now[1])
        self.lists[number] = now


def _applied(ids: list[str], answer: dict[str, Any]) -> list[str]:
    """RFC 8620 5.6: removed first, then added, lowest index first."""
    out = [id for id in ids if id not in answer["removed"]]
    assert [item["index"] for item in answer["added"]] == sorted(item["index"] for item in answer["added"])
    for item in answer["added"]:
        assert item["index"] <= len(out) and item["id"] not in out
        out.insert(item["index"], item["id"])
    return out


def _put(value: Any, id: str) -> Any:
    if isinstance(value, dict):
        return {name: _put(member, id) for name, member in value.items()}
    if isinstance(value, list):
        return [_put(each, id) for each in value]
    return id if value == "?" else value

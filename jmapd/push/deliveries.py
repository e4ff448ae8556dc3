"""New messages of an account for an EmailPush (draft-ietf-jmap-emailpush-03), found by the methods of RFC 8621."""

from collections.abc import Callable, Sequence
from typing import Any

from jmapd.wire import Id, Record, State

Run = Callable[[Record, str], Record]  # a Request object of a user to its Response
MOST = 50  # messages that are told of at once; of more a client hears by StateChange
_USING = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail")


def new_emails(run: Run, user: str, account: Id, since: State, config: Record) -> tuple[list[Record], State]:
    """Those that came since and that the EmailPushConfig's filter lets through; the state they lead to."""
    answer = _call(run, user, "Email/changes", {"accountId": account, "sinceState": since, "maxChanges": 500})
    if answer is None:  # too long ago
        current = _call(run, user, "Email/get", {"accountId": account, "ids": []}) or {"state": since}
        return [], current["state"]
    state: State = answer["newState"]
    created = answer["created"][-MOST:]
    found = _get(run, user, account, created, ["id", "receivedAt", "keywords"])
    arrived = [each for each in found if "$draft" not in each["keywords"]]
    if not arrived:
        return [], state
    wanted = {each["id"] for each in arrived} & _matching(run, user, account, config.get("filter"), arrived)
    emails = _get(run, user, account, [id for id in created if id in wanted], list(config["properties"]))
    return emails, state


def _matching(run: Run, user: str, account: Id, filter: Any, arrived: Sequence[Record]) -> set[Id]:
    oldest = min(each["receivedAt"] for each in arrived)
    conditions = [{"after": oldest}, *([filter] if filter else [])]
    where = {"operator": "AND", "conditions": conditions}
    answer = _call(run, user, "Email/query", {"accountId": account, "filter": where, "limit": 4096})
    return set(answer["ids"]) if answer else set()


def _get(run: Run, user: str, account: Id, ids: Sequence[Id], properties: list[str]) -> list[Record]:
    if not ids:
        return []
    answer = _call(run, user, "Email/get", {"accountId": account, "ids": list(ids), "properties": properties})
    if answer is None:
        return []
    by_id = {each["id"]: each for each in answer["list"]}
    return [by_id[id] for id in ids if id in by_id]


def _call(run: Run, user: str, method: str, arguments: Record) -> Any:
    response = run({"using": list(_USING), "methodCalls": [[method, arguments, "0"]]}, user)
    name, answer, _ = response["methodResponses"][0]
    return answer if name == method else None

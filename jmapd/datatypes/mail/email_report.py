"""What users say of junk (RFC 8621 4.1.1: $junk, $notjunk, $phishing), by keyword or by moving, is noted for learning.

The worker runs the commands of [junk] later (submission/learn.py).
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from jmapd.methods.context import Context
from jmapd.methods.spec import Outcome
from jmapd.stores.base import Account
from jmapd.stores.learn_queue import HAM, JUNK
from jmapd.wire import Arguments, Id, Record

JUNK_WORDS = frozenset(("$junk", "$phishing"))
HAM_WORDS = frozenset(("$notjunk",))


class Places(NamedTuple):
    """The Mailboxes of a role, with those below them."""

    junk: Collection[Id] = ()
    trash: Collection[Id] = ()


class Said(NamedTuple):
    """`kind`: JUNK, HAM, or None: what was said before no longer holds."""

    kind: str | None


def judge(old: Record, new: Record, before: Places, after: Places) -> Said | None:
    """What a change from `old` to `new` says of the message; None: nothing."""
    if "$draft" in old["keywords"] or "$draft" in new["keywords"]:
        return None  # one's own words are neither
    if said := _by_keyword(set(old["keywords"]), set(new["keywords"])):
        return said
    was, boxes = not old["mailboxIds"].keys().isdisjoint(before.junk), new["mailboxIds"].keys()
    is_there = not boxes.isdisjoint(after.junk)
    if is_there and not was:
        return Said(JUNK)
    # junk that is thrown away is junk still, and so is what goes elsewhere with the keyword on it
    if was and not is_there and boxes.isdisjoint(after.trash) and not JUNK_WORDS & new["keywords"].keys():
        return Said(HAM)
    return None


def _by_keyword(old: set[str], new: set[str]) -> Said | None:
    """A keyword says more than a place."""
    is_junk, is_ham = bool(JUNK_WORDS & (new - old)), bool(HAM_WORDS & (new - old))
    if is_junk != is_ham:
        return Said(JUNK if is_junk else HAM)
    was = _opinion(old)
    if is_junk or (was is not None and _opinion(new) is None):
        return Said(None)  # both at once, or taken back
    return None


def _opinion(keywords: set[str]) -> str | None:
    if JUNK_WORDS & keywords:
        return JUNK
    return HAM if HAM_WORDS & keywords else None


def note(context: Context, old: Record, new: Record) -> None:
    """An update that is to be made; report() tells when it was."""
    if _is_learning(context):
        places = _places(context)
        context.memo.setdefault("reported", {})[new["id"]] = judge(old, new, places, places)


def report(context: Context, args: Arguments, outcome: Outcome) -> list[tuple[str, Arguments]]:
    """Hook: after Email/set."""
    noted: dict[Id, Said | None] = context.memo.get("reported", {})
    _put(context, {id: noted.get(id) for id in outcome.updated})
    return []


def imported(context: Context, id: Id, keywords: Iterable[str]) -> None:
    """An Email/import says what its keywords say: a folder of old mail that is brought in is no judgement."""
    if _is_learning(context) and "$draft" not in keywords:
        _put(context, {id: _by_keyword(set(), set(keywords))})


def seen_in(context: Context, source: Account, original: Record) -> tuple[Record, Places]:
    """Of an Email/copy, before the lock: what copied() compares the copy with."""
    kept = {name: original[name] for name in ("keywords", "mailboxIds")}
    return kept, _places(context, source) if _is_learning(context) else Places()


def copied(context: Context, id: Id, record: Record, seen: tuple[Record, Places]) -> None:
    """An Email/copy is a move between accounts. Should it not be committed, the message is not there to be learned."""
    if _is_learning(context):
        _put(context, {id: judge(seen[0], record, seen[1], _places(context))})


def _is_learning(context: Context) -> bool:
    return bool(context.options.get("junk.learn_junk") or context.options.get("junk.learn_ham"))


def _put(context: Context, said: dict[Id, Said | None]) -> None:
    if kinds := {id: each.kind for id, each in said.items() if each is not None}:
        emails: Any = context.store("Email")
        emails.learn.put(kinds)


def _places(context: Context, account: Account | None = None) -> Places:
    account = account or context.account
    assert account is not None
    found: Places | None = context.memo.get(("places", account.id))
    if found is None:
        boxes = {box["id"]: box for box in account.store("Mailbox").scan(("id", "role", "parentId"))}
        found = Places(*({id for id in boxes if role in _roles(boxes, id)} for role in ("junk", "trash")))
        context.memo["places", account.id] = found
    return found


def _roles(boxes: dict[Id, Record], id: Id | None) -> set[str]:
    """Of the Mailbox and those above it."""
    roles = set()
    while id in boxes:
        roles.add(boxes[id]["role"])
        id = boxes[id]["parentId"]
    return roles

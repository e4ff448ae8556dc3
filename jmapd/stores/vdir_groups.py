"""Which items are one record: a UID is one record in all collections where its content is the same.

What has the same UID and another content is a record of its own, so that nothing is hidden, though RFC 9610 3 allows
a uid only once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.vdir_format import Format, Item, Kind, item_id
from jmapd.wire import Id, Record

TWINS = "_twins"  # internal records, by the id that follows from the UID: the other records with that UID

Place = tuple[Id, str, int]  # (collection id, file name as the index has it, number of the item in it)


@dataclass(slots=True)
class Placed:
    """An item and where it is."""

    place: Place
    item: Item


def key_of(collection: Id, name: str) -> Id:
    """The id of the internal record of a file."""
    return f"{collection}/{name}"


def records_of(index: AccountIndex, kind: Kind, uid: str) -> dict[Id, Record]:
    """The index records with that UID."""
    id = item_id(kind, uid)
    twins = index.objects.get(TWINS, id)
    found = {each: index.objects.get(kind.item_type, each) for each in (id, *(twins["ids"] if twins else ()))}
    return {id: record for id, record in found.items() if record is not None}


def twins_change(index: AccountIndex, kind: Kind, uid: str, ids: Iterable[Id]) -> list[Change]:
    """So that records are found by their UID whose id does not follow from it alone."""
    id = item_id(kind, uid)
    others, before = sorted(each for each in ids if each != id), index.objects.get(TWINS, id)
    if (before["ids"] if before else []) == others:
        return []
    if not others:
        return [[TWINS, "d", id]]
    return [[TWINS, "u" if before else "c", id, {"ids": others}]]


def placed(format: Format, number: int, record: Record) -> Iterator[Placed]:
    """The items that an index record of that kind stands for."""
    content = record[format.kinds[number].content]
    item = Item(record["uid"], content, record["etag"], record.get("broken", False), number)
    for collection, name, number in record["files"]:
        yield Placed((collection, name, number), item)


def grouped(
    kind: Kind, uid: str, found: Iterable[Placed], ids: Mapping[Place, Id], told: Mapping[Place, Id]
) -> dict[Id, Record]:
    """Index records by id. `ids`: of the records that were in these places before; they keep them.

    `told`: of those that a client changes; it must find them again, also when they become the same as others. Else the
    first by collection takes the id that follows from the UID alone.
    """
    classes = _classes(kind, sorted(found, key=lambda each: each.place))
    made: dict[Id, list[Placed]] = {}
    first, later = item_id(kind, uid), []
    for group in classes:
        claims = [id for each in group if (id := ids.get(each.place)) is not None and id not in made]
        if claims:
            changed = next((id for each in group if (id := told.get(each.place)) in claims), None)
            made[changed or (first if first in claims else claims[0])] = group
        else:
            later.append(group)
    for group in later:
        made[_free_id(kind, uid, group[0].place, made)] = group
    return {id: _record(kind, uid, group) for id, group in made.items()}


def _classes(kind: Kind, found: list[Placed]) -> list[list[Placed]]:
    """Those that are one record together, as is_same() says, in linear time."""
    if len(found) == 1:
        return [found]
    classes: list[list[Placed]] = []
    known: dict[tuple[str, str], list[Placed]] = {}
    for each in found:
        where = each.place[0] if kind.is_single else ""
        content, octets = (where, json.dumps(each.item.record, sort_keys=True)), (where, each.item.etag)
        same = known.get(octets) or known.get(content)
        if same is None:
            classes.append(same := [])
        same.append(each)
        known[octets] = known[content] = same
    return classes


def is_same(one: Item, other: Item) -> bool:
    """Whether they are one record."""
    return one.etag == other.etag or one.record == other.record


def _free_id(kind: Kind, uid: str, place: Place, taken: Mapping[Id, Any]) -> Id:
    where = (uid, place[0], place[1], str(place[2]))
    more = ((*where, str(number)) for number in count())
    return next(id for key in chain(((uid,), where[:2], where), more) if (id := item_id(kind, *key)) not in taken)


def _record(kind: Kind, uid: str, group: list[Placed]) -> Record:
    item = group[0].item
    record: Record = {
        "uid": uid,
        "books": dict.fromkeys((each.place[0] for each in group), True),
        "files": [list(each.place) for each in group],
        "etag": item.etag,
        kind.content: item.record,
    }
    if item.is_broken:
        record["broken"] = True
    return record

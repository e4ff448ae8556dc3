"""What /changes of one type needs: when each record came, changed and went (RFC 8620 5.2).

Each changed record has a modseq of its own, so a page can end after any of them.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from jmapd.index.snapshot_write import Graves

Life = tuple[int, int, int]  # modseqs: created, last change, last change of anything but counts


class Past(Protocol):
    """The records of a snapshot that changed after `since`: (id, life), in order of position, maybe cut at a limit."""

    def __call__(self, since: int, limit: int | None) -> Iterable[tuple[str, Life]]: ...


@dataclass
class Page:
    """An answer of changes(); `position` is the modseq it leads to."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    destroyed: list[str] = field(default_factory=list)
    position: int = 0
    has_more: bool = False
    is_counts_only: bool = False


class History:
    """The lives of one type's records: `lives` of those touched since the snapshot, the others through `past`."""

    def __init__(self, last: int, graves: Graves, base: int, past: Past) -> None:
        self.last = last  # modseq of the type's last change
        self.base = base  # modseq of the snapshot; later changes are in `events`
        self._past = past
        self.lives: dict[str, Life] = {}
        self.graves = graves
        self.gone: set[str] = set()  # in the snapshot, and destroyed since
        self._events: list[int] = []
        self._ids: list[str] = []

    def create(self, id: str, modseq: int) -> None:
        self.lives[id] = (modseq, modseq, modseq)
        self._event(id, modseq)

    def update(self, id: str, modseq: int, created: int, properties: int | None = None) -> None:
        """`properties`: the last change of anything but counts, when this is not one."""
        self.lives[id] = (created, modseq, modseq if properties is None else properties)
        self._event(id, modseq)

    def destroy(self, id: str, modseq: int, created: int) -> None:
        self.lives.pop(id, None)
        self.gone.add(id)
        self.graves.ids.append(id)
        self.graves.created.append(created)
        self.graves.destroyed.append(modseq)
        self.last = modseq

    def _event(self, id: str, modseq: int) -> None:
        self._events.append(modseq)
        self._ids.append(id)
        self.last = modseq

    def changes(self, since: int, limit: int | None, is_there: Callable[[str], bool]) -> Page:
        """What happened after `since`, oldest first, at most `limit` records; `is_there`: whether an id is live now."""
        graves = self._graves_after(since)
        found: list[tuple[int, str, str]] = []
        counts_only: set[str] = set()
        for id, life in self._touched(since, limit):
            position, kind = _position(life, since, graves.get(id, ()))
            found.append((position, kind, id))
            if kind == "u" and life[2] <= since and life[0] <= since:
                counts_only.add(id)
        for id, deaths in graves.items():
            if not is_there(id):
                found.extend((destroyed, "d", id) for created, destroyed in deaths if created <= since)
        found.sort()
        page = Page(position=self.last)
        if limit is not None and len(found) > limit:
            found = found[:limit]
            page.has_more, page.position = True, found[-1][0]
        lists = {"c": page.created, "u": page.updated, "d": page.destroyed}
        for _, kind, id in found:
            lists[kind].append(id)
        page.is_counts_only = bool(page.updated) and counts_only.issuperset(page.updated)
        return page

    def _graves_after(self, since: int) -> dict[str, list[tuple[int, int]]]:
        graves = self.graves
        out: dict[str, list[tuple[int, int]]] = {}
        for at in range(bisect_right(graves.destroyed, since), len(graves.ids)):
            out.setdefault(graves.ids[at], []).append((graves.created[at], graves.destroyed[at]))
        return out

    def _touched(self, since: int, limit: int | None) -> Iterable[tuple[str, Life]]:
        lives = self.lives
        for id in dict.fromkeys(self._ids[bisect_right(self._events, since) :]):
            if id in lives:
                yield id, lives[id]
        if since >= self.base:
            return
        # Touched records lie after those of the snapshot, and graves take the place of some: so a limit stays right.
        more = None if limit is None else limit + 1 + len(lives) + len(self.gone)
        for id, life in self._past(since, more):
            if id not in lives and id not in self.gone:
                yield id, life


def _position(life: Life, since: int, deaths: Iterable[tuple[int, int]]) -> tuple[int, str]:
    created, changed, properties = life
    if created > since:
        # The id was there at `since`, went and came back: to the client it has changed.
        was_there = any(born <= since for born, _ in deaths)
        return created, "u" if was_there else "c"
    # A change of properties that a later change of counts follows must not be passed over by a page between them.
    return (properties if properties > since else changed), "u"

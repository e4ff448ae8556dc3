"""What /changes of one type needs: when each record came, changed and went (RFC 8620 5.2).

Each changed record has a modseq of its own, so a page can end after any of them.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from jmapd.index.snapshot_write import Graves

Life = tuple[int, int, int]  # modseqs: created, last change, last change of anything but counts
Change = tuple[int, str, str]  # position, "c" | "u" | "d", id


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
        self.newest = 0  # modseq of the last record that came since
        self._past = past
        self.lives: dict[str, Life] = {}
        self.graves = graves
        self.gone: set[str] = set()  # in the snapshot, and destroyed since
        self._events: list[int] = []
        self._ids: list[str] = []
        self._threads: dict[str, str] | None = None  # former_thread()

    def create(self, id: str, modseq: int) -> None:
        self.lives[id] = (modseq, modseq, modseq)
        self.newest = modseq
        self._event(id, modseq)

    def update(self, id: str, modseq: int, created: int, properties: int | None = None) -> None:
        """`properties`: the last change of anything but counts, when this is not one."""
        self.lives[id] = (created, modseq, modseq if properties is None else properties)
        self._event(id, modseq)

    def destroy(self, id: str, modseq: int, created: int, thread: str | None = None) -> None:
        self.lives.pop(id, None)
        self.gone.add(id)
        self.graves.ids.append(id)
        self.graves.created.append(created)
        self.graves.destroyed.append(modseq)
        if thread is not None:
            self.graves.threads.append(thread)
            if self._threads is not None:
                self._threads[id] = thread
        self.last = modseq

    def former_thread(self, id: str) -> str | None:
        """The Thread that a destroyed Email was in: an Email that comes again keeps it, as it keeps its id."""
        if self._threads is None:
            self._threads = dict(zip(self.graves.ids, self.graves.threads, strict=True))
        return self._threads.get(id)

    def _event(self, id: str, modseq: int) -> None:
        self._events.append(modseq)
        self._ids.append(id)
        self.last = modseq

    def changes(self, since: int, limit: int | None, is_there: Callable[[str], bool]) -> Page:
        """What happened after `since`, oldest first, at most `limit` records; `is_there`: whether an id is live now."""
        graves = self._graves_after(since)
        found: list[Change] = []
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
            found, page.position = _cut(found, graves, since, limit)
            page.has_more = True
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


def _cut(
    found: list[Change], graves: Mapping[str, list[tuple[int, int]]], since: int, limit: int
) -> tuple[list[Change], int]:
    """The first page of `found`, and where it ends.

    What went is told as it was at that end, whatever came later: else the next page would say that a record has changed
    of which the client was never told, or that one was created that it has.
    """
    back = {id: position for position, kind, id in found if id in graves and kind != "d"}
    ends = {position for position, _, _ in found}
    ends.update(at for deaths in graves.values() for life in deaths for at in life if at > since)
    ordered = sorted(ends)
    page: list[Change] = []
    end, count = since, 0
    while not page:
        count += limit
        end = ordered[min(count, len(ordered)) - 1]
        page = [change for change in found if change[0] <= end and change[2] not in graves]
        for id, deaths in graves.items():
            lives = [*deaths, (back[id], end + 1)] if id in back else deaths
            page += _between(id, lives, since, end)
    return sorted(page), end


def _between(id: str, lives: Iterable[tuple[int, int]], since: int, end: int) -> list[Change]:
    """What happened to a record between two positions, by its lives (created, destroyed)."""
    marks = [at for life in lives for at in life if since < at <= end]
    was_there = any(born <= since < died for born, died in lives)
    is_there = any(born <= end < died for born, died in lives)
    if not marks or not (was_there or is_there):
        return []
    return [(max(marks), "d" if not is_there else "u" if was_there else "c", id)]

"""What the index knows of the files of a tree, kept in memory while it is followed: listings are compared with it."""

from jmapd.index.account import AccountIndex
from jmapd.index.large import Large
from jmapd.stores.maildir_names import from_text
from jmapd.stores.vdir_format import Format
from jmapd.wire import Id, Record

SMALL = 1000  # files that are read out of the index at once; more only when they are needed

Files = dict[str, Record]  # by name


class KnownFiles:
    """The internal records of files by collection; made once, then changed as the index is."""

    def __init__(self, index: AccountIndex, format: Format) -> None:
        self._index, self._format = index, format
        self._large: Large | None = None
        self._read = 0
        self._files: dict[Id, Files] = {}
        self._order: list[tuple[Id, str]] = []  # a file that comes again is in it twice
        self._is_doubted = False

    def doubt(self) -> None:
        """A file was not as it is known here: the next look takes in all of them."""
        self._is_doubted = True

    def taken_doubt(self) -> bool:
        """Whether doubt() was called since this was asked last."""
        answer, self._is_doubted = self._is_doubted, False
        return answer

    @property
    def is_ready(self) -> bool:
        """Whether asking costs little."""
        large = self._index.objects.large[self._format.file_type]
        return self._large is large or len(large) <= SMALL

    def of(self, collection: Id) -> Files:
        """Not to be changed by the caller."""
        self._follow()
        return self._files.get(collection, {})

    def some(self, start: int, count: int) -> list[tuple[Id, str, Record]]:
        """(collection, file name, record) of files in turn, those that are gone left out; of all for a large count."""
        self._follow()
        if len(self._order) > 2 * sum(map(len, self._files.values())) + SMALL:
            self._order = [(id, name) for id, files in self._files.items() for name in files]
        start = start % len(self._order) if count < len(self._order) else 0
        turn = self._order[start : start + count]
        found = ((id, name, self._files[id].get(name)) for id, name in turn)
        return [(id, from_text(name), record) for id, name, record in found if record is not None]

    def _follow(self) -> None:
        large = self._index.objects.large[self._format.file_type]
        if large is not self._large:
            self._large, self._read, self._files, self._order = large, len(large.changed), {}, []
            for key, record in large.every_head():
                self._put(key, record)
        elif len(large.changed) > self._read:
            for key in large.changed[self._read :]:
                self._put(key, large.get(key))
            self._read = len(large.changed)

    def _put(self, key: Id, record: Record | None) -> None:
        collection, _, name = key.partition("/")
        files = self._files.setdefault(collection, {})
        if record is None:
            files.pop(name, None)
            return
        if name not in files:
            self._order.append((collection, name))
        files[name] = record

"""Sets of rows by mailbox, keyword, attachment, S/MIME and header: the snapshot's bitmaps, decoded when first used."""

from pyroaring import BitMap

from jmapd.index.snapshot import Snapshot


class Sets:
    """Bitmaps by kind and name, kept up to date; not to be changed by callers."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.live = BitMap()
        self.live.add_range(0, snapshot.rows)
        self._bitmaps: dict[tuple[str, str], BitMap] = {}
        self._headers: dict[str, list[int]] = {}  # rows since the snapshot, of header names

    def get(self, kind: str, name: str) -> BitMap:
        bitmap = self._bitmaps.get((kind, name))
        if bitmap is None:
            bitmap = self._snapshot.bitmap(kind, name)
            if kind == "header":
                # Header sets are seldom asked for: their rows are put in and taken out when that happens.
                bitmap.update(self._headers.get(name, ()))
                bitmap &= self.live
            self._bitmaps[kind, name] = bitmap
        return bitmap

    def names(self, kind: str) -> list[str]:
        """The names that may have rows."""
        names = dict.fromkeys(self._snapshot.directory(kind))
        names.update(dict.fromkeys(name for of_kind, name in self._bitmaps if of_kind == kind))
        if kind == "header":
            names.update(dict.fromkeys(self._headers))
        return list(names)

    def add(self, kind: str, name: str, row: int) -> None:
        self.get(kind, name).add(row)

    def discard(self, kind: str, name: str, row: int) -> None:
        self.get(kind, name).discard(row)

    def add_headers(self, names: list[str], row: int) -> None:
        for name in names:
            self._headers.setdefault(name, []).append(row)
            bitmap = self._bitmaps.get(("header", name))
            if bitmap is not None:
                bitmap.add(row)

    def discard_headers(self, row: int) -> None:
        """After the row was taken out of `live`."""
        for (kind, _), bitmap in self._bitmaps.items():
            if kind == "header":
                bitmap.discard(row)

    def unchanged(self, kind: str, name: str) -> list[int] | None:
        """Where the bytes of a bitmap lie in the snapshot, when it was not even decoded."""
        if (kind, name) in self._bitmaps or name in self._headers:
            return None
        return self._snapshot.directory(kind).get(name)

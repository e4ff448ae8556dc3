"""Full-text search over SQLite FTS5 (RFC 8621 4.4.1): row id = document number, one file per account.

The tables keep no text and nothing is ever deleted; who asks intersects with the live messages. What is in here can
be made anew from the messages, so a damaged file is thrown away.
"""

import errno
import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import orjson
from pyroaring import BitMap

from jmapd.files import locks
from jmapd.index.search_terms import Term, fold, split, terms

FIELDS = ("subject", "from", "to", "cc", "bcc", "body", "attachments")
_HEADERS = tuple(name for name in FIELDS if name != "body")  # these have a table of their own as well: far smaller
_VERSION = 1
_KEPT_RESULTS = 32
_CHUNK = 500
_MISSING = -2

# our statements are right, so a plain error means tables that are not what we made; but for what begins like this
_NO_DAMAGE = ("fts5:", "cannot ")
_ERRNO = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_BUSY: errno.EAGAIN,
    sqlite3.SQLITE_LOCKED: errno.EAGAIN,
    sqlite3.SQLITE_CANTOPEN: errno.ENOENT,
    sqlite3.SQLITE_PERM: errno.EACCES,
}


class _Damaged(Exception):
    """The file is not what we write; it has to be made anew."""


def _columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _table(name: str, columns: tuple[str, ...]) -> list[str]:
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5({_columns(columns)}, content='', columnsize=0, "
        "tokenize='unicode61 remove_diacritics 2')",
        # few merges while messages come in one by one; a batch is sorted in memory before it is written
        f"INSERT INTO {name}({name}, rank) VALUES('automerge', 8), ('crisismerge', 16), ('hashsize', {4 << 20})",
    ]


_SCHEMA = [
    *_table("message", FIELDS),
    *_table("header", _HEADERS),
    "CREATE TABLE progress (last INTEGER NOT NULL)",
    "INSERT INTO progress VALUES (0)",
    f"PRAGMA user_version = {_VERSION}",
]


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table}(rowid, {_columns(columns)}) VALUES (?{', ?' * len(columns)})"


_INSERT_MESSAGE, _INSERT_HEADER = _insert("message", FIELDS), _insert("header", _HEADERS)


class TextIndex:
    """One account's full-text index. Many processes may read; add and clear are called under the account's lock.

    Call search() before last(): of a damaged file the one answers nothing and the other then 0.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode = self._version = self._last = -1
        self._told = 0  # what last() answered last
        self._is_damaged = False
        self._results: OrderedDict[tuple[tuple[str, ...], str], BitMap] = OrderedDict()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file; the next use opens it again."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection, self._version = None, -1
        self._results.clear()

    def last(self) -> int:
        """All documents up to this number are in."""
        try:
            with _translated():
                self._current()
        except _Damaged:
            self._is_damaged = True
        self._told = 0 if self._is_damaged else self._last
        return self._told

    def search(self, fields: tuple[str, ...], text: str) -> BitMap:
        """The documents in which each term of `text` occurs in one of `fields`; of a blank text, all.

        The caller keeps the answer unchanged.
        """
        try:
            with _translated():
                connection = self._current()
                key = (fields, text)
                found = self._results.get(key)
                if found is None:
                    found = self._results[key] = self._search(connection, fields, text)
                    if len(self._results) > _KEPT_RESULTS:
                        self._results.popitem(last=False)
                else:
                    self._results.move_to_end(key)
        except _Damaged:
            self._is_damaged = True
            return BitMap()
        return found

    def add(self, documents: Iterable[tuple[int, Mapping[str, str]]]) -> None:
        """Takes in documents in the order of their numbers, in one transaction; those up to last() are passed over.

        When the file turns out to be damaged or new it is made anew and nothing is added: last() says where to go on.
        """
        try:
            with _translated():
                if self._is_damaged:
                    raise _Damaged
                connection = self._current()
                if self._last < self._told:
                    return
                connection.execute("BEGIN IMMEDIATE")
                try:
                    self._insert(connection, documents)
                    connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                    raise
                finally:
                    self._version = -1
        except _Damaged:
            self._replace()

    def clear(self) -> None:
        """Forgets all documents."""
        self._replace()

    @staticmethod
    def matches(fields: tuple[str, ...], text: str, texts: Mapping[str, str]) -> bool:
        """Whether a document with these texts is one that search() would find."""
        wanted = terms(text)
        if not wanted:
            return not text.strip()
        folded = [fold(value) for value in (texts.get(name) for name in fields) if value]
        return all(any(term.occurs(value) for value in folded) for term in wanted)

    def _current(self) -> sqlite3.Connection:
        """The connection, with what is remembered of an older state of the file forgotten."""
        connection = self._connection
        if connection is not None and self._inode != _inode(self._path):  # replaced by another process
            self.close()
            connection = None
        if connection is None:
            connection = self._open()
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._last = connection.execute("SELECT last FROM progress").fetchone()[0]
            self._version = version
            self._results.clear()
        return connection

    def _open(self) -> sqlite3.Connection:
        self._is_damaged = False
        before = _inode(self._path)
        if before == _MISSING:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same mode
        connection = sqlite3.connect(self._path, timeout=20, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("synchronous = NORMAL", "journal_size_limit = 4194304"):
                connection.execute(f"PRAGMA {pragma}")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                with locks.exclusive(self._path.with_suffix(".lock")):  # SQLite itself waits for no one who does this
                    version = _create(connection)
            if version != _VERSION:
                raise _Damaged
        except BaseException:
            connection.close()
            raise
        self._connection, self._inode = connection, before if before != _MISSING else _inode(self._path)
        return connection

    def _replace(self) -> None:
        self.close()
        for suffix in ("-wal", "-shm", ""):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        try:
            with _translated():
                self._current()
        except _Damaged as error:
            raise OSError(errno.EIO, "a new full-text index cannot be read", str(self._path)) from error

    def _insert(self, connection: sqlite3.Connection, documents: Iterable[tuple[int, Mapping[str, str]]]) -> None:
        last = start = connection.execute("SELECT last FROM progress").fetchone()[0]
        stream = iter(documents)
        while chunk := list(islice(stream, _CHUNK)):
            rows = [(doc, *(split(texts.get(name) or "") for name in FIELDS)) for doc, texts in chunk if doc > start]
            body = FIELDS.index("body") + 1
            connection.executemany(_INSERT_MESSAGE, rows)
            connection.executemany(_INSERT_HEADER, (row[:body] + row[body + 1 :] for row in rows))
            last = max(last, *(doc for doc, _ in chunk))
        if last != start:
            connection.execute("UPDATE progress SET last = ?", (last,))

    def _search(self, connection: sqlite3.Connection, fields: tuple[str, ...], text: str) -> BitMap:
        wanted = terms(text)
        if not wanted:
            return BitMap() if text.strip() else BitMap(range(1, self._last + 1))
        table, columns = ("message", FIELDS) if "body" in fields else ("header", _HEADERS)
        match = _expression(wanted, None if set(columns) <= set(fields) else fields)
        # one string for all hits: a third of the time that a row for each takes
        query = f"SELECT group_concat(rowid) FROM {table} WHERE {table} MATCH ?"
        found = connection.execute(query, (match,)).fetchone()[0]
        return BitMap(orjson.loads(f"[{found}]")) if found else BitMap()


def _expression(wanted: tuple[Term, ...], fields: tuple[str, ...] | None) -> str:
    every = " AND ".join(term.expression for term in wanted)
    return every if fields is None else f"{{{' '.join(fields)}}} : ({every})"


def _create(connection: sqlite3.Connection) -> int:
    """Makes the tables, unless another process is faster; answers the version."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version == 0:
            for statement in _SCHEMA:
                connection.execute(statement)
            version = _VERSION
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return version


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return _MISSING


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors become _Damaged, or OSError where the disk or the permissions are to blame."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", -1) & 0xFF
        is_plain = code == sqlite3.SQLITE_ERROR and not str(error).startswith(_NO_DAMAGE)
        if is_plain or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise _Damaged(str(error)) from error
        raise OSError(_ERRNO.get(code, errno.EIO), f"full-text index: {error}") from error
    except UnicodeDecodeError as error:  # of a message that quotes a damaged schema
        raise _Damaged(str(error)) from error

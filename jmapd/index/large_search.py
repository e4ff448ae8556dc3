"""Filters and sorts over many records of one type: columns of the snapshot, and one by one what has changed since."""

from collections.abc import Callable, Iterable

import numpy as np
from pyroaring import BitMap

from jmapd.index import IndexDamaged
from jmapd.index.bitmaps import bitmap_of
from jmapd.index.large import Large
from jmapd.index.large_stored import Stored
from jmapd.index.large_types import APART, NO_NUMBER, Prepared, key_hash
from jmapd.index.ranks import between
from jmapd.index.search_terms import Term
from jmapd.index.snapshot import Array

CHUNK = 1 << 20  # octets of text that are looked through at a time
FEW = 100  # candidates that are read, rather than narrowed down by one more word


def with_terms(large: Large, name: str, terms: Iterable[Term]) -> BitMap:
    """The records that have all terms in a column of texts."""
    column = large.type.texts.index(name)
    rows = large.live()
    for term in terms:
        rows &= _having(large, column, term)
    return rows


def _having(large: Large, column: int, term: Term) -> BitMap:
    word = term.words[0].encode()
    found = _later(large, lambda facts: word in facts.texts[column] and _occurs(term, facts.texts[column].decode()))
    return found | _with_term(large.stored, column, term) if large.has_columns else found


def with_key(large: Large, name: str, value: str) -> BitMap:
    """The records that have exactly this."""
    key = key_hash(name, value)
    found = large.later_columns().having(key)
    if large.has_columns:
        snapshot = large.stored.snapshot
        keys, rows = snapshot.array(f"{large.name}.keys"), snapshot.array(f"{large.name}.key_rows")
        first, last = (np.searchsorted(keys, np.uint64(key), side) for side in ("left", "right"))
        found |= bitmap_of(rows[first:last]) - large.hidden
    return found


def within(large: Large, name: str, low: int | None, high: int | None) -> BitMap:
    """low <= number < high; records that have no number are not among them."""
    column = large.type.numbers.index(name)
    first = NO_NUMBER + 1 if low is None else low

    def among(numbers: Array) -> Array:
        chosen: Array = numbers >= first
        return chosen if high is None else chosen & (numbers < high)

    later = large.later_columns()
    found = bitmap_of(later.rows[among(later.numbers[column])]) if len(later.rows) else BitMap()
    if large.has_columns:
        found |= bitmap_of(np.flatnonzero(among(stored_column(large, "numbers", column)))) - large.hidden
    return found


def sort_column(large: Large, name: str, rows: Array) -> Array:
    """Numbers that order the rows as the values of a column of numbers or sort strings do."""
    rows = np.asarray(rows, dtype=np.int64)
    is_text = name in large.type.sorts
    column = (large.type.sorts if is_text else large.type.numbers).index(name)
    later = [large.facts(large.later[row - large.base]) for row in rows[rows >= large.base].tolist()]
    if is_text:
        new = between(large.stored.snapshot, f"{large.name}.sort", [facts.sorts[column] for facts in later])
        values = np.empty(len(rows), dtype=np.float64)
        values[rows >= large.base] = new
    else:
        values = np.empty(len(rows), dtype=np.int64)
        values[rows >= large.base] = [facts.numbers[column] for facts in later]
    if large.has_columns:
        old = stored_column(large, "sort" if is_text else "numbers", column)
        values[rows < large.base] = old[rows[rows < large.base]]
    return values


def stored_column(large: Large, section: str, number: int) -> Array:
    """One of the columns of a section, as the snapshot has it."""
    array = large.stored.snapshot.array(f"{large.name}.{section}")
    return array[number * large.base : (number + 1) * large.base]


def _later(large: Large, matches: Callable[[Prepared], bool]) -> BitMap:
    return BitMap(row for id, row in large.rows.items() if matches(large.facts(id)))


# Texts


def _occurs(term: Term, texts: str) -> bool:
    return term.words[0] in texts and any(term.occurs(text) for text in texts.split(APART))


def _with_term(stored: Stored, column: int, term: Term) -> BitMap:
    """Rows of the snapshot, those that are hidden, too. Words narrow them down, the longest first."""
    words = [Term((word,), False) for word in term.words[:-1]] + [Term(term.words[-1:], term.is_prefix)]
    words = sorted(dict.fromkeys(words), key=lambda word: -len(word.words[0]))
    found = _with_word(stored, column, words[0])
    if len(term.words) == 1:
        return bitmap_of(found)
    for word in words[1:]:
        if len(found) > FEW:
            found = np.intersect1d(found, _with_word(stored, column, word), assume_unique=True)
    return BitMap(row for row in found.tolist() if _occurs(term, stored.text(column, row)))


def _with_word(stored: Stored, column: int, term: Term) -> Array:
    """The rows that have a term of one word, each once, in order."""
    word, pattern = term.words[0], term.pattern
    starts = stored.snapshot.array(f"{stored.type}.text_start")[column * stored.rows : (column + 1) * stored.rows + 1]
    parts, row, data = [], 0, stored.view("text")
    while row < stored.rows:
        end = max(row + 1, int(np.searchsorted(starts, starts[row] + np.uint64(CHUNK), "right")) - 1)
        octets = bytes(data[starts[row] : starts[end]])
        if word.encode() in octets:
            places = (starts[row : end + 1] - starts[row]).astype(np.int64)
            text = _decoded(stored, octets)
            if len(text) != len(octets):
                places = _in_characters(octets, places)
            hits = [found.start() for found in pattern.finditer(text)]
            parts.append(np.unique(np.searchsorted(places, hits, "right")) - 1 + row)
        row = end
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _decoded(stored: Stored, octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        stored.snapshot.is_damaged = True
        raise IndexDamaged(f"{stored.snapshot.path}: texts of {stored.type} are damaged") from error


def _in_characters(octets: bytes, places: Array) -> Array:
    """Places in UTF-8 as places in the text."""
    begins = (np.frombuffer(octets, dtype=np.uint8) & 0xC0) != 0x80
    counts: Array = np.concatenate((np.zeros(1, np.int64), np.cumsum(begins)))[places]
    return counts

"""The full-text index."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.index.text import FIELDS, TextIndex

pytestmark = pytest.mark.rfc("8621", "4.4.1")

DOCUMENTS = [
    (1, {"subject": "Quarterly report", "from": "Alice <alice@example.org>", "body": "The figures of the bus line"}),
    (2, {"subject": "Re: lunch", "from": "Bob Alice-Müller <bob@example.org>", "to": "Alice", "body": "report to me"}),
    (3, {"subject": "東京の会議", "cc": "Carol <carol@example.net>", "body": "naïve business plan", "bcc": "dave"}),
    (5, {"attachments": "Figures 2024.xlsx"}),
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TextIndex]:
    index = TextIndex(tmp_path / "text.sqlite")
    index.add(DOCUMENTS)
    yield index
    index.close()


@pytest.mark.parametrize(
    ("fields", "text", "found"),
    [
        (FIELDS, "alice", [1, 2]),
        (FIELDS, "ALICE report", [1, 2]),  # each token in any of the fields
        (FIELDS, "alice lunch bus", []),
        (("from",), "alice", [1, 2]),
        (("to",), "alice", [2]),
        (("from", "to"), "alice", [1, 2]),
        (("from",), "muller bob", [2]),
        (("from",), "alice@example.org", [1]),
        (("subject",), "report", [1]),
        (("body",), "report", [2]),
        (("subject", "body"), "report", [1, 2]),
        (FIELDS, "bus", [1]),
        (FIELDS, "bus*", [1, 3]),
        (FIELDS, '"quarterly report"', [1]),
        (FIELDS, '"report quarterly"', []),
        (FIELDS, '"report alice"', []),  # a phrase does not go on in the next field
        (FIELDS, "会議", [3]),
        (FIELDS, "議会", []),
        (("body",), "NAIVE", [3]),
        (("cc",), "carol", [3]),
        (("bcc",), "dave", [3]),
        (("attachments",), "figures", [5]),
        (FIELDS, "figures", [1, 5]),
        (FIELDS, "zebra", []),
        (FIELDS, "!?", []),
    ],
)
def test_search(index: TextIndex, fields: tuple[str, ...], text: str, found: list[int]) -> None:
    assert list(index.search(fields, text)) == found
    assert [doc for doc, texts in DOCUMENTS if index.matches(fields, text, texts)] == found


def test_a_blank_text_asks_for_nothing_so_everything_has_it(index: TextIndex) -> None:
    assert {1, 2, 3, 5} <= set(index.search(FIELDS, " "))
    assert index.matches(FIELDS, " ", {})


@pytest.mark.parametrize(
    "text",
    ["AND", "NOT x OR y", "NEAR(a b)", "subject:x", "{from} : x", "^x", "a + b", '"', "'", "(", "x)", "*", '"*"', "-x",
     "a\0b", "\ud800", "\\", '"\\', "x" * 3000, "w " * 900, '"' + "w " * 900 + '"', "%_", "🎉", "\ufffe"],
)  # fmt: skip
def test_no_text_is_a_syntax_error(index: TextIndex, text: str) -> None:
    before = index.last()
    index.search(FIELDS, text)
    index.search(("subject",), text)
    assert index.last() == before


def test_documents_are_taken_in_once_and_in_one_transaction(index: TextIndex) -> None:
    def broken() -> Iterator[tuple[int, dict[str, str]]]:
        yield 6, {"body": "sixth"}
        raise RuntimeError

    assert index.last() == 5
    index.add([(4, {"body": "late"}), *DOCUMENTS])
    with pytest.raises(RuntimeError):
        index.add(broken())
    assert index.last() == 5
    assert not index.search(FIELDS, "late") and not index.search(FIELDS, "sixth")
    index.add([(6, {}), (7, {"body": "seventh \ud800 half"})])
    assert index.last() == 7
    assert list(index.search(FIELDS, "seventh half")) == [7]


def test_another_reader_sees_what_was_added_since(index: TextIndex, tmp_path: Path) -> None:
    other = TextIndex(tmp_path / "text.sqlite")
    assert list(other.search(FIELDS, "report")) == [1, 2]
    index.add([(6, {"body": "one more report"})])
    assert list(other.search(FIELDS, "report")) == [1, 2, 6]
    assert other.last() == 6
    index.clear()
    assert not other.search(FIELDS, "report") and other.last() == 0
    index.add([(1, {"body": "report"})])
    assert list(other.search(FIELDS, "report")) == [1]
    other.close()


@pytest.mark.parametrize("damage", ["no database", "zeroes", "empty", "other tables", "missing", "older"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "text.sqlite"
    first = TextIndex(path)
    first.add([(n, {"body": f"common word{n}"}) for n in range(1, 2000)])
    assert first.last() == 1999
    first.close()
    _damage(path, damage)
    index = TextIndex(path)
    index._told = 1999  # as a caller knows who has asked before
    found = index.search(FIELDS, "common")
    assert not found and index.last() == 0
    index.add([(2000, {"body": "common"})])
    if index.last() == 0:  # it was made anew by this call: all has to be added
        index.add([(2000, {"body": "common"})])
    assert list(index.search(FIELDS, "common")) == [2000]
    index.close()


def _damage(path: Path, damage: str) -> None:
    if damage == "missing":
        path.unlink()
    elif damage == "no database":
        path.write_bytes(b"garbage " * 5000)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "zeroes":
        path.write_bytes(path.read_bytes()[:4096] + bytes(path.stat().st_size - 4096))
    else:
        connection = sqlite3.connect(path)
        connection.execute("DROP TABLE progress" if damage == "other tables" else "PRAGMA user_version = 99")
        connection.commit()
        connection.close()


def test_damage_anywhere_is_no_error(tmp_path: Path) -> None:
    """The file is found damaged and made anew, or goes on to answer; nothing is raised."""
    path, pick = tmp_path / "text.sqlite", random.Random(5)
    first = TextIndex(path)
    for start in range(1, 200, 40):
        first.add([(n, {"body": f"common word{n}", "subject": f"s{n}"}) for n in range(start, start + 40)])
    first.close()
    data = path.read_bytes()
    places = [data.index(b"CREATE"), data.index(b"version") + 8, *(pick.randrange(len(data) - 16) for _ in range(200))]
    for place in places:
        path.write_bytes(data[:place] + pick.choice((bytes(16), pick.randbytes(16))) + data[place + 16 :])
        index = TextIndex(path)
        for number in range(201, 204):
            index.search(FIELDS, "common word3*")
            index.add([(number, {"body": "common"})])
            index.last()
        index.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def test_what_vanishes_between_last_and_add_is_not_passed_over(index: TextIndex, tmp_path: Path) -> None:
    assert index.last() == 5
    for path in tmp_path.iterdir():
        path.unlink()
    index.add([(6, {"body": "six"})])
    assert index.last() == 0


def test_a_folder_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        TextIndex(tmp_path / "absent" / "text.sqlite").search(FIELDS, "x")


_LETTERS = st.text(alphabet="aäbBß 東京한ｱ.'\"*-İﬁ\u0301й_1½हि", max_size=14)


@given(documents=st.lists(_LETTERS, min_size=1, max_size=6), text=_LETTERS)
@settings(max_examples=150, deadline=None)
def test_direct_matching_and_the_index_agree(
    tmp_path_factory: pytest.TempPathFactory, documents: list[str], text: str
) -> None:
    index = TextIndex(tmp_path_factory.mktemp("text") / "text.sqlite")
    index.add((number, {"body": body}) for number, body in enumerate(documents, 1))
    direct = [number for number, body in enumerate(documents, 1) if index.matches(FIELDS, text, {"body": body})]
    assert list(index.search(FIELDS, text)) == direct
    index.close()

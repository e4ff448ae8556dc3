"""The other programs of the state machine of contacts: they write, change, move, copy and delete cards and folders."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.properties.cards_outside import Outside, new_file

NUMBERS, BOOKS = st.integers(0, 40), st.integers(0, 3)
NAMES = st.sampled_from(["friends", "work", "club", "é"])


class CardEdits(RuleBasedStateMachine):
    """Of the folders that `outside` works in."""

    outside: Outside

    @rule(number=st.integers(0, 96), book=BOOKS)
    def put(self, number: int, book: int) -> None:
        folder = self.outside.book(book)
        self.outside.write(self.outside.name(folder), new_file(number).encode())

    @rule(number=NUMBERS, letter=st.sampled_from("xyz"), in_place=st.booleans())
    def edit(self, number: int, letter: str, in_place: bool) -> None:
        path = self.outside.file(number)
        if path is not None:  # the size stays
            self.outside.write(path, path.read_bytes().replace(b"note", b"not" + letter.encode()), in_place)

    @rule(number=NUMBERS, other=st.integers(0, 96), in_place=st.booleans())
    def overwrite(self, number: int, other: int, in_place: bool) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.write(path, new_file(other).encode(), in_place)

    @rule(number=NUMBERS, book=BOOKS)
    def move(self, number: int, book: int) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.move(path, self.outside.book(book))

    @rule(number=NUMBERS, book=BOOKS)
    def copy(self, number: int, book: int) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.copy(path, self.outside.book(book))

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        path = self.outside.file(number)
        if path is not None:
            path.unlink()

    @rule(name=NAMES)
    def make_book(self, name: str) -> None:
        self.outside.make_book(name)

    @rule(book=BOOKS, name=NAMES)
    def rename_book(self, book: int, name: str) -> None:
        self.outside.rename_book(self.outside.book(book).name, name)

    @rule(book=BOOKS)
    def remove_book(self, book: int) -> None:
        self.outside.remove_book(self.outside.book(book).name)

    @rule(book=BOOKS, name=NAMES)
    def say_name(self, book: int, name: str) -> None:
        (self.outside.book(book) / "displayname").write_text(name)

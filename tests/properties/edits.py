"""The other programs of the state machine: they deliver, flag, move, copy and delete, and change folders."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.properties.outside import LETTERS, Outside

NUMBERS, FOLDERS = st.integers(0, 40), st.integers(0, 6)
FLAGS = st.text(LETTERS, max_size=3).map(lambda text: "".join(sorted(set(text))))
WORDS = st.sampled_from(["$seen", "$flagged", "$draft", "own", "other", "$label1"])
PATHS = st.sampled_from([".Work", ".Work.Deep", ".Sent", ".Trash", ".New", ".New.Deep"])


class Edits(RuleBasedStateMachine):
    """Of the Maildir that `outside` works in."""

    outside: Outside
    count = 100

    @rule(number=NUMBERS, folder=FOLDERS, letters=st.none() | FLAGS)
    def deliver(self, number: int, folder: int, letters: str | None) -> None:
        self.count += 1
        again = number % 5 == 0  # now and then a message that was there before
        self.outside.deliver(number if again else 4 * self.count + number % 4, self.outside.folder(folder), letters)

    @rule(number=NUMBERS, letters=FLAGS, is_trashed=st.booleans())
    def flag(self, number: int, letters: str, is_trashed: bool) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.flag(path, "".join(sorted(letters + "T" * is_trashed)))

    @rule(number=NUMBERS, folder=FOLDERS, keeps=st.booleans())
    def move(self, number: int, folder: int, keeps: bool) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.move(path, self.outside.folder(folder), keeps)

    @rule(number=NUMBERS, folder=FOLDERS, letters=FLAGS)
    def copy(self, number: int, folder: int, letters: str) -> None:
        path = self.outside.file(number)
        if path is not None:
            self.outside.copy(path, self.outside.folder(folder), letters)

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        path = self.outside.file(number)
        if path is not None:
            path.unlink()

    @rule(folder=FOLDERS, word=WORDS)
    def keyword(self, folder: int, word: str) -> None:
        self.outside.keyword(self.outside.folder(folder), word)

    @rule(name=PATHS)
    def make_folder(self, name: str) -> None:
        self.outside.make_folder(name)

    @rule(folder=FOLDERS, name=PATHS)
    def rename_folder(self, folder: int, name: str) -> None:
        old = self.outside.folder(folder).name
        if old.startswith(".") and not name.startswith(old):
            self.outside.rename_folder(old, name)

    @rule(folder=FOLDERS)
    def remove_folder(self, folder: int) -> None:
        path = self.outside.folder(folder)
        if path != self.outside.root:
            self.outside.remove_folder(path.name)

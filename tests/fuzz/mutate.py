"""Requests made wrong: one value of the JSON changed for another, or its octets."""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from jmapd.wire import ijson
from tests.fuzz.odd_values import NAMES, NUMBERS, OTHERS, STRINGS
from tests.fuzz.world import World

Path = tuple[Any, ...]


class Mutator:
    """Changes made by chance, the same for the same seed."""

    def __init__(self, seed: int, world: World) -> None:
        self.chance, self.world = random.Random(seed), world
        self.ways: list[Callable[[Any, Path], Any]] = [
            *[self._other_value] * 5,
            *[self._other_string] * 3,
            *[self._new_member] * 3,
            *[self._renamed] * 2,
            self._gone,
            self._doubled,
            self._swapped,
            self._wrapped,
            self._reference,
        ]

    def value(self) -> Any:
        """Any odd value."""
        known = [each for ids in self.world.ids.values() for each in ids] + self.world.blobs + self.world.foreign
        pool: list[Any] = self.chance.choice([STRINGS, STRINGS, NUMBERS, OTHERS, OTHERS, known, known])
        return deepcopy(self.chance.choice(pool))

    def text(self) -> str:
        """Any odd string."""
        found = self.value()
        return found if isinstance(found, str) else self.chance.choice(STRINGS)

    def changed(self, arguments: Any) -> Any:
        """The arguments with one to three things wrong; perhaps still right."""
        out = deepcopy(arguments)
        for _ in range(self.chance.choice([1, 1, 1, 2, 2, 3])):
            paths = list(_paths(out))
            # what lies deep is where the work is done
            deep = [path for path in paths if len(path) > 2]
            path = self.chance.choice(deep if deep and self.chance.random() < 0.6 else paths)
            out = self.chance.choice(self.ways)(out, path)
        return out if isinstance(out, dict) else {"accountId": out}

    def _other_value(self, whole: Any, path: Path) -> Any:
        return _put(whole, path, self.value())

    def _other_string(self, whole: Any, path: Path) -> Any:
        old = _at(whole, path)
        if not isinstance(old, str):
            return self._other_value(whole, path)
        at = self.chance.randrange(len(old) + 1)
        piece = self.chance.choice(
            ["\0", "\n", "\r\n", "\x85", "/", ".", "#", "~", "_", "-", "é", "\ud7ff", "", "x" * 300]
        )
        return _put(whole, path, old[:at] + piece + old[at + self.chance.randrange(2) :])

    def _new_member(self, whole: Any, path: Path) -> Any:
        old = _at(whole, path)
        if isinstance(old, dict):
            old[self.chance.choice([*NAMES, self.text()])] = self.value()
        elif isinstance(old, list):
            old.insert(self.chance.randrange(len(old) + 1), self.value())
        return whole

    def _renamed(self, whole: Any, path: Path) -> Any:
        old = _at(whole, path[:-1])
        if path and isinstance(old, dict):
            old[self.chance.choice([*NAMES, self.text(), self.text()])] = old.pop(path[-1])
        return whole

    def _gone(self, whole: Any, path: Path) -> Any:
        if path:
            del _at(whole, path[:-1])[path[-1]]
        return whole

    def _doubled(self, whole: Any, path: Path) -> Any:
        old = _at(whole, path)
        if isinstance(old, list):
            old.extend(deepcopy(old * self.chance.choice([1, 1, 50])))
        elif isinstance(old, dict) and old:
            old["again"] = deepcopy(self.chance.choice(list(old.values())))
        return whole

    def _swapped(self, whole: Any, path: Path) -> Any:
        return _put(whole, path, deepcopy(_at(whole, self.chance.choice(list(_paths(whole))))))

    def _wrapped(self, whole: Any, path: Path) -> Any:
        value = _at(whole, path)
        for _ in range(self.chance.choice([1, 1, 2, 40])):
            value = self.chance.choice([[value], {"operator": "NOT", "conditions": [value]}, {"subParts": [value]}])
        return _put(whole, path, value)

    def _reference(self, whole: Any, path: Path) -> Any:
        odd = (
            self.chance.choice(["0", "1", "nothing"]),
            self.chance.choice(["/ids", "/list/*/id", "/*", "", "x", "/list/9"]),
        )
        name = self.chance.choice(list(whole) or ["ids"]) if isinstance(whole, dict) else "ids"
        if isinstance(whole, dict):
            whole.pop(name, None)
            kind = self.chance.choice(["Email/query", "Mailbox/get", "Core/echo", "error"])
            whole[f"#{name}"] = {"resultOf": odd[0], "name": kind, "path": odd[1]}
        return whole

    def octets(self, body: bytes) -> bytes:
        """A request's octets with something wrong in them."""
        at = self.chance.randrange(len(body) + 1)
        piece = self.chance.choice(
            [
                b"\\ud800",
                b"\\udc00",
                b"\xff",
                b"\xed\xa0\x80",
                b"\0",
                b"{",
                b"[" * 200,
                b"]",
                b'"',
                b",",
                b"NaN",
                b"1e999",
            ]
            + [
                b"9" * 400,
                b"-",
                b"\\u0000",
                b"\\",
                b"\xef\xbb\xbf",
                b'"a":1,"a":2,',
                b"//",
                b"\xef\xbf\xbf",
                b"\\uffff",
                b"",
            ]
        )
        return body[:at] + piece + body[at + self.chance.choice([0, 0, 1, 5, 1000]) :]

    def request(self, calls: list[Any]) -> bytes:
        """A Request of these calls; now and then the frame around them is odd, too."""
        whole: Any = {"using": self.world.using, "methodCalls": calls}
        if self.chance.random() < 0.1:
            whole["createdIds"] = self.chance.choice(
                [{}, {"k1": self.text()}, {"a": self.world.ids["Mailbox"][0]}, self.value()]
            )
        if self.chance.random() < 0.05:
            path = self.chance.choice([path for path in _paths(whole) if len(path) < 4])
            whole = self.chance.choice(self.ways)(deepcopy(whole), path)
        body = ijson.dumps(whole)
        return self.octets(body) if self.chance.random() < 0.1 else body


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if len(path) < 30:
        members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for name, member in list(members)[:60]:
            yield from _paths(member, (*path, name))


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def _put(whole: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    _at(whole, path[:-1])[path[-1]] = value
    return whole

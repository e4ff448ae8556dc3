"""Address books of a running server: requests of a client, and what other programs do to the files below them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .jmap import Jmap, no_server_errors, verified
from .web import CORE, Gunicorn, gunicorn, program

CONTACTS = "urn:ietf:params:jmap:contacts"


class Client(Jmap):
    """As Jmap, with the methods of contacts."""

    using = (CORE, CONTACTS)

    def books(self) -> dict[str, str]:
        """{name: id}"""
        return {book["name"]: book["id"] for book in self.call("AddressBook/get", ids=None)["list"]}

    def cards(self) -> dict[str, Any]:
        """{uid: ContactCard}"""
        found = self.call("ContactCard/get", ids=None)["list"]
        assert len({card["uid"] for card in found}) == len(found)
        return {card["uid"]: card for card in found}

    def card(self, uid: str) -> dict[str, Any]:
        """The one with that uid."""
        (id,) = self.call("ContactCard/query", filter={"uid": uid})["ids"]
        (found,) = self.call("ContactCard/get", ids=[id])["list"]
        assert found["uid"] == uid
        return dict(found)

    def state(self) -> str:
        return str(self.call("ContactCard/get", ids=[])["state"])

    def changed(self, since: str) -> tuple[set[str], set[str], set[str]]:
        """The ids that were created, updated, destroyed."""
        answer = self.call("ContactCard/changes", sinceState=since)
        assert not answer["hasMoreChanges"]
        return set(answer["created"]), set(answer["updated"]), set(answer["destroyed"])

    def new(self, book: str, uid: str, full: str, **more: Any) -> str:
        """Creates a card in the book of that name; its id."""
        record = {"addressBookIds": {self.books()[book]: True}, "uid": uid, "name": {"full": full}, **more}
        return str(self.created("ContactCard/set", record)["id"])

    def patch(self, id: str, **patch: Any) -> None:
        """Must not be refused."""
        answer = self.call("ContactCard/set", update={id: patch})
        assert id in (answer["updated"] or {}), answer

    def destroy(self, *ids: str) -> None:
        """Must not be refused."""
        answer = self.call("ContactCard/set", destroy=list(ids))
        assert sorted(answer["destroyed"] or []) == sorted(ids), answer


@contextmanager
def contact_server(folder: Path, root: Path, team: Path | None = None) -> Iterator[Gunicorn]:
    """Serves the collections below `root` as alice's, and those of a team; in the end index and files agree."""
    more = f", team = '{team}' }}\nshared = {{ team = ['alice']" if team else ""
    with gunicorn(folder, f"[accounts]\ncontacts = {{ alice = '{root}'{more} }}\n") as server:
        yield server
        verified(server)
        no_server_errors(server)


def vcard(uid: str, full: str, *lines: str, version: str = "4.0") -> str:
    """A card as another program may have written it."""
    body = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{full}", *lines, "END:VCARD"]
    return "".join(f"{line}\r\n" for line in body)


def put(path: Path, text: str | bytes) -> Path:
    """A file as most programs write it: a temporary one, renamed."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(text.encode() if isinstance(text, str) else text)
    return draft.replace(path)


def files(root: Path) -> dict[str, bytes]:
    """All cards on disk, by path."""
    found = [path.relative_to(root) for path in sorted(root.rglob("*.vcf"))]
    return {str(path): (root / path).read_bytes() for path in found if not any(part[0] == "." for part in path.parts)}


def leftovers(root: Path) -> list[Path]:
    """Temporary files of the server's."""
    return sorted(root.rglob(".jmapd-*"))


class Khard:
    """khard over address books, each a folder below `root`."""

    def __init__(self, root: Path, *books: str, version: str = "4.0") -> None:
        self.program, self.conf = program("khard"), root.parent / "khard.conf"
        named = "".join(f"[[{book}]]\npath = {root}/{book}\n" for book in books)
        self.conf.write_text(
            f"[addressbooks]\n{named}[general]\ndebug = no\ndefault_action = list\n"
            f"[vcard]\npreferred_version = {version}\nskip_unparsable = no\n"
        )

    def run(self, *arguments: str, given: str = "") -> str:
        """Must do it without a complaint; what it says."""
        return peer([self.program, "-c", str(self.conf), *arguments], given)

    def modify(self, uid: str, yaml: str) -> None:
        """Edits a card by what is in `yaml`."""
        path = self.conf.with_suffix(".yaml")
        path.write_text(yaml)
        assert "Done" in self.run("modify", "--input-file", str(path), f"uid:{uid}", given="y\n")


VDIRSYNCER = """
[general]
status_path = "{status}"

[pair friends]
a = "here"
b = "there"
collections = ["from a", "from b"]
conflict_resolution = {conflict}
metadata = {metadata}

[storage here]
type = "filesystem"
path = "{here}"
fileext = "{suffix}"

[storage there]
{there}
"""


class Vdirsyncer:
    """Between the vdirs below `here` and another storage."""

    def __init__(self, folder: Path, here: Path, there: str, conflict: str = "null", suffix: str = ".vcf") -> None:
        folder.mkdir()
        self.program, self.conf = program("vdirsyncer"), folder / "vdirsyncer.conf"
        told = {"status": folder / "status", "conflict": conflict, "here": here, "there": there, "suffix": suffix}
        metadata = '["displayname", "color"]' if suffix == ".ics" else '["displayname"]'
        self.conf.write_text(VDIRSYNCER.format(**told, metadata=metadata))

    def run(self, *arguments: str) -> None:
        """Must do it without a complaint."""
        peer([self.program, "-c", str(self.conf), *arguments], "y\n" * 20)

    def sync(self) -> None:
        self.run("sync")


def peer(command: list[str], given: str = "") -> str:
    """Runs another program, by its own Python."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environ, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

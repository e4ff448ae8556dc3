"""Debian's Radicale and xandikos as processes of their own over a folder, and their clients' requests (RFC 6352)."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from .web import Server, free_port, program, stop, wait_until

LIST = "<propfind xmlns='DAV:'><prop><getetag/></prop></propfind>"
MAKE = (
    "<mkcol xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'><set><prop>"
    "<resourcetype><collection/><C:addressbook/></resourcetype><displayname>{name}</displayname>"
    "</prop></set></mkcol>"
)
RENAME = "<propertyupdate xmlns='DAV:'><set><prop><displayname>{name}</displayname></prop></set></propertyupdate>"
NAMES = "<propfind xmlns='DAV:'><prop><displayname/></prop></propfind>"
# What dulwich, in xandikos, cannot bear of another program at the same git index: its lock, and that the file is
# replaced while it is read, for it asks for the size by name. verified() tells whether the index is whole.
RACES = ("index.lock", "LockedError", "os.path.getsize(self._filename)", "f.check_sha()")
# What Radicale answers 500 to: a temporary file of vdirsyncer's, whose name is not hidden, is gone while it is read, or
# is still empty.
DRAFT = re.compile(rb"^\[.*\[ERROR\] An exception occurred .*\btmp\w{8}'", re.MULTILINE)
OK = (200, 201, 204, 207)


class Dav(Server):
    """A server for alice, and requests to it."""

    home = ""  # of her collections
    suffix = ".vcf"
    collection = MAKE
    locked = 503

    def __init__(self, folder: Path, command: list[str], port: int) -> None:
        super().__init__(port)
        self.log = folder / "dav.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd="/",
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            )
        try:
            wait_until(lambda: self.ask("PROPFIND", self.home, LIST)[0] == 207, self.log.read_text)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        stop(self.process)

    def ask(self, method: str, path: str, body: str = "", depth: int = 1) -> tuple[int, bytes]:
        """Status and body."""
        media = "text/vcard" if body.startswith("BEGIN:VCARD") else "text/calendar"
        kind = f"{media if body.startswith('BEGIN') else 'application/xml'}; charset=utf-8"
        head = {"Content-Type": kind, "Depth": str(depth), "Authorization": "Basic YWxpY2U6c2VjcmV0"}
        status, _, data = self.send(method, quote(path), body.encode(), head)
        return status, data

    def faults(self) -> list[str]:
        """The tracebacks in its log, but for those of RACES."""
        found = re.findall(r"(?m)^Traceback.*\n(?:[ ].*\n)+.*", self.log.read_text())
        return [text for text in found if not any(race in text for race in RACES)]

    def must(self, method: str, path: str, body: str = "", depth: int = 1) -> bytes:
        """What it answers; it must not refuse, but while another has a lock that it needs, or writes a DRAFT."""
        for _ in range(200):
            before = self.log.stat().st_size
            status, data = self.ask(method, path, body, depth)
            if status != self.locked and not (status == 500 and DRAFT.search(self.log.read_bytes()[before:])):
                break
            time.sleep(0.02)
        assert status in OK, (method, path, status, data, self.log.read_text()[-3000:])
        return data

    def put(self, book: str, name: str, card: str) -> None:
        self.must("PUT", f"{self.home}{book}/{name}", card)

    def get(self, book: str, name: str) -> str:
        return self.must("GET", f"{self.home}{book}/{name}").decode()

    def delete(self, book: str, name: str = "") -> None:
        self.must("DELETE", f"{self.home}{book}/{name}")

    def make(self, book: str, name: str) -> None:
        """An address book (RFC 5689), or a calendar (RFC 4791 5.3.1)."""
        method = "MKCOL" if self.collection == MAKE else "MKCALENDAR"
        self.must(method, f"{self.home}{book}/", self.collection.format(name=name))

    def rename(self, book: str, name: str) -> None:
        self.must("PROPPATCH", f"{self.home}{book}/", RENAME.format(name=name))

    def names(self) -> dict[str, str]:
        """{collection: displayname}"""
        return {path: text for path, text in self._found(self.home, NAMES, "displayname").items() if path}

    def items(self, book: str) -> dict[str, str]:
        """{name: etag}"""
        found = self._found(f"{self.home}{book}/", LIST, "getetag")
        return {name: etag for name, etag in found.items() if name.endswith(self.suffix)}

    def _found(self, path: str, body: str, name: str) -> dict[str, str]:
        """{last part of the path, "" for the folder itself: a property}"""
        found = {}
        for each in ElementTree.fromstring(self.must("PROPFIND", path, body)):
            href, value = each.findtext("{DAV:}href") or "", each.find(f".//{{DAV:}}{name}")
            below = unquote(href).partition(path)[2].strip("/")
            if value is not None and value.text:
                found[below] = value.text
        return found


class Radicale(Dav):
    """Below `storage`/collection-root/alice."""

    home = "/alice/"

    def __init__(self, folder: Path) -> None:
        self.storage, port = folder / "radicale", free_port()
        self.root = self.storage / "collection-root" / "alice"
        self.root.mkdir(parents=True)
        conf = folder / "radicale.conf"
        conf.write_text(
            f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = none\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {self.storage}\n"
        )
        super().__init__(folder, [program("radicale"), "--config", str(conf)], port)
        self.make("friends", "Friends")

    def verified(self) -> None:
        """Its own look at the storage finds no fault."""
        command = [program("radicale"), "--config", str(self.log.parent / "radicale.conf"), "--verify-storage"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", env={"PATH": "/usr/bin:/bin"}
        )
        assert done.returncode == 0, done.stdout + done.stderr


class Xandikos(Dav):
    """Below `storage`/alice; each address book a git work tree."""

    home = "/alice/contacts/"
    locked = 500  # it does not wait for the lock of a git index

    def __init__(self, folder: Path) -> None:
        storage, port = folder / "xandikos", free_port()
        self.root = storage / self.home.strip("/")
        storage.mkdir()
        options = ["--current-user-principal", "/alice/", "--defaults", "-l", "127.0.0.1", "-p", str(port)]
        super().__init__(folder, [program("xandikos"), "-d", str(storage), *options], port)
        self.make("friends", "Friends")

    def verified(self) -> None:
        """Its work trees have nothing that is not committed."""
        for tree in (path.parent for path in self.root.glob("*/.git")):
            for step in (["status", "--porcelain"], ["fsck", "--strict", "--no-dangling"]):
                done = subprocess.run(
                    ["git", "-c", "safe.directory=*", "-C", str(tree), *step],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                assert done.stdout == "", (tree, done.stdout)


@contextmanager
def kept_whole(dav: Radicale | Xandikos) -> Iterator[Radicale | Xandikos]:
    """In the end it has nothing to complain of, and stops."""
    yield dav
    try:
        dav.verified()
        assert dav.faults() == []
    finally:
        dav.stop()

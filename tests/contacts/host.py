"""A host with address books that other programs may change, too."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conftest import CORE, MAIL
from tests.sharing import Sharing

CONTACTS = "urn:ietf:params:jmap:contacts"
PARSE = "urn:ietf:params:jmap:contacts:parse"
USING = (CORE, MAIL, CONTACTS)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def vcard(uid: str, name: str, *lines: str, version: str = "4.0") -> str:
    """A card as another program would write it."""
    body = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", *lines, "END:VCARD"]
    return "".join(line + "\r\n" for line in body)


class Contacts(Sharing):
    """As Sharing, with contacts: each user's below contacts/<user>."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        self.contacts = folder / "contacts"
        for user in ("alice", "bob", "carol", "team"):
            (self.contacts / user).mkdir(parents=True)
        paths = {"contacts": str(self.contacts / "{user}")} | sections.pop("paths", {})
        super().__init__(folder, {} if shared is None else shared, paths=paths, **sections)

    def request(self, calls: list[Any], using: tuple[str, ...] = USING, **more: Any) -> list[Any]:
        return super().request(calls, using, **more)

    def call(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().call(method, arguments, using)

    def error(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().error(method, arguments, using)

    # -- files

    def write(self, name: str, text: str | bytes, book: str = "friends", user: str = "alice") -> Path:
        """A file as other programs put it there: a temporary one, renamed."""
        folder = self.contacts / user / book
        folder.mkdir(exist_ok=True)
        draft = folder / f".{name}.tmp"
        draft.write_bytes(text.encode() if isinstance(text, str) else text)
        return draft.replace(folder / name)

    def files(self, user: str = "alice") -> dict[str, bytes]:
        """All cards on disk."""
        root = self.contacts / user
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.vcf"))}

    # -- calls

    def books(self) -> dict[str, dict[str, Any]]:
        """The AddressBooks by name."""
        return {book["name"]: book for book in self.call("AddressBook/get", {"ids": None})["list"]}

    def book(self, name: str = "friends") -> str:
        """The id of that AddressBook, made when it is not there."""
        found = self.books().get(name)
        return str(found["id"] if found else self.created("AddressBook", {"name": name})["id"])

    def cards(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        wanted = None if ids is None else list(ids)
        return list(self.call("ContactCard/get", {"ids": wanted, **arguments})["list"])

    def card(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.cards([id], **arguments)
        return found

    def created(self, type: str, record: dict[str, Any]) -> dict[str, Any]:
        """What the response says of a record that could be created."""
        answer = self.call(f"{type}/set", {"create": {"new": record}})
        assert answer["notCreated"] is None, answer
        return dict(answer["created"]["new"])

    def refused(self, type: str, record: dict[str, Any]) -> dict[str, Any]:
        """The SetError of a record that could not."""
        answer = self.call(f"{type}/set", {"create": {"new": record}})
        assert answer["created"] is None, answer
        return dict(answer["notCreated"]["new"])

    def new(self, full: str = "Bob", **more: Any) -> dict[str, Any]:
        """Creates a card in "friends"; what the response says."""
        return self.created("ContactCard", {"addressBookIds": {self.book(): True}, "name": {"full": full}, **more})

    def updated(self, id: str, patch: dict[str, Any], type: str = "ContactCard") -> dict[str, Any] | None:
        answer = self.call(f"{type}/set", {"update": {id: patch}})
        assert answer["notUpdated"] is None, answer
        changed: dict[str, Any] | None = answer["updated"][id]
        return changed

    def not_updated(self, id: str, patch: dict[str, Any], type: str = "ContactCard") -> dict[str, Any]:
        answer = self.call(f"{type}/set", {"update": {id: patch}})
        assert answer["updated"] is None, answer
        return dict(answer["notUpdated"][id])

    def query(self, filter: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
        return list(self.call("ContactCard/query", {"filter": filter, **arguments})["ids"])

    def upload(self, octets: bytes, type: str = "image/png") -> str:
        answer = self.client.post(
            f"/jmap/upload/{self.account}/", data=octets, auth=self.authorization, headers={"Content-Type": type}
        )
        assert answer.status_code in (200, 201)
        return str(answer.get_json()["blobId"])

    def download(self, blob_id: str) -> bytes | int:
        """The octets, or the status when there are none."""
        answer = self.client.get(f"/jmap/download/{self.account}/{blob_id}/x", auth=self.authorization)
        return answer.data if answer.status_code == 200 else answer.status_code

"""A host with collections of files that other programs may change, too: what contacts and calendars have in common."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.sharing import Sharing


class ItemsHost(Sharing):
    """As Sharing, with collections: each user's below <part>/<user>."""

    part: str  # in [paths]
    suffix: str
    first: str  # the collection that is meant where none is named
    item: str  # the type that is meant where none is named

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        self.collections = folder / self.part
        for user in ("alice", "bob", "carol", "team"):
            (self.collections / user).mkdir(parents=True)
        paths = {self.part: str(self.collections / "{user}")} | sections.pop("paths", {})
        super().__init__(folder, {} if shared is None else shared, paths=paths, **sections)

    # -- files

    def write(self, name: str, text: str | bytes, collection: str = "", user: str = "alice") -> Path:
        """A file as other programs put it there: a temporary one, renamed."""
        folder = self.collections / user / (collection or self.first)
        folder.mkdir(exist_ok=True)
        draft = folder / f".{name}.tmp"
        draft.write_bytes(text.encode() if isinstance(text, str) else text)
        return draft.replace(folder / name)

    def files(self, user: str = "alice") -> dict[str, bytes]:
        """All items on disk."""
        root = self.collections / user
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob(f"*{self.suffix}"))}

    # -- calls

    def by_name(self, type: str) -> dict[str, dict[str, Any]]:
        """The collections of that type."""
        return {each["name"]: each for each in self.call(f"{type}/get", {"ids": None})["list"]}

    def id_of(self, type: str, name: str) -> str:
        """Of the collection of that name, which is made when it is not there."""
        found = self.by_name(type).get(name)
        return str(found["id"] if found else self.created(type, {"name": name})["id"])

    def got(self, type: str, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        """What /get shows."""
        wanted = None if ids is None else [*ids]
        return [*self.call(f"{type}/get", {"ids": wanted, **arguments})["list"]]

    def created(self, type: str, record: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """What the response says of a record that could be created."""
        answer = self.call(f"{type}/set", {"create": {"new": record}, **arguments})
        assert answer["notCreated"] is None, answer
        return dict(answer["created"]["new"])

    def refused(self, type: str, record: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """The SetError of a record that could not."""
        answer = self.call(f"{type}/set", {"create": {"new": record}, **arguments})
        assert answer["created"] is None, answer
        return dict(answer["notCreated"]["new"])

    def updated(self, id: str, patch: dict[str, Any], type: str = "") -> dict[str, Any] | None:
        answer = self.call(f"{type or self.item}/set", {"update": {id: patch}})
        assert answer["notUpdated"] is None, answer
        changed: dict[str, Any] | None = answer["updated"][id]
        return changed

    def not_updated(self, id: str, patch: dict[str, Any], type: str = "") -> dict[str, Any]:
        answer = self.call(f"{type or self.item}/set", {"update": {id: patch}})
        assert answer["updated"] is None, answer
        return dict(answer["notUpdated"][id])

    def destroyed(self, id: str, type: str = "") -> None:
        answer = self.call(f"{type or self.item}/set", {"destroy": [id]})
        assert answer["destroyed"] == [id], answer

    def query(self, filter: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
        return [*self.call(f"{self.item}/query", {"filter": filter, **arguments})["ids"]]

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

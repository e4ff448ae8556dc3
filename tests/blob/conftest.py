"""A client that uses RFC 9404."""

from typing import Any

import pytest

from tests.conftest import CORE, MAIL, MailHost

BLOB = "urn:ietf:params:jmap:blob"
USING = (CORE, MAIL, BLOB)


class Blobs:
    """Calls of the Blob methods in alice's account."""

    def __init__(self, mailhost: MailHost) -> None:
        self.mailhost = mailhost

    def request(self, *calls: tuple[str, dict[str, Any]], **more: Any) -> list[Any]:
        """The arguments of all responses."""
        named = [[name, {"accountId": "alice", **arguments}] for name, arguments in calls]
        return [answer for _, answer, _ in self.mailhost.request(named, USING, **more)]

    def upload(self, create: dict[str, Any]) -> dict[str, Any]:
        return self.mailhost.call("Blob/upload", {"create": create}, USING)

    def text(self, *sources: Any) -> str:
        """The id of a blob made of texts and other sources."""
        data = [{"data:asText": each} if isinstance(each, str) else each for each in sources]
        answer = self.upload({"k": {"data": data}})
        assert answer["notCreated"] is None, answer
        return str(answer["created"]["k"]["id"])

    def refused(self, *sources: Any, **more: Any) -> dict[str, Any]:
        """The SetError of a blob that is not made; nothing of it stays on disk."""
        before = self.files()
        answer = self.upload({"k": {"data": list(sources), **more}})
        assert answer["created"] is None and self.files() == before
        return answer["notCreated"]["k"]

    def get(self, *ids: str, **arguments: Any) -> list[dict[str, Any]]:
        answer = self.mailhost.call("Blob/get", {"ids": list(ids), **arguments}, USING)
        assert answer["notFound"] == []
        return answer["list"]

    def files(self) -> set[str]:
        folder = self.mailhost.root.parents[1] / "state" / "alice" / "blobs"
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


@pytest.fixture
def blobs(mailhost: MailHost) -> Blobs:
    """Of the mailhost."""
    return Blobs(mailhost)

"""Every vCard file of the corpora on a running server: loaded, read, exported, copied and deleted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orjson import OPT_SORT_KEYS, dumps

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.vcard import cards

from .contacts import CONTACTS, Client, contact_server, files, leftovers
from .jmap import folder
from .web import CORE, Gunicorn

pytestmark = pytest.mark.system


class Whole(Client):
    """All cards of an account, in batches as large as the server takes."""

    using = (CORE, CONTACTS, "urn:ietf:params:jmap:contacts:parse")

    def __init__(self, *given: Any, account: str = "alice") -> None:
        super().__init__(*given)
        self.account = account

    def ids(self) -> list[str]:
        """When all files are indexed: a request does that within a budget."""
        found: list[str] = []
        while len(found) != len(found := self.call("ContactCard/query", accountId=self.account)["ids"]):
            pass
        return found

    def all(self, *properties: str) -> dict[str, dict[str, Any]]:
        more = {"properties": list(properties)} if properties else {}
        answer = self.call("ContactCard/get", accountId=self.account, ids=self.ids(), **more)
        assert answer["notFound"] == []
        return {card["id"]: card for card in answer["list"]}

    def octets(self) -> list[bytes]:
        """Each card as it is in its file."""
        return sorted(self.blob(card["blobId"]) for card in self.all("blobId").values())


def sources(data: bytes) -> list[bytes]:
    """The cards of a file, each as a file of its own."""
    return [card.alone() for card in cards(data)]


def means(whole: list[bytes]) -> list[bytes]:
    """The JSContact of cards, each once: those with the same UID that say the same are one card."""
    found = {dumps(from_vcard(card).record, option=OPT_SORT_KEYS) for data in whole for card in cards(data)}
    return sorted(found)


@pytest.fixture
def root(corpora: Path, tmp_path: Path) -> Path:
    """A book for each program whose files they are."""
    root = tmp_path / "contacts"
    for number, path in enumerate(sorted(path for path in corpora.rglob("*.vcf") if path.is_file())):
        book = root / path.relative_to(corpora).parts[1]
        book.mkdir(parents=True, exist_ok=True)
        (book / f"{number}.vcf").write_bytes(path.read_bytes())
    return root


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[Gunicorn]:
    (tmp_path / "team" / "book").mkdir(parents=True)
    folder(tmp_path / "mail" / "team")
    with contact_server(tmp_path, root, tmp_path / "team") as server:
        yield server


@pytest.mark.rfc("9610", "3")
def test_all_are_loaded_read_copied_and_deleted(server: Gunicorn, root: Path) -> None:
    jmap, before = Whole(server), files(root)
    whole = [octets for data in before.values() for octets in sources(data)]
    assert len(before) > 300 and len(whole) > 380
    found = jmap.all()
    assert all(card["@type"] == "Card" and card["uid"] and card["addressBookIds"] for card in found.values())
    shown = jmap.octets()
    assert set(shown) <= set(whole) and means(shown) == means(whole)
    assert files(root) == before
    # A copy in another book is the same octets; a card without UID gets one.
    copies = jmap.created("AddressBook/set", {"name": "Copies"})["id"]
    answer = jmap.call("ContactCard/set", update={id: {f"addressBookIds/{copies}": True} for id in found})
    assert answer["notUpdated"] is None and answer["updated"].keys() == found.keys()
    copied = [data for path, data in files(root).items() if path.startswith("Copies/")]
    assert len(copied) == len(found) and {unnamed(data) for data in copied} <= {unnamed(data) for data in whole}
    after = jmap.all()
    for id, card in found.items():
        assert after[id] == card | {"addressBookIds": {**card["addressBookIds"], copies: True}}
    # Nothing is left of them, and nothing else goes.
    answer = jmap.call("ContactCard/set", destroy=list(found))
    assert answer["notDestroyed"] is None and jmap.ids() == []
    assert all(sources(data) == [] for data in files(root).values())
    assert leftovers(root) == []


@pytest.mark.rfc("9610", "3.6")
def test_all_are_copied_to_another_account(server: Gunicorn, root: Path) -> None:
    """The copies say the same, but for ids; only a UID that is there already is refused."""
    mine, team, before = Whole(server), Whole(server, account="team"), files(root)
    found = mine.all()
    ((_, answer),) = team.request(("AddressBook/get", {"accountId": "team", "ids": None}))
    book = {answer["list"][0]["id"]: True}
    create = {id: {"id": id, "addressBookIds": book} for id in found}
    answer = team.call("ContactCard/copy", accountId="team", fromAccountId="alice", create=create)
    assert {error["type"] for error in answer["notCreated"].values()} == {"alreadyExists"}
    assert {card["uid"] for card in found.values()} == {found[id]["uid"] for id in answer["created"]}
    copies = team.all()
    for id, made in answer["created"].items():
        assert said(copies[made["id"]]) == said(found[id])
    assert files(root) == before


def said(card: dict[str, Any]) -> dict[str, Any]:
    """What does not differ between accounts."""
    rest = {name: value for name, value in card.items() if name not in ("id", "addressBookIds")}
    if media := rest.get("media"):
        rest["media"] = {
            key: each | {"blobId": each["blobId"].partition("_")[2]} if "blobId" in each else each
            for key, each in media.items()
        }
    return rest


def unnamed(card: bytes) -> bytes:
    """Without the UID that it may have got; its last line may have got an end then."""
    return re.sub(rb"UID:urn:uuid:[-0-9a-f]{36}\r*\n", b"", card).rstrip()

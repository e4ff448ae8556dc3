"""ContactCard/parse, and cards as blobs."""

import base64
from typing import Any

import pytest

from tests.contacts.host import PARSE, PNG, USING, Contacts, vcard

ALL = (*USING, PARSE)
BLOB = "urn:ietf:params:jmap:blob"


def _parse(host: Contacts, *blob_ids: str, **more: Any) -> Any:
    return host.call("ContactCard/parse", {"blobIds": list(blob_ids), **more}, ALL)


@pytest.mark.rfc("9555", "2")
def test_one_card(host: Contacts) -> None:
    blob_id = host.upload(vcard("u1", "Ann", "EMAIL;PROP-ID=e:a@example.org").encode(), "text/vcard")
    answer = _parse(host, blob_id)
    assert answer["notFound"] is None and answer["notParsable"] is None
    card = answer["parsed"][blob_id]
    assert card["uid"] == "u1" and card["emails"] == {"e": {"address": "a@example.org"}}
    assert "id" not in card and "addressBookIds" not in card
    id = host.created("ContactCard", card | {"addressBookIds": {host.book(): True}})["id"]
    assert host.card(id)["emails"] == card["emails"]


@pytest.mark.rfc("9555", "2")
def test_several_cards(host: Contacts) -> None:
    blob_id = host.upload((vcard("u1", "Ann") + vcard("u2", "Ben")).encode(), "text/vcard")
    assert [card["uid"] for card in _parse(host, blob_id)["parsed"][blob_id]] == ["u1", "u2"]


@pytest.mark.rfc("9982", "5")
def test_no_uid_is_invented(host: Contacts) -> None:
    blob_id = host.upload(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEND:VCARD\r\n", "text/vcard")
    card = _parse(host, blob_id)["parsed"][blob_id]
    assert "uid" not in card and card["version"] == "2.0"


@pytest.mark.rfc("8621", "4.9")
def test_what_cannot_be_parsed(host: Contacts) -> None:
    text, card = host.upload(b"Just a text.", "text/plain"), host.upload(vcard("u", "Ann").encode())
    answer = _parse(host, text, "Gnone", card, "#none", card)
    assert answer["notParsable"] == [text] and answer["notFound"] == ["Gnone", "#none"]
    assert set(answer["parsed"]) == {card}
    assert host.error("ContactCard/parse", {"blobIds": ["a b"]}, ALL)["type"] == "invalidArguments"
    assert host.error("ContactCard/parse", {}, ALL)["type"] == "invalidArguments"
    assert host.error("ContactCard/parse", {"blobIds": []}, USING)["type"] == "unknownMethod"


@pytest.mark.rfc("8621", "4.9")
def test_properties(host: Contacts) -> None:
    blob_id = host.upload(vcard("u1", "Ann", "NOTE:x").encode())
    answer = _parse(host, blob_id, properties=["id", "addressBookIds", "name", "emails"])
    assert answer["parsed"][blob_id] == {"id": None, "addressBookIds": None, "name": {"full": "Ann"}}
    wrong = {"blobIds": [blob_id], "properties": ["Name"]}
    assert host.error("ContactCard/parse", wrong, ALL)["type"] == "invalidArguments"


@pytest.mark.rfc("9610", "3")
def test_media_become_blobs(host: Contacts) -> None:
    photo = f"PHOTO;PROP-ID=p:data:image/png;base64,{base64.b64encode(PNG).decode()}"
    blob_id = host.upload(vcard("u1", "Ann", photo).encode())
    card = _parse(host, blob_id)["parsed"][blob_id]
    assert card["media"]["p"].keys() == {"kind", "mediaType", "blobId"}
    assert host.download(card["media"]["p"]["blobId"]) == PNG
    made = host.created("ContactCard", card | {"addressBookIds": {host.book(): True}})
    assert host.download(made["media"]["p"]["blobId"]) == PNG


@pytest.mark.rfc("8620", "3.6.2")
def test_too_many(make_host: Any) -> None:
    host = make_host(limits={"max_objects_in_get": 3})
    blob_id = host.upload("".join(vcard(f"u{n}", "Ann") for n in range(4)).encode())
    assert host.error("ContactCard/parse", {"blobIds": [blob_id]}, ALL)["type"] == "requestTooLarge"


@pytest.mark.rfc("8620", "6.2")
def test_a_card_can_be_downloaded_as_it_is_on_disk(host: Contacts) -> None:
    texts = {"u1": vcard("u1", "Ann", "X-OWN:1"), "u2": vcard("u2", "Ben", version="3.0")}
    host.write("a.vcf", "".join(texts.values()))
    answer = host.call("ContactCard/get", {"ids": None, "properties": ["uid", "blobId"]}, ALL)
    for card in answer["list"]:
        assert host.download(card["blobId"]) == texts[card["uid"]].encode()
        assert _parse(host, card["blobId"])["parsed"][card["blobId"]]["uid"] == card["uid"]
    first = answer["list"][0]
    host.updated(first["id"], {"name/full": "Other"})
    assert host.download(first["blobId"]) == 404
    whole = host.call("ContactCard/get", {"ids": None}, ALL)["list"]
    assert all("blobId" not in card for card in whole)


@pytest.mark.rfc("9404", "4.3")
def test_blob_lookup(host: Contacts) -> None:
    photo = f"PHOTO;PROP-ID=p:data:image/png;base64,{base64.b64encode(PNG).decode()}"
    host.write("a.vcf", vcard("u1", "Ann", photo))
    using = (*ALL, BLOB)
    (card,) = host.call("ContactCard/get", {"ids": None, "properties": ["media", "blobId"]}, using)["list"]
    ids = [card["media"]["p"]["blobId"], card["blobId"], host.upload(PNG)]
    found = host.call("Blob/lookup", {"typeNames": ["ContactCard", "Email"], "ids": ids}, using)["list"]
    matched = [each["matchedIds"] for each in found]
    assert matched == [{"ContactCard": [card["id"]], "Email": []}] * 2 + [{"ContactCard": [], "Email": []}]
    data = host.call("Blob/get", {"ids": ids[:1], "properties": ["data:asBase64", "size"]}, using)["list"]
    assert base64.b64decode(data[0]["data:asBase64"]) == PNG and data[0]["size"] == len(PNG)

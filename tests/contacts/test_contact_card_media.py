"""Media by blobId (RFC 9610 3, 3.5)."""

import base64
from typing import Any

import pytest

from tests.contacts.host import PNG, USING, Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3")
JPEG = b"\xff\xd8\xff\xe0" + bytes(50)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("4.0", f"PHOTO;PROP-ID=p:data:image/png;base64,{_base64(PNG)}"),
        ("3.0", f"PHOTO;PROP-ID=p;ENCODING=b;TYPE=PNG:{_base64(PNG)}"),
        ("2.1", f"PHOTO;PROP-ID=p;ENCODING=BASE64;PNG:{_base64(PNG)}"),
        ("4.0", f"PHOTO;PROP-ID=p:data:;base64,{_base64(PNG)}"),
    ],
)
def test_what_is_embedded_is_told_by_blob_id(host: Contacts, version: str, line: str) -> None:
    host.write("a.vcf", vcard("u1", "Ann", line, version=version))
    (card,) = host.cards()
    (photo,) = card["media"].values()
    assert "uri" not in photo
    assert (photo["kind"], photo["mediaType"]) == ("photo", "image/png")
    assert host.download(photo["blobId"]) == PNG
    host.start()
    assert host.cards() == [card]


def test_what_is_elsewhere_keeps_its_uri(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "PHOTO;PROP-ID=p:https://example.org/a.png"))
    (card,) = host.cards()
    assert card["media"]["p"]["uri"] == "https://example.org/a.png" and "blobId" not in card["media"]["p"]


@pytest.mark.rfc("9610", "3.5")
def test_a_photo_from_an_upload(host: Contacts) -> None:
    blob_id = host.upload(PNG)
    answer = host.new("Ann", media={"p": {"kind": "photo", "blobId": blob_id}})
    photo = host.card(answer["id"])["media"]["p"]
    assert answer["media"]["p"] == photo  # RFC 8620 5.3: it has another blobId now, and a mediaType
    assert photo["mediaType"] == "image/png" and "uri" not in photo
    assert host.download(photo["blobId"]) == PNG
    assert _base64(PNG)[:40].encode() in b"".join(host.files().values()).replace(b"\r\n ", b"")


def test_a_photo_as_data_uri(host: Contacts) -> None:
    uri = f"data:image/jpeg;base64,{_base64(JPEG)}"
    answer = host.new("Ann", media={"p": {"kind": "photo", "uri": uri}})
    photo = answer["media"]["p"]
    assert photo["mediaType"] == "image/jpeg" and host.download(photo["blobId"]) == JPEG
    assert host.card(answer["id"])["media"]["p"] == photo


@pytest.mark.rfc("9610", "3.5")
def test_what_is_no_image_is_no_photo(host: Contacts) -> None:
    text = host.upload(b"%PDF-1.4 no image", "application/pdf")
    uri = f"data:image/png;base64,{_base64(b'no image')}"
    book = {host.book(): True}
    for photo in ({"blobId": text}, {"blobId": text, "mediaType": "image/png"}, {"uri": uri}):
        error = host.refused("ContactCard", {"addressBookIds": book, "media": {"p": {"kind": "photo"} | photo}})
        assert error["type"] == "invalidProperties" and error["properties"] == ["media/p"]
    sound = host.new("Ann", media={"s": {"kind": "sound", "blobId": text}})["media"]["s"]
    assert host.download(sound["blobId"]) == b"%PDF-1.4 no image"
    id = host.cards()[0]["id"]
    assert host.not_updated(id, {"media/s/kind": "photo"})["properties"] == ["media/s"]


@pytest.mark.parametrize("given", ["Gnone", "G" + "0" * 64, "#none", "P" + "0" * 24 + "_" + "0" * 64])
def test_a_blob_that_is_not_there(host: Contacts, given: str) -> None:
    card = {"addressBookIds": {host.book(): True}, "media": {"p/1": {"kind": "photo", "blobId": given}}}
    error = host.refused("ContactCard", card | {"media": {"p1": {"kind": "photo", "blobId": given}}})
    assert error["type"] == "invalidProperties" and error["properties"] == ["media/p1/blobId"]


def test_uri_and_blob_id_exclude_each_other(host: Contacts) -> None:
    both = {"kind": "photo", "blobId": host.upload(PNG), "uri": "https://example.org/a.png"}
    for media in (both, {"kind": "photo"}, {"kind": "photo", "uri": "data:image/png;base64,!!!!!"}):
        error = host.refused("ContactCard", {"addressBookIds": {host.book(): True}, "media": {"p": media}})
        assert error["type"] == "invalidProperties" and error["properties"][0].startswith("media/p")


@pytest.mark.rfc("9610", "3.5")
def test_updates(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", f"PHOTO;PROP-ID=p:data:image/png;base64,{_base64(PNG)}"))
    (card,), before = host.cards(), host.files()
    # what stays is not touched, also where all of the media are sent back
    assert host.updated(card["id"], {"media": card["media"]}) is None and host.files() == before
    host.updated(card["id"], {"media/p/label": "Me", "notes": {"n": {"note": "x"}}})
    (photo,) = host.card(card["id"])["media"].values()
    assert photo == card["media"]["p"] | {"label": "Me"} and host.download(photo["blobId"]) == PNG
    answer = host.updated(card["id"], {"media/p": {"kind": "photo", "blobId": host.upload(JPEG)}})
    assert answer is not None and host.download(answer["media"]["p"]["blobId"]) == JPEG
    assert host.card(card["id"])["media"] == answer["media"]
    assert host.download(photo["blobId"]) == 404
    host.updated(card["id"], {"media/p": None})
    assert "media" not in host.card(card["id"]) and b"PHOTO" not in host.files()["friends/a.vcf"]


def test_media_of_another_card(host: Contacts) -> None:
    photo = host.new("Ann", media={"p": {"kind": "photo", "blobId": host.upload(PNG)}})["media"]["p"]
    other = host.new("Ben", media={"q": photo})
    assert other["media"]["q"]["blobId"] != photo["blobId"]
    assert host.download(other["media"]["q"]["blobId"]) == PNG


def test_a_data_uri_that_cannot_be_read_is_no_hindrance(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "PHOTO;PROP-ID=p:data:image/png;base64,a"))
    (card,) = host.cards()
    assert host.updated(card["id"], {"notes": {"n": {"note": "x"}}, "media": card["media"]}) is None
    assert b"PHOTO;PROP-ID=p:data:image/png;base64,a\r\n" in host.files()["friends/a.vcf"]


@pytest.mark.rfc("9553", "2.7.1")
@pytest.mark.parametrize("pointer", ["media", "media/p", "media/p/blobId"])
def test_media_of_another_language(host: Contacts, pointer: str) -> None:
    def patch(blob_id: str) -> dict[str, Any]:
        whole = {"kind": "photo", "blobId": blob_id}
        return {pointer: {"media": {"p": whole}, "media/p": whole, "media/p/blobId": blob_id}[pointer]}

    png, jpeg, text = host.upload(PNG), host.upload(JPEG), host.upload(b"text", "text/plain")
    card = {"addressBookIds": {host.book(): True}, "media": {"p": {"kind": "photo", "blobId": png}}}
    id = host.created("ContactCard", card | {"localizations": {"de": patch(jpeg)}})["id"]
    assert _base64(JPEG) in str(host.card(id)["localizations"])
    for blob_id in ("Gnone", text):
        error = host.refused("ContactCard", card | {"localizations": {"de": patch(blob_id)}})
        assert error["type"] == "invalidProperties" and error["properties"][0].startswith("localizations/de/media")


def test_in_an_account_that_one_shares(make_host: Any) -> None:
    host = make_host({"team": ["alice", "carol"]})
    host.account = "team"
    photo = host.new("Ann", media={"p": {"kind": "photo", "blobId": host.upload(PNG)}})["media"]["p"]
    assert host.download(photo["blobId"]) == PNG
    assert host.log_in("carol").download(photo["blobId"]) == PNG
    host.account = "carol"
    assert host.download(photo["blobId"]) == 404


@pytest.mark.rfc("9404", "4.1")
def test_a_blob_that_the_request_makes(host: Contacts) -> None:
    data = [{"data:asBase64": _base64(PNG)}]
    card = {"addressBookIds": {host.book(): True}, "media": {"p": {"kind": "photo", "blobId": "#b"}}}
    responses = host.request(
        [
            ["Blob/upload", {"accountId": "alice", "create": {"b": {"data": data}}}],
            ["ContactCard/set", {"accountId": "alice", "create": {"c": card}}],
        ],
        (*USING, "urn:ietf:params:jmap:blob"),
    )
    assert responses[1][1]["created"]["c"]["media"]["p"]["mediaType"] == "image/png"


@pytest.mark.rfc("8620", "5.3")
def test_too_large(host: Contacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.datatypes.contacts.contact_card_media.MAX_MEDIA", 100)
    book, blob_id = {host.book(): True}, host.upload(PNG + bytes(100))
    one = {"kind": "photo", "uri": f"data:image/png;base64,{_base64(PNG)}"}
    media: Any
    for media in ({"p": {"kind": "photo", "blobId": blob_id}}, {"p": one, "q": one}):
        error = host.refused("ContactCard", {"addressBookIds": book, "media": media})
        assert error["type"] == "tooLarge"
    assert host.files() == {}
    monkeypatch.setattr("jmapd.datatypes.contacts.contact_card_media.MAX_IN_CALL", 200)
    cards = {str(number): {"addressBookIds": book, "media": {"p": one}} for number in range(4)}
    answer = host.call("ContactCard/set", {"create": cards})
    assert [error["type"] for error in answer["notCreated"].values()] == ["tooLarge"] * 2
    assert len(answer["created"]) == len(host.files()) == 2


@pytest.mark.rfc("9610", "3.5")
def test_the_photo_of_another_language_is_an_image(host: Contacts) -> None:
    png, text, data = host.upload(PNG), host.upload(b"text", "text/plain"), "data:image/png,text"
    media = {key: {"kind": kind, "uri": "https://example.org/x"} for key, kind in (("p", "photo"), ("s", "sound"))}
    card = {"addressBookIds": {host.book(): True}, "media": media}
    wrong: list[dict[str, Any]] = [
        {"media/p/uri": data},
        {"media/p/uri": None, "media/p/blobId": text},
        {"media/s/kind": "photo", "media/s/uri": data},
    ]
    for patch in wrong:
        error = host.refused("ContactCard", card | {"localizations": {"de": patch}})
        assert error["type"] == "invalidProperties" and "photo" in error["description"]
    right: list[dict[str, Any]] = [
        {"media/p/uri": None, "media/p/blobId": png},
        {"media/p/blobId": png, "media/p/uri": None},
        {"media/p/uri": f"data:image/png;base64,{_base64(PNG)}", "media/s/uri": data},
    ]
    for patch in right:
        id = host.created("ContactCard", card | {"localizations": {"de": patch}})["id"]
        assert _base64(PNG) in host.card(id)["localizations"]["de"]["media/p/uri"]


@pytest.mark.rfc("9610", "3.5")
def test_what_a_file_has_as_photo_of_another_language_is_no_hindrance(host: Contacts) -> None:
    patch = '{"de":{"media/p/uri":"data:text/plain\\,Hello"}}'
    lines = ("PHOTO;PROP-ID=p:https://example.org/a.png", f'JSPROP;JSPTR="localizations":{patch}')
    host.write("a.vcf", vcard("u1", "Ann", *lines))
    (card,) = host.cards()
    assert card["localizations"] == {"de": {"media/p/uri": "data:text/plain,Hello"}}
    host.updated(card["id"], {"localizations/fr": {"name/full": "Anne"}, "localizations/de/name~1full": "Anna"})
    found = host.card(card["id"])["localizations"]
    assert found == {"de": card["localizations"]["de"] | {"name/full": "Anna"}, "fr": {"name/full": "Anne"}}

"""ContactCard/copy (RFC 9610 3.6)."""

from typing import Any

import pytest

from tests.contacts.host import PNG, Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.6")


@pytest.fixture
def team(make_host: Any) -> Contacts:
    """alice writes in the team's account, too, and reads bob's."""
    host: Contacts = make_host({"team": ["alice"], "bob": ["alice:read"]})
    return host


def _of(host: Contacts, account: str) -> Contacts:
    host.account = account
    return host


def _copy(host: Contacts, id: str, source: str = "alice", into: str = "team", **more: Any) -> Any:
    host.account = into
    given = {"id": id, "addressBookIds": {host.book(): True}} | more.pop("given", {})
    return host.call("ContactCard/copy", {"fromAccountId": source, "create": {"k": given}, **more})


def test_a_copy_has_everything(team: Contacts) -> None:
    blob_id = team.upload(PNG)
    team.new("Ann", notes={"n": {"note": "Hi"}}, media={"p": {"kind": "photo", "blobId": blob_id}}, unheardOf=1)
    (card,) = team.cards()
    answer = _copy(team, card["id"])
    assert answer["notCreated"] is None and answer["fromAccountId"] == "alice"
    copy = team.card(answer["created"]["k"]["id"])
    same = copy.keys() - {"id", "addressBookIds", "media"}
    assert {name: copy[name] for name in same} == {name: card[name] for name in same}
    assert copy.keys() == card.keys() and copy["addressBookIds"] == {team.book(): True}
    assert team.download(copy["media"]["p"]["blobId"]) == PNG
    assert _of(team, "alice").cards() == [card]


def test_properties_can_be_given(team: Contacts) -> None:
    card = team.new("Ann", notes={"n": {"note": "Hi"}})
    answer = _copy(team, card["id"], given={"name": {"full": "Anna"}, "uid": "other"})
    copy = team.card(answer["created"]["k"]["id"])
    assert (copy["name"], copy["uid"], copy["notes"]) == ({"full": "Anna"}, "other", {"n": {"note": "Hi"}})


@pytest.mark.rfc("8620", "5.4")
def test_the_same_uid_twice(team: Contacts) -> None:
    card = team.new("Ann")
    first = _copy(team, card["id"])["created"]["k"]["id"]
    error = _copy(team, card["id"])["notCreated"]["k"]
    assert (error["type"], error["existingId"]) == ("alreadyExists", first)
    assert len(team.cards()) == 1


@pytest.mark.rfc("8620", "5.4")
def test_the_original_is_destroyed_when_asked(team: Contacts) -> None:
    card = team.new("Ann")
    _copy(team, card["id"], onSuccessDestroyOriginal=True)
    assert _of(team, "alice").cards() == []
    assert len(team.files("team")) == 1


@pytest.mark.rfc("8620", "5.4")
def test_from_an_account_that_one_may_only_read(team: Contacts) -> None:
    team.write("a.vcf", vcard("u1", "Ann", "X-OWN:1"), user="bob")
    team.account = "bob"
    (card,) = team.cards()
    answer = _copy(team, card["id"], "bob", "alice")
    assert team.card(answer["created"]["k"]["id"])["uid"] == "u1"
    assert b"X-OWN:1" in b"".join(team.files().values())
    responses = team.request(
        [["ContactCard/copy", {"accountId": "bob", "fromAccountId": "alice", "create": {"k": {"id": card["id"]}}}]]
    )
    assert responses[0][1]["type"] == "accountReadOnly"


@pytest.mark.rfc("8620", "5.4")
def test_what_is_refused(team: Contacts) -> None:
    card = team.new("Ann")
    assert _copy(team, "C000")["notCreated"]["k"]["type"] == "notFound"
    wrong: list[dict[str, Any]] = [{"addressBookIds": {"none": True}}, {"addressBookIds": {}}, {"name": 1}]
    for given in wrong:
        assert _copy(team, card["id"], given=given)["notCreated"]["k"]["type"] == "invalidProperties"
    missing = team.call("ContactCard/copy", {"fromAccountId": "alice", "create": {"k": {"id": card["id"]}}})
    assert missing["notCreated"]["k"]["properties"] == ["addressBookIds"]
    assert team.files("team") == {}


def test_what_a_file_has_and_no_client_may_set_goes_along(team: Contacts) -> None:
    """But not what the client itself gives."""
    lines = ("PHOTO:data:text/plain;base64,SGVsbG8=", "ORG-DIRECTORY:ldap://c n", "EMAIL:")
    team.write("a.vcf", vcard("a", "Ann", *lines))
    (card,) = team.cards()
    answer = _copy(team, card["id"], given={"media": {"m": {"kind": "photo", "uri": "data:text/plain,Hello"}}})
    assert answer["notCreated"]["k"]["properties"] == ["media/m"]
    answer = _copy(team, card["id"], given={"emails": {"e": {"address": 1}}})
    assert answer["notCreated"]["k"]["properties"] == ["emails/e/address"]
    copy = team.card(_copy(team, card["id"])["created"]["k"]["id"])
    (photo,) = copy["media"].values()
    assert (photo["mediaType"], team.download(photo["blobId"])) == ("text/plain", b"Hello")
    same = card.keys() - {"id", "addressBookIds", "media"}
    assert {name: copy.get(name) for name in same} == {name: card[name] for name in same}


def test_a_photo_of_another_language_goes_along(team: Contacts) -> None:
    patch = '{"de":{"media/p/uri":"data:text/plain\\,Hello"}}'
    lines = ("PHOTO;PROP-ID=p:https://example.org/a.png", f'JSPROP;JSPTR="localizations":{patch}')
    team.write("a.vcf", vcard("a", "Ann", *lines))
    (card,) = team.cards()
    copy = team.card(_copy(team, card["id"])["created"]["k"]["id"])
    assert copy["localizations"] == card["localizations"]

"""MDN/send (RFC 9007 2.1) that must be refused: nothing is sent, and nothing is left on disk."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import CORE
from tests.mdn.conftest import AUTOMATIC, MANUAL, MDN, SETS, USING, Notifier

pytestmark = pytest.mark.rfc("9007", "2.1")


@pytest.mark.parametrize("id", ["M000000000000000000000000", "#nothing", "nonsense/é"])
def test_an_email_that_is_not_there(notifier: Notifier, id: str) -> None:
    assert notifier.refused({"forEmailId": id})["type"] == "notFound"


@pytest.mark.rfc("8098", "2.1")
@pytest.mark.parametrize(
    "asks",
    [
        *(None, "", "nobody", "Bob", "<>", "bob@", "undisclosed-recipients:;", "bob@example.org, nonsense"),
        "bob@example.org\nDisposition-Notification-To: carol@example.org",
    ],
)
def test_an_email_that_asks_for_none(notifier: Notifier, asks: str | None) -> None:
    id = notifier.receive(Disposition_Notification_To=asks)
    error = notifier.refused({"forEmailId": id})
    assert error["type"] == "notFound" and "Disposition-Notification-To" in error["description"]


@pytest.mark.rfc("9007", "1.2")
@pytest.mark.rfc("8098", "2.1")
@pytest.mark.parametrize("keyword", ["$mdnsent", "$MDNSent"])
def test_one_that_was_sent_before(notifier: Notifier, keyword: str) -> None:
    id = notifier.receive()
    notifier.host.call("Email/set", {"update": {id: {f"keywords/{keyword}": True}}})
    assert notifier.refused({"forEmailId": id})["type"] == "mdnAlreadySent"


@pytest.mark.rfc("8098", "2.1")
def test_two_for_one_email(notifier: Notifier) -> None:
    id, other = notifier.receive(), notifier.receive()
    (_, answer, _), (_, updated, _) = notifier.request({"forEmailId": id}, {"forEmailId": id}, {"forEmailId": other})
    assert answer["sent"].keys() == {"k0", "k2"} and answer["notSent"]["k1"]["type"] == "mdnAlreadySent"
    assert updated["updated"].keys() == {id, other} and len(notifier.entries()) == 2
    [[_, answer, _]] = notifier.request({"forEmailId": id})
    assert answer["notSent"]["k0"]["type"] == "mdnAlreadySent" and answer["sent"] is None


@pytest.mark.rfc("9007", "5")
@pytest.mark.parametrize("address", ["bob@example.org", "rfc822; alice@elsewhere.example", "utf-8; ålice@example.org"])
def test_a_recipient_of_others(notifier: Notifier, address: str) -> None:
    error = notifier.refused({"forEmailId": notifier.receive(), "finalRecipient": address})
    assert error["type"] == "forbiddenFrom" and "finalRecipient" in error["description"]


@pytest.mark.rfc("9007", "5")
def test_an_identity_whose_address_is_no_longer_allowed(make_mailhost: Any) -> None:
    host = make_mailhost(identities={"domain": "example.org", "addresses": {"alice": ["*@alice.example"]}})
    created = host.call("Identity/set", {"create": {"i": {"email": "shop@alice.example"}}})["created"]["i"]["id"]
    host.config = replace(host.config, identities=replace(host.config.identities, addresses={}))
    host.start()
    notifier = Notifier(host)
    for given in ({}, {"finalRecipient": "alice@example.org"}):
        error = notifier.refused({"forEmailId": notifier.receive()} | given, identityId=created)
        assert error["type"] == "forbiddenFrom" and "shop@alice.example" in error["description"]


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"forEmailId": None}, ["forEmailId"]),
    ({"subject": 5}, ["subject"]),
    ({"subject": "a\r\nBcc: eve@example.org"}, ["subject"]),
    ({"subject": "x" * 100_000}, ["subject"]),
    ({"textBody": {}}, ["textBody"]),
    ({"textBody": "x" * 300_000}, ["textBody"]),
    ({"includeOriginalMessage": "yes"}, ["includeOriginalMessage"]),
    ({"reportingUA": "a\r\nDisposition: x"}, ["reportingUA"]),
    ({"reportingUA": "é"}, ["reportingUA"]),
    ({"reportingUA": "x" * 1000}, ["reportingUA"]),
    ({"mdnGateway": "dns; x"}, ["mdnGateway"]),
    ({"originalRecipient": "rfc822; x"}, ["originalRecipient"]),
    ({"originalMessageId": "<x@y>"}, ["originalMessageId"]),
    ({"error": ["x"]}, ["error"]),
    ({"finalRecipient": "alice@example.org\r\nX: y"}, ["finalRecipient"]),
    ({"finalRecipient": "x400; /S=alice"}, ["finalRecipient"]),
    ({"finalRecipient": ""}, ["finalRecipient"]),
    ({"extensionFields": {"X-Y": 5}}, ["extensionFields"]),
    ({"extensionFields": {"X Y": "z"}}, ["extensionFields"]),
    ({"extensionFields": {"": "z"}}, ["extensionFields"]),
    ({"extensionFields": {"X:Y": "z"}}, ["extensionFields"]),
    ({"extensionFields": {"Final-Recipient": "rfc822; eve@example.org"}}, ["extensionFields"]),
    ({"extensionFields": {"disposition": "z"}}, ["extensionFields"]),
    ({"extensionFields": {"X-Y": "z\r\n\r\n--b"}}, ["extensionFields"]),
    ({"extensionFields": {f"X-{n}": "z" for n in range(200)}}, ["extensionFields"]),
    ({"disposition": None}, ["disposition"]),
    ({"disposition": {}}, ["disposition/actionMode"]),
    ({"disposition": MANUAL | {"type": "Displayed"}}, ["disposition/type"]),
    ({"disposition": MANUAL | {"sendingMode": ["mdn-sent-manually"]}}, ["disposition/sendingMode"]),
    ({"disposition": MANUAL | {"colour": "red"}}, ["disposition/colour"]),
    ({"colour": "red"}, ["colour"]),
]


@pytest.mark.rfc("9007", "2")
@pytest.mark.parametrize(("given", "properties"), BAD, ids=lambda each: str(each)[:50])
def test_bad_properties(notifier: Notifier, given: dict[str, Any], properties: list[str]) -> None:
    error = notifier.refused({"forEmailId": notifier.receive()} | given)
    assert (error["type"], error["properties"]) == ("invalidProperties", properties)
    assert properties[0].partition("/")[0] in error["description"]


@pytest.mark.rfc("9007", "2")
@pytest.mark.parametrize("name", ["forEmailId", "disposition"])
def test_what_must_be_given(notifier: Notifier, name: str) -> None:
    given = {"forEmailId": notifier.receive(), "disposition": MANUAL}
    del given[name]
    more = {"send": {"k0": given}, "onSuccessUpdateEmail": {"#k0": SETS}}
    error = notifier.refused({}, **more)
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


@pytest.mark.parametrize(
    "updates",
    [
        *(None, {}, {"#k0": {}}, {"#k0": {"keywords/$seen": True}}, {"#k0": {"keywords/$mdnsent": None}}),
        *({"#k0": {"keywords/$MDNSent": True}}, {"#k0": {"keywords": {"$seen": True}}}, {"k0": SETS}),
        *({"#k0": SETS, "#k1": SETS}, {"#k0": SETS, "M1": SETS}, {"#k0": SETS | {"keywords": {}}}, {"#k0": 5}, []),
    ],
)
def test_a_call_that_does_not_set_the_keyword(notifier: Notifier, updates: Any) -> None:
    [[name, answer, _]] = notifier.request({"forEmailId": notifier.receive()}, onSuccessUpdateEmail=updates)
    assert (name, answer["type"]) == ("error", "invalidArguments") and notifier.entries() == []
    assert "onSuccessUpdateEmail" in answer["description"]


@pytest.mark.parametrize(
    "more",
    [
        *({"mailboxIds/nowhere": True}, {"mailboxIds": {}}, {"subject": "x"}, {"keywords/$seen": 5}),
        {"keywords/" + "x" * 1000: True},
    ],
)
def test_an_update_that_could_not_be_made(notifier: Notifier, more: dict[str, Any]) -> None:
    given = {"forEmailId": notifier.receive()}, {"forEmailId": notifier.receive()}
    updates = {"#k0": SETS, "#k1": SETS | more}
    [[name, answer, _]] = notifier.request(*given, onSuccessUpdateEmail=updates)
    assert (name, answer["type"]) == ("error", "invalidArguments") and notifier.entries() == []
    assert "onSuccessUpdateEmail" in answer["description"]


@pytest.mark.parametrize("id", ["Inothing", "#nothing", ""])
def test_an_identity_that_is_not_there(notifier: Notifier, id: str) -> None:
    [[name, answer, _]] = notifier.request({"forEmailId": notifier.receive()}, identityId=id)
    assert (name, answer["type"]) == ("error", "invalidArguments") and "identityId" in answer["description"]


@pytest.mark.rfc("9007", "2.2")
@pytest.mark.parametrize("method", ["MDN/send", "MDN/parse"])
def test_an_account_that_is_not_there(notifier: Notifier, method: str) -> None:
    error = notifier.host.error(method, {"accountId": "nobody"}, USING)
    assert error["type"] == "invalidArguments" and "accountId" in error["description"]


@pytest.mark.parametrize("using", [(CORE, MDN), (CORE, "urn:ietf:params:jmap:mail")])
def test_both_capabilities_are_needed(notifier: Notifier, using: tuple[str, ...]) -> None:
    [[name, answer, _]] = notifier.request({"forEmailId": notifier.receive()}, using=using)
    assert (name, answer["type"]) == ("error", "unknownMethod")


@pytest.mark.rfc("8098", "2.1")
@pytest.mark.parametrize(
    "fields",
    [
        {"Return_Path": None},
        {"Return_Path": "<>"},
        {"Return_Path": "<Bob@example.org>"},
        {"Return_Path": "<bob@example.net>"},
        {"Disposition_Notification_To": "bob@example.org, carol@example.org"},
        {"Return_Path": "<bob@example.org>\nReturn-Path: <carol@example.org>"},
    ],
)
def test_what_may_only_be_sent_by_hand(notifier: Notifier, fields: dict[str, str | None]) -> None:
    id = notifier.receive(**fields)
    assert notifier.refused({"forEmailId": id, "disposition": AUTOMATIC})["type"] == "forbidden"
    assert notifier.sent({"forEmailId": id})


@pytest.mark.rfc("8098", "2.1")
def test_none_for_an_mdn(notifier: Notifier) -> None:
    part = "--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; x@example.org\n\n--b--\n"
    kind = "multipart/report; report-type=disposition-notification; boundary=b"
    assert notifier.refused({"forEmailId": notifier.receive(part, Content_Type=kind)})["type"] == "forbidden"


@pytest.mark.rfc("8098", "2.2")
def test_options_that_are_not_known(notifier: Notifier) -> None:
    fields = {"Disposition_Notification_Options": "x=optional,1; y = Required , 2"}
    assert notifier.refused({"forEmailId": notifier.receive(**fields)})["type"] == "forbidden"
    fields = {"Disposition_Notification_Options": "x=optional,required"}
    assert notifier.sent({"forEmailId": notifier.receive(**fields)})


def test_too_many_receivers(notifier: Notifier) -> None:
    many = ", ".join(f"{n}@example.org" for n in range(60))
    assert notifier.refused({"forEmailId": notifier.receive(Disposition_Notification_To=many)})["type"] == "forbidden"

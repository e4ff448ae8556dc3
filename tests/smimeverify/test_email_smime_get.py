"""The properties that RFC 9219 4.1 adds to Email/get."""

import datetime
import time
from typing import Any

import pytest

from jmapd.stores import smime_results
from tests.smimeverify.authority import BODY, signed
from tests.smimeverify.conftest import CORE, MAIL, PROPERTIES, RECEIVED

pytestmark = pytest.mark.rfc("9219", "4.1")

PLAIN = b"From: alice@example.org\r\nSubject: Plain\r\n\r\nhello\r\n"
PGP = (
    b"From: alice@example.org\r\n"
    b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n\r\n'
    b"--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
)


def test_a_plain_message_has_nothing(smimehost: Any) -> None:
    assert smimehost.get(smimehost.deliver(PLAIN)) == dict.fromkeys(PROPERTIES)


@pytest.mark.parametrize("options", [(), ("-nodetach",)])
def test_verified(smimehost: Any, options: tuple[str, ...]) -> None:
    begin = int(time.time())
    found = smimehost.get(smimehost.deliver(signed(smimehost.root.issue(), options=options)))
    at = datetime.datetime.fromisoformat(found.pop("smimeVerifiedAt")).timestamp()
    assert begin <= at <= time.time()
    assert found == {"smimeStatus": "signed/verified", "smimeStatusAtDelivery": "signed/verified", "smimeErrors": None}


def test_failed_with_errors(smimehost: Any) -> None:
    id = smimehost.deliver(
        signed(smimehost.root.issue(), sender="mallory@example.com").replace(b"from Alice", b"from Eve")
    )
    found = smimehost.get(id)
    assert (found["smimeStatus"], found["smimeStatusAtDelivery"]) == ("signed/failed", "signed/failed")
    assert found["smimeErrors"] == [
        "The message was changed after it was signed",
        "The From address does not match the certificate",
    ]
    assert found["smimeVerifiedAt"]


def test_at_delivery_is_as_of_received_at(smimehost: Any) -> None:
    """The certificate was valid when the message came, and no longer is."""
    span = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)
    alice = smimehost.root.issue(since=span[0], until=span[1])
    id = smimehost.deliver(signed(alice))
    found = smimehost.get(id)
    assert (found["smimeStatus"], found["smimeStatusAtDelivery"]) == ("signed/failed", "signed/verified")
    assert found["smimeErrors"] == ["The certificate of 'Alice' has expired"]
    late = smimehost.deliver(signed(alice, body=BODY + "late\r\n"), received=RECEIVED + 86400 * 365)
    assert smimehost.status(late) == ("signed/failed", "signed/failed")


@pytest.mark.rfc("9219", "4.1.1")
def test_other_signing_protocols_are_unknown(smimehost: Any) -> None:
    found = smimehost.get(smimehost.deliver(PGP))
    assert found == {**dict.fromkeys(PROPERTIES), "smimeStatus": "unknown", "smimeStatusAtDelivery": "unknown"}


def test_a_list_footer_is_not_signed(smimehost: Any) -> None:
    """What stands beside the signed part may be anybody's."""
    head, _, content = signed(smimehost.root.issue()).partition(b"MIME-Version: 1.0\r\n")
    inner = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n" + content
    alone = head + inner + b"\r\n--outer--\r\n"
    footed = head + inner + b"\r\n--outer\r\n\r\nPay to this account.\r\n--outer--\r\n"
    assert smimehost.status(smimehost.deliver(alone))[0] == "signed/verified"
    found = smimehost.get(smimehost.deliver(footed))
    assert (found["smimeStatus"], found["smimeErrors"]) == ("signed/failed", ["Only a part of the message is signed"])


def test_the_signature_of_an_attached_message_is_not_ours(smimehost: Any) -> None:
    forward = PLAIN.replace(b"Subject: Plain\r\n", b"Content-Type: message/rfc822\r\n").partition(b"\r\n\r\n")[0]
    id = smimehost.deliver(forward + b"\r\n\r\n" + signed(smimehost.root.issue()))
    assert smimehost.status(id) == (None, None)


def test_encrypted_messages_show_no_signature(smimehost: Any) -> None:
    enveloped = b"MIAGCSqGSIb3DQEHA6CAMIACAQAx"
    id = smimehost.deliver(
        PLAIN.replace(b"\r\n\r\nhello", b"\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
                      b"Content-Transfer-Encoding: base64\r\n\r\n" + enveloped)
    )  # fmt: skip
    assert smimehost.get(id) == dict.fromkeys(PROPERTIES)


def test_not_in_the_default_properties(smimehost: Any) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    found = smimehost.call("Email/get", ids=[id])["list"][0]
    assert not found.keys() & set(PROPERTIES)


def test_only_when_the_capability_is_used(smimehost: Any) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    for name in PROPERTIES:
        error = smimehost.host.error("Email/get", {"ids": [id], "properties": [name]}, using=(CORE, MAIL))
        assert error["type"] == "invalidArguments" and name in error["description"]


def test_verified_at_alone_forces_nothing(smimehost: Any) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    assert smimehost.get(id, ["smimeVerifiedAt"]) == {"smimeVerifiedAt": None}
    assert smimehost.get(id, ["smimeErrors"]) == {"smimeErrors": None}
    assert smimehost.get(id, ["smimeVerifiedAt"])["smimeVerifiedAt"] is not None


@pytest.mark.parametrize("name", PROPERTIES)
def test_set_by_the_server_only(smimehost: Any, name: str) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    shown = smimehost.get(id, [name, "smimeStatus"])[name]
    fine = smimehost.call("Email/set", update={id: {name: shown}})
    assert fine["updated"] is not None and id in fine["updated"]  # RFC 8620 5.3: it may be sent back
    other = smimehost.call("Email/set", update={id: {name: "signed"}})["notUpdated"][id]
    assert (other["type"], other["properties"]) == ("invalidProperties", [name])
    given = {"mailboxIds": {smimehost.host.mailbox("Inbox"): True}, name: shown}
    made = smimehost.call("Email/set", create={"x": given})["notCreated"]["x"]
    assert (made["type"], made["properties"]) == ("invalidProperties", [name])


def test_more_than_there_is_time_for(smimehost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not verified yet is "signed"; once it is, the Email has changed."""
    monkeypatch.setattr(smime_results, "GET_SECONDS", -1.0)
    alice = smimehost.root.issue()
    ids = [smimehost.deliver(signed(alice, body=f"{BODY}{number}\r\n")) for number in range(3)]
    found = smimehost.call("Email/get", ids=ids, properties=PROPERTIES)
    assert [one["smimeStatus"] for one in found["list"]] == ["signed/verified", "signed", "signed"]
    assert [one["smimeVerifiedAt"] is None for one in found["list"]] == [False, True, True]
    monkeypatch.setattr(smime_results, "GET_SECONDS", 60.0)
    smimehost.at(int(time.time()) + 120)
    again = smimehost.call("Email/get", ids=ids, properties=PROPERTIES)
    assert {one["smimeStatus"] for one in again["list"]} == {"signed/verified"}
    assert set(smimehost.changes(found["state"])) == set(ids[1:])

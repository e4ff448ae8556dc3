"""The filters that RFC 9219 4.2 adds to Email/query."""

import datetime
from typing import Any

import pytest

from jmapd.datatypes.smimeverify import email_smime
from jmapd.stores import smime_results
from jmapd.stores.email_store import EmailStore
from jmapd.stores.rebuild import verify
from tests.smimeverify.authority import BODY, authority, signed
from tests.smimeverify.conftest import CORE, MAIL, SMIME
from tests.smimeverify.test_email_smime_get import PGP, PLAIN

pytestmark = pytest.mark.rfc("9219", "4.2")


@pytest.fixture
def four(smimehost: Any) -> dict[str, str]:
    """A verified, an expired, an unknown and a plain message."""
    root = smimehost.root
    old = root.issue(since=datetime.datetime(2020, 1, 1), until=datetime.datetime(2021, 1, 1))
    return {
        "verified": smimehost.deliver(signed(root.issue())),
        "expired": smimehost.deliver(signed(old, body=BODY + "x\r\n")),
        "unknown": smimehost.deliver(PGP),
        "plain": smimehost.deliver(PLAIN),
    }


CASES = [
    ({"hasSmime": True}, {"verified", "expired", "unknown"}),
    ({"hasSmime": False}, {"plain"}),
    ({"hasVerifiedSmime": True}, {"verified"}),
    ({"hasVerifiedSmime": False}, {"expired", "unknown", "plain"}),
    ({"hasVerifiedSmimeAtDelivery": True}, {"verified", "expired"}),
    ({"hasVerifiedSmimeAtDelivery": False}, {"unknown", "plain"}),
    ({"hasSmime": True, "hasVerifiedSmime": False}, {"expired", "unknown"}),
    ({"operator": "NOT", "conditions": [{"hasVerifiedSmime": True}]}, {"expired", "unknown", "plain"}),
    ({"hasVerifiedSmime": True, "subject": "plain"}, set()),
]


@pytest.mark.parametrize(("condition", "names"), CASES)
def test_filters(smimehost: Any, four: dict[str, str], condition: Any, names: set[str]) -> None:
    assert smimehost.query(**condition) == {four[name] for name in names}


@pytest.mark.parametrize("is_known", [False, True])
def test_after_the_index_was_folded_and_made_anew(smimehost: Any, four: dict[str, str], is_known: bool) -> None:
    """The sets of the journal, of a snapshot, and of a rebuild are the same."""
    if is_known:
        assert smimehost.query(hasVerifiedSmime=True) == {four["verified"]}
    for change in (lambda: smimehost.sidecar(want_compact=True), smimehost.lose_index):
        change()
        for condition, names in CASES:
            assert smimehost.query(**condition) == {four[name] for name in names}
        assert verify(smimehost.account()) == []


def test_has_smime_opens_no_file(smimehost: Any, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    smimehost.query()  # the index is made
    monkeypatch.setattr(EmailStore, "read", None)
    assert len(smimehost.query(hasSmime=True)) == 3


def test_a_result_is_found_once(smimehost: Any, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    smimehost.query(hasVerifiedSmime=True)
    monkeypatch.setattr(smime_results, "examine", None)
    smimehost.host.start()  # another process has it, too
    for condition, names in CASES:
        assert smimehost.query(**condition) == {four[name] for name in names}
    assert smimehost.status(four["expired"]) == ("signed/failed", "signed/verified")


@pytest.mark.parametrize("name", ["hasSmime", "hasVerifiedSmime", "hasVerifiedSmimeAtDelivery"])
def test_only_when_the_capability_is_used(smimehost: Any, name: str) -> None:
    error = smimehost.host.error("Email/query", {"filter": {name: True}}, using=(CORE, MAIL))
    assert error["type"] == "unsupportedFilter"
    wrong = smimehost.host.error("Email/query", {"filter": {name: "yes"}}, using=(CORE, MAIL, SMIME))
    assert wrong["type"] == "invalidArguments"


@pytest.mark.rfc("8621", "5.1")
def test_search_snippets_take_the_same_filters(smimehost: Any, four: dict[str, str]) -> None:
    found = smimehost.call("SearchSnippet/get", filter={"hasSmime": True, "body": "Alice"}, emailIds=[four["verified"]])
    assert "<mark>Alice</mark>" in found["list"][0]["preview"]


@pytest.mark.rfc("8620", "5.6")
def test_query_changes(smimehost: Any, four: dict[str, str]) -> None:
    """A status that changes by itself, or with the trust store, is among the changes."""
    stranger = authority("Elsewhere").issue("bob@example.org", name="Bob")
    other = smimehost.deliver(signed(stranger, sender="bob@example.org"))
    asked = {"filter": {"hasVerifiedSmime": True}}
    before = smimehost.call("Email/query", **asked)
    assert before["canCalculateChanges"] and before["ids"] == [four["verified"]]
    smimehost.trust(smimehost.root, authority("Elsewhere"))
    found = smimehost.call("Email/queryChanges", sinceQueryState=before["queryState"], **asked)
    assert [each["id"] for each in found["added"]] == [other]
    immutable = smimehost.call("Email/query", filter={"hasSmime": True})
    assert immutable["canCalculateChanges"]


def test_too_many_to_be_verified_at_once(smimehost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never too few ids: it says "not yet", and does some of the work each time."""
    alice = smimehost.root.issue()
    ids = {smimehost.deliver(signed(alice, body=f"{BODY}{number}\r\n")) for number in range(3)}
    monkeypatch.setattr(email_smime, "VERIFY_SECONDS", -1.0)
    asked = {"filter": {"hasVerifiedSmime": True}}
    for _ in range(2):
        error = smimehost.host.error("Email/query", asked, using=(CORE, MAIL, SMIME))
        assert error["type"] == "serverUnavailable"
    assert smimehost.query(hasVerifiedSmime=True) == ids

"""What changes by itself, what is remembered, and what Email/changes says of it (RFC 9219 4.1, 4.3)."""

import datetime
import json
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import smime_results
from jmapd.stores.email_store import EmailStore
from tests.smimeverify.authority import BODY, authority, signed

pytestmark = [pytest.mark.rfc("9219", "4.1"), pytest.mark.rfc("9219", "4.3")]

VERIFIED, FAILED = "signed/verified", "signed/failed"
PLAIN = b"From: a@example.org\r\n\r\nhello\r\n"


def seconds(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime.datetime(year, month, day, tzinfo=datetime.UTC).timestamp())


def for_2020(host: Any, body: str = BODY) -> str:
    """A message of June 2020 whose certificate ended with that year."""
    span = datetime.datetime(2020, 1, 1), datetime.datetime(2020, 12, 31)
    return str(host.deliver(signed(host.root.issue(since=span[0], until=span[1]), body=body)))


def test_the_end_of_a_certificate_is_a_change(smimehost: Any) -> None:
    """Also for a client that asks for nothing but changes."""
    id, other = for_2020(smimehost), smimehost.deliver(PLAIN)
    smimehost.at(seconds(2020, 7))
    assert smimehost.status(id) == (VERIFIED, VERIFIED)
    state = smimehost.state()
    smimehost.at(seconds(2020, 12, 30))
    assert smimehost.state() == state and smimehost.changes(state) == []
    smimehost.at(seconds(2021))
    assert smimehost.changes(state) == [id]
    assert smimehost.status(id) == (FAILED, VERIFIED) and other
    assert smimehost.query(hasVerifiedSmime=True) == set()
    assert smimehost.query(hasVerifiedSmimeAtDelivery=True) == {id}


def test_verified_at_changes_without_a_change(smimehost: Any) -> None:
    """A result is no older than 24 hours; its time alone makes no Email changed."""
    id = smimehost.deliver(signed(smimehost.root.issue()))
    smimehost.at(seconds(2025))
    first = smimehost.get(id)
    state = smimehost.state()
    assert first["smimeVerifiedAt"] == "2025-01-01T00:00:00Z"
    smimehost.at(seconds(2025) + 86_399)
    assert smimehost.get(id) == first
    smimehost.at(seconds(2025) + 86_400)
    assert smimehost.get(id) == first | {"smimeVerifiedAt": "2025-01-02T00:00:00Z"}
    assert smimehost.state() == state and smimehost.changes(state) == []


def test_to_verify_for_the_first_time_is_no_change(smimehost: Any) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    state = smimehost.state()
    assert smimehost.status(id) == (VERIFIED, VERIFIED)
    assert smimehost.state() == state


def test_a_new_trust_anchor_changes_both(smimehost: Any) -> None:
    stranger = authority("Elsewhere")
    id, mine = smimehost.deliver(signed(stranger.issue())), smimehost.deliver(signed(smimehost.root.issue()))
    assert smimehost.status(id) == (FAILED, FAILED) and smimehost.status(mine) == (VERIFIED, VERIFIED)
    state = smimehost.state()
    smimehost.trust(smimehost.root, stranger)
    assert smimehost.changes(state) == [id]
    assert smimehost.status(id) == (VERIFIED, VERIFIED)
    assert smimehost.get(id)["smimeErrors"] is None


def test_a_trust_anchor_that_goes_leaves_the_status_at_delivery(smimehost: Any) -> None:
    id = smimehost.deliver(signed(smimehost.root.issue()))
    assert smimehost.status(id) == (VERIFIED, VERIFIED)
    state = smimehost.state()
    smimehost.trust(authority("Elsewhere"))
    assert smimehost.changes(state) == [id]
    assert smimehost.status(id) == (FAILED, VERIFIED)
    assert smimehost.query(hasVerifiedSmimeAtDelivery=True) == {id}


def test_the_status_at_delivery_outlives_the_index(smimehost: Any) -> None:
    id, failed = smimehost.deliver(signed(smimehost.root.issue())), smimehost.deliver(signed(authority("X").issue()))
    smimehost.sidecar()
    copy = json.loads((Path(smimehost.host.config.paths.state_dir) / "alice" / "objects.json").read_text())
    assert copy["objects"]["_smime"] == {id: {"delivery": VERIFIED}}
    smimehost.trust(authority("Elsewhere"))
    smimehost.lose_index()
    assert smimehost.query(hasVerifiedSmimeAtDelivery=True) == {id}
    assert smimehost.status(id) == (FAILED, VERIFIED) and smimehost.status(failed) == (FAILED, FAILED)


def test_the_sidecar_verifies_what_nobody_asked_for(smimehost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {smimehost.deliver(signed(smimehost.root.issue(), body=f"{BODY}{n}\r\n")) for n in range(3)}
    smimehost.deliver(PLAIN)
    smimehost.sidecar()
    monkeypatch.setattr(smime_results, "examine", None)
    assert smimehost.query(hasVerifiedSmime=True) == ids


def test_a_result_comes_back_with_its_message_and_goes_for_good_later(smimehost: Any) -> None:
    raw = signed(smimehost.root.issue())
    id = smimehost.deliver(raw)
    assert smimehost.status(id) == (VERIFIED, VERIFIED)
    smimehost.trust()
    assert smimehost.status(id) == (FAILED, VERIFIED)
    smimehost.call("Email/set", destroy=[id])
    smimehost.sidecar()
    assert smimehost.deliver(raw) == id and smimehost.status(id) == (FAILED, VERIFIED)
    smimehost.call("Email/set", destroy=[id])
    smimehost.at(int(time.time()) + 2 * 86_400)
    smimehost.sidecar()
    assert smimehost.deliver(raw) == id and smimehost.status(id) == (FAILED, FAILED)


def test_a_message_that_cannot_be_read_is_told_as_signed(smimehost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that there was no time for; when it was verified in the end, that is a change."""
    id = smimehost.deliver(signed(smimehost.root.issue()))
    with monkeypatch.context() as patch:
        patch.setattr(EmailStore, "read", lambda self, row: None)
        found = smimehost.get(id)
        assert (found["smimeStatus"], found["smimeVerifiedAt"]) == ("signed", None)
        state = smimehost.state()
    smimehost.host.start()
    smimehost.at(int(time.time()) + 120)
    assert smimehost.changes(state) == [id]
    assert smimehost.status(id) == (VERIFIED, VERIFIED)


def test_trust_in_a_folder_of_files(smimehost: Any, make_mailhost: Any, tmp_path: Path) -> None:
    folder = tmp_path / "anchors"
    folder.mkdir()
    (folder / "README").write_text("no certificate")
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (folder / "ours.der").write_bytes(authority("Not looked at").der)
    (folder / "one.crt").write_bytes(authority("Elsewhere").pem)
    smimehost.store.unlink()
    folder.rename(smimehost.store)
    id = smimehost.deliver(signed(smimehost.root.issue()))
    assert smimehost.status(id) == (FAILED, FAILED)
    (smimehost.store / "two.cer").write_bytes(smimehost.root.der)
    assert smimehost.status(id) == (VERIFIED, VERIFIED)


def test_without_a_trust_store_nothing_is_verified(smimehost: Any, caplog: pytest.LogCaptureFixture) -> None:
    smimehost.store.unlink()
    id = smimehost.deliver(signed(smimehost.root.issue()))
    assert smimehost.status(id) == (FAILED, FAILED)
    assert any("smime.trust_store" in record.message for record in caplog.records)

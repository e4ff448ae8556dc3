"""What others do meanwhile: a trust store that is being read, mail that comes while signatures are verified."""

import threading
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.smime.trust import Trust
from jmapd.formats.smime.verify import Examination, examine
from jmapd.stores import smime_results, smime_trust
from tests.smimeverify.authority import BODY, authority, signed

pytestmark = pytest.mark.rfc("9219", "4.2")


def test_nobody_sees_a_trust_store_before_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all signatures would be told as failed, and each Email as changed, whenever a process starts."""
    path, original = tmp_path / "trust.pem", smime_trust.read_trust
    path.write_bytes(authority().pem)
    is_reading, may_end = threading.Event(), threading.Event()

    def slow(given: str) -> Trust:
        is_reading.set()
        assert may_end.wait(30)
        return original(given)

    monkeypatch.setattr(smime_trust, "read_trust", slow)
    store, found = smime_trust.TrustStore(str(path)), list[int]()
    threads = [threading.Thread(target=lambda: found.append(len(store.current()))) for _ in range(2)]
    threads[0].start()
    assert is_reading.wait(30)
    threads[1].start()
    threads[1].join(0.2)
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert found == [1, 1]


def test_mail_that_another_process_finds_while_a_query_verifies(
    smimehost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer's state has it, so the answer must, too."""
    alice, ids = smimehost.root.issue(), set[str]()
    ids.add(smimehost.deliver(signed(alice)))
    smimehost.query()

    def meanwhile(raw: bytes) -> Examination | None:
        if len(ids) == 1:
            ids.add(smimehost.deliver(signed(alice, body=f"{BODY}more\r\n")))
            with smimehost.account().session():
                pass
        return examine(raw)

    monkeypatch.setattr(smime_results, "examine", meanwhile)
    assert smimehost.query(hasVerifiedSmime=True) == ids and len(ids) == 2
    assert smimehost.query(hasVerifiedSmime=False) == set()

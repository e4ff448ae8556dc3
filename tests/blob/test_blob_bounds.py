"""Memory and work that one request may cost (RFC 9404 5), however many sources it names."""

import tracemalloc

import pytest

from jmapd.datatypes.blob import blob_source
from tests.blob.conftest import Blobs

pytestmark = pytest.mark.rfc("9404", "5")


def _parts(blobs: Blobs, count: int, octets: int) -> list[str]:
    """The blob ids of parts of that size, each of another message."""
    for number in range(count):
        head = f"Subject: {number}\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\n"
        blobs.mailhost.deliver(head + "x" * octets)
    found = blobs.mailhost.call("Email/get", {"ids": blobs.mailhost.ids(), "properties": ["textBody"]})["list"]
    return [each["textBody"][0]["blobId"] for each in found]


def test_the_parts_of_many_messages_are_not_held_together(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = _parts(blobs, 12, 2_000_000)
    monkeypatch.setattr(blob_source, "HELD", 1)
    tracemalloc.start()
    id = blobs.text(*({"blobId": each, "offset": 0, "length": 1} for each in parts))
    assert tracemalloc.get_traced_memory()[1] < 12_000_000
    tracemalloc.stop()
    assert blobs.get(id)[0]["data:asText"] == "x" * 12


def test_an_octet_of_a_message_costs_what_is_read_for_it(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs.mailhost.deliver("Subject: x\n\n" + "x" * 90_000)
    [record] = blobs.mailhost.call("Email/get", {"ids": blobs.mailhost.ids(), "properties": ["blobId"]})["list"]
    monkeypatch.setattr(blob_source, "MAX_READ", 1_000_000)
    source = {"blobId": record["blobId"], "offset": 0, "length": 1}
    assert blobs.text(*[source] * 10)
    assert blobs.refused(*[source] * 20)["type"] == "overQuota"

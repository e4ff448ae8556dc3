"""An index that another version wrote is not misread; and changes of what is kept beside an Email."""

import os
from pathlib import Path

import pytest

from jmapd.index import IndexDamaged
from jmapd.index import current as current_file
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.current import CURRENT, read_current, switch
from jmapd.stores.account import open_index
from tests.index.model import email_id, row


@pytest.mark.parametrize("format", [1, 4])
def test_another_format_is_made_anew(tmp_path: Path, format: int) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.commit([["Email", "c", email_id(1), row(1)]])
    epoch = index.epoch
    switch(tmp_path, index.names | {"format": format})
    index.close()
    with pytest.raises(IndexDamaged, match="another version"):
        AccountIndex(tmp_path)
    anew = open_index(tmp_path, 30)
    assert len(anew.mail) == 0 and anew.epoch != epoch


def test_one_without_a_format_is_made_anew(tmp_path: Path) -> None:
    AccountIndex(tmp_path).close()
    path = tmp_path / CURRENT
    fd = os.open(path, os.O_RDONLY)
    names = read_current(fd)
    os.close(fd)
    body = current_file.encode_json({key: value for key, value in names.items() if key != "format"})
    path.write_bytes(b"%08x\t%b\n" % (current_file.zlib.crc32(body), body))
    with pytest.raises(IndexDamaged, match="another version"):
        AccountIndex(tmp_path)


@pytest.mark.rfc("8620", "5.2")
@pytest.mark.parametrize("is_folded", [False, True])
def test_touched(tmp_path: Path, is_folded: bool) -> None:
    """An Email that is the same but for something kept elsewhere is updated, and nothing else changes."""
    index = AccountIndex(tmp_path)
    with index.lock():
        index.commit([["Email", "c", email_id(number), row(number)] for number in range(3)])
    if is_folded:
        compact(index)
        index.refresh()
    before, threads = index.state("Email"), index.state("Thread")
    with index.lock():
        index.commit(
            [["_smime", "c", email_id(1), {"status": "signed"}], ["Email", "u", email_id(1), {"touched": True}]]
        )
    for each in (index, AccountIndex(tmp_path)):
        delta = each.changes("Email", before)
        assert delta is not None and (delta.created, delta.updated, delta.destroyed) == ([], [email_id(1)], [])
        assert each.state("Thread") == threads and each.verify() == []
    compact(index)
    index.refresh()
    delta = index.changes("Email", before)
    assert delta is not None and delta.updated == [email_id(1)]


@pytest.mark.rfc("9219", "4.2")
def test_sets_of_smime(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    kinds = {1: "signed", 2: "unknown", 4: "signed"}
    rows = {n: row(n, record=row(n)["record"] | ({"smime": kinds[n]} if n in kinds else {})) for n in range(6)}
    with index.lock():
        index.commit([["Email", "c", email_id(n), each] for n, each in rows.items()])
        index.commit([["Email", "d", email_id(4)]])

    def found() -> list[list[str]]:
        return [index.mail.ids(index.mail.smime(kind)) for kind in ("signed", "unknown", "other")]

    expected = [[email_id(1)], [email_id(2)], []]
    assert found() == expected
    compact(index)
    index.refresh()
    assert found() == expected and index.verify() == []
    with index.lock():
        index.replace(list(index.rows()), {})
    assert found() == expected and index.verify() == []
    index.mail.sets.add("smime", "signed", index.mail.row(email_id(3)) or 0)
    assert index.verify() == [f"Email {email_id(3)}: it is not in the S/MIME sets that its record says"]

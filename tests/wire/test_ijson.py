"""I-JSON in and out."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.wire import ijson
from jmapd.wire.errors import NotJSON

pytestmark = [pytest.mark.rfc("7493", "2"), pytest.mark.rfc("8620", "1.5")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{} {}",
        b"[1,]",
        b"[01]",
        b"'a'",
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":1}',
        b'[{"x":{"b":1,"c":2,"b":3}}]',
        b"[9007199254740992]",
        b"[-9007199254740992]",
        b"[18446744073709551616]",
        b"[1" + b"0" * 5000 + b"]",
        b"[1e400]",
        b"[NaN]",
        b"[Infinity]",
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\udead x"',
        b'"\\uffff"',
        '"\ufdd0"'.encode(),
        '{"\U0001fffe":1}'.encode(),
        b'"\x01"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b"[" * 100000,
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 129 + b"1" + b"}" * 129,
        b"[" * 129 + b"]" * 129,
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(NotJSON) as caught:
        ijson.loads(data)
    problem = caught.value.problem()
    assert problem["type"] == "urn:ietf:params:jmap:error:notJSON" and problem["status"] == 400
    assert 10 < len(problem["detail"]) < 300


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b" {} ", {}),
        (b"[9007199254740991,-9007199254740991,-0,1.5,1e2]", [2**53 - 1, 1 - 2**53, 0, 1.5, 100.0]),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"a":{"a":1},"b":{"a":1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('"\u00e9\ufffd"'.encode(), "\u00e9\ufffd"),
    ],
)
def test_accepted(data: bytes, value: Any) -> None:
    assert ijson.loads(data) == value


def test_depth_counts_containers_and_not_brackets_in_strings() -> None:
    assert ijson.loads(b"[" * 128 + b"]" * 128)
    assert ijson.loads(json.dumps(["[" * 1000]).encode()) == ["[" * 1000]
    assert len(ijson.loads(b"[" + b"[]," * 1000 + b"[]]")) == 1001
    with pytest.raises(NotJSON):
        ijson.loads(b"[[[]]]", max_depth=2)


def test_what_no_string_may_hold_is_replaced_on_the_way_out() -> None:
    value = {"a\ud800": ["x\uffff", ("\ufdd0", "\U0010fffe")], "n": 1}
    assert json.loads(ijson.dumps(value)) == {"a\ufffd": ["x\ufffd", ["\ufffd", "\ufffd"]], "n": 1}
    assert ijson.dumps({"a": "\uff5e\ufdf0"}) == '{"a":"\uff5e\ufdf0"}'.encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0dfe1-+. ', max_size=60).map(str.encode))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        value = ijson.loads(data)
    except NotJSON:
        return
    assert ijson.loads(ijson.dumps(value)) == value == json.loads(data)

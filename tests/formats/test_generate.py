"""Messages put together of their parts (RFC 2046 5.1, RFC 2045 6.4)."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.generate import NewPart, generate, new_boundary
from jmapd.formats.message.structure import Part, parse

pytestmark = pytest.mark.rfc("2046", "5.1")


def leaf(body: bytes, encoding: str = "7bit") -> NewPart:
    return NewPart([b"Content-Type: text/plain\r\n"], encoding, body)


def multipart(*children: NewPart) -> NewPart:
    boundary = new_boundary()
    line = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode()
    return NewPart([line], boundary=boundary.encode(), children=list(children))


bodies = st.sampled_from([b"", b"\r\n", b"a", b"a\r\n", b"\r\na", b"--\r\n", b"--=_", b"--=_1--\r\n"])
trees = st.recursive(
    st.builds(leaf, bodies, st.sampled_from(["7bit", "8bit", "binary", "base64"])),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda children: multipart(*children)),
    max_leaves=10,
)


def same(found: Part, wanted: NewPart) -> bool:
    if not wanted.children:
        return not found.children and found.stored() == wanted.body and found.encoding == wanted.encoding
    return len(found.children) == len(wanted.children) and all(map(same, found.children, wanted.children))


@given(trees)
def test_tree_comes_back(tree: NewPart) -> None:
    data = generate(tree, [b"Subject: x\r\n"])
    assert data.count(b"\n") == data.count(b"\r\n") and same(parse(data), tree)
    message = message_from_bytes(data, policy=policy.default)
    assert not [part.defects for part in message.walk() if part.is_multipart() and part.defects]
    assert message["Subject"] == "x"


@pytest.mark.rfc("2045", "6.4")
@pytest.mark.parametrize(
    ("encodings", "outer"),
    [(["7bit", "base64"], None), (["quoted-printable", "8bit"], "8bit"), (["binary", "8bit"], "binary")],
)
def test_what_is_around_tells_of_what_is_within(encodings: list[str], outer: str | None) -> None:
    inner = multipart(*(leaf(b"x", encoding) for encoding in encodings))
    message = message_from_bytes(generate(multipart(leaf(b"y"), inner), []), policy=policy.default)
    assert message["Content-Transfer-Encoding"] == outer
    assert message.get_payload(1)["Content-Transfer-Encoding"] == outer
    assert message.get_payload(0)["Content-Transfer-Encoding"] == "7bit"


def test_boundaries_differ_and_cannot_stand_in_encoded_bodies() -> None:
    found = {new_boundary() for _ in range(100)}
    assert len(found) == 100 and all(each.startswith("=_") and len(each) <= 70 for each in found)

"""Names of Mailboxes as names of folders."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.stores.folder_names import COMPONENT_MAX, JOINER, STAND_INS, encoder, mask, stored_names
from jmapd.stores.maildir_layout import LAYOUTS, child_path, decode_name, own_part

pytestmark = pytest.mark.rfc("8621", "2")
text = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=90)
special = st.text(st.sampled_from([".", "/", "~", "&", "-", "a", "é", *STAND_INS.values(), JOINER]), min_size=1)


@given(text | special, st.sampled_from(LAYOUTS), st.sampled_from(["auto", "utf-7", "utf-8"]), st.booleans())
def test_stored_so_that_programs_can_live_with_it(name: str, layout: str, encoding: str, is_utf8: bool) -> None:
    name = unicodedata.normalize("NFC", name)
    encode = encoder(encoding, is_utf8, layout, lambda stored: decode_name(stored, encoding, layout))
    found = list(stored_names(name, layout, encode, 250))
    assert found and len(set(found)) == len(found)
    for stored in found:
        assert 0 < len(os.fsencode(stored)) <= COMPONENT_MAX[layout]
        assert "/" not in stored and stored[0] not in ".~" and stored not in ("cur", "new", "tmp")
        assert "." not in stored or layout != "maildir++"
    own = not set(name) & {*STAND_INS.values(), JOINER}
    if own and len(os.fsencode(encode(mask(name, layout)))) <= COMPONENT_MAX[layout]:
        assert decode_name(found[0], encoding, layout) == name


@pytest.mark.parametrize(
    ("layout", "parent", "path"),
    [
        ("maildir++", None, ".x"), ("maildir++", ".A", ".A.x"), ("maildir++", "", ".INBOX.x"),
        ("fs", None, "x"), ("fs", "A/B", "A/B/x"), ("fs", "", "INBOX/x"),
        ("legacy", None, "x"), ("legacy", "A", "A/.x"), ("legacy", "", ".x"),
    ],
)  # fmt: skip
def test_paths(layout: str, parent: str | None, path: str) -> None:
    assert child_path(layout, parent, "x") == path
    assert own_part(layout, path).lstrip(".") == "x"

"""File names of a Maildir."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.stores import maildir_names as names

pytestmark = pytest.mark.rfc("8621", "4.1.1")
LETTERS = ("$label1", None, "project-x")


@pytest.mark.parametrize("separator", list(":;!"))
def test_parts_of_a_name(separator: str) -> None:
    name = f"1700000000.M1P2.host,S=10,U=3{separator}2,FSb,x=y"
    parts = names.split(name)
    assert parts == ("1700000000.M1P2.host,S=10,U=3", separator, "FSb", ",x=y")
    assert str(parts) == name
    assert names.base_of(name) == parts.base
    assert names.flags_of(name) == "FSb"


def test_a_name_without_info_part_has_no_flags() -> None:
    assert names.split("1700000000.M1P2.host") == ("1700000000.M1P2.host", "", "", "")
    assert names.with_flags("1700000000.M1P2.host", "S", "!") == "1700000000.M1P2.host!2,S"


def test_keywords_of_flags() -> None:
    assert names.keywords("DFPRS", ()) == {"$draft", "$flagged", "$forwarded", "$answered", "$seen"}
    assert names.keywords("abcz", LETTERS) == {"$label1", "project-x"}


def test_trashed_messages_and_dot_files_are_no_messages() -> None:
    assert names.is_message("x:2,S")
    assert not names.is_message("x:2,ST")
    assert not names.is_message(".x:2,S")
    assert names.is_message("T.host:2,S")


def test_unknown_letters_stay_and_flags_are_sorted() -> None:
    assert names.flags_for("bSX", {"$flagged", "project-x"}, LETTERS) == "FXbc"
    assert names.flags_for("acS", set(), LETTERS) == ""


def test_a_keyword_with_letter_and_flag_sets_both() -> None:
    assert names.flags_for("", {"$forwarded"}, ("$forwarded",)) == "Pa"
    assert names.flags_for("Pa", set(), ("$forwarded",)) == ""


def test_a_new_base_keeps_the_lengths_only() -> None:
    base = names.new_base("1700000000.M1P2.host,S=10,W=12,U=3,FMD5=7e33429f656f1e6e9d79b29c3f82c57e")
    assert base.endswith(",S=10,W=12")
    assert "U=3" not in base
    assert "FMD5" not in base
    assert names.new_base() != names.new_base()
    assert not set(names.new_base()) & set("/:;!")


@given(st.binary(min_size=1, max_size=40))
def test_any_file_name_can_be_told_as_text(data: bytes) -> None:
    name = data.decode("utf-8", "surrogateescape")
    text = names.to_text(name)
    text.encode()
    assert names.from_text(text) == name

"""Base subject."""

import pytest

from jmapd.formats.message.base_subject import base_subject

pytestmark = pytest.mark.rfc("5256", "2.1")


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("", ""),
        ("Hello", "Hello"),
        ("  Hello \t  World  ", "Hello World"),
        ("Re: Hello", "Hello"),
        ("re :Hello", "Hello"),
        ("Fw: Fwd: RE: Hello", "Hello"),
        ("Re[2]: Hello", "Hello"),
        ("Re [blob] : Hello", "Hello"),
        ("[list] Re: [list] Hello", "Hello"),
        ("[list] Hello", "Hello"),
        ("[a] [b] Hello [c]", "Hello [c]"),
        ("[only]", "[only]"),
        ("Re: [only]", "[only]"),
        ("Hello (fwd)", "Hello"),
        ("Re: Hello (FWD) (fwd) ", "Hello"),
        ("[Fwd: Hello]", "Hello"),
        ("[fwd: Re: Hello (fwd)]", "Hello"),
        ("Re: [Fwd: [list] Fwd: Hello]", "Hello"),
        ("[fwd: Hello", "[fwd: Hello"),
        ("Reply: Hello", "Reply: Hello"),
        ("AW: Hello", "AW: Hello"),
        ("Re:", ""),
        ("(fwd)", ""),
    ],
)
def test_base_subject(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_hostile_subjects_finish() -> None:
    for piece in ("[", "re:", "[a]", "(fwd)", " ", "[fwd:", "[a]re"):
        base_subject(piece * 300_000)

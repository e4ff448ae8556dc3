"""smtpReply (RFC 8621 7): one string of the lines that a server answered."""

import pytest

from jmapd.submission.replies import Reply, from_lines

pytestmark = pytest.mark.rfc("8621", "7")


@pytest.mark.parametrize(
    "lines, text",
    [
        # the example of the RFC
        (
            b"5.7.1 Our system has detected that this message is\n5.7.1 likely spam.",
            "550 5.7.1 Our system has detected that this message is likely spam.",
        ),
        (b"No such user", "550 No such user"),
        (b"5.1.1 No\n5.1.1\n5.1.1 such", "550 5.1.1 No such"),
        (b"One thing\nOne other thing", "550 One thing One other thing"),
        (b"", "550"),
        (b"5.1.1 tab\there \x1b[31m\x00", "550 5.1.1 tab here ?[31m?"),
        ("5.6.7 Füllhorn".encode(), "550 5.6.7 Füllhorn"),
        (b"5.6.7 F\xfcllhorn", "550 5.6.7 F\N{REPLACEMENT CHARACTER}llhorn"),
        (b"5.1.10 A\n5.1.1 B", "550 5.1.10 A 5.1.1 B"),
        (b"5.1.1 A\n5.1.10 B", "550 5.1.1 A 5.1.10 B"),
    ],
)
def test_lines_become_one_string(lines: bytes, text: str) -> None:
    assert str(from_lines(550, lines)) == text


def test_endless_answers_are_cut() -> None:
    assert len(str(from_lines(550, b"x" * 100_000))) == 1004


@pytest.mark.parametrize("code, delivered", [(250, "unknown"), (251, "unknown"), (450, "queued"), (550, "no")])
def test_delivered(code: int, delivered: str) -> None:
    """Relaying is not taken for delivery."""
    assert Reply(code, "").delivered == delivered


@pytest.mark.parametrize("code", [-1, 0, 199, 600, 12345])
def test_what_is_no_code_means_another_attempt(code: int) -> None:
    assert from_lines(code, b"what?") == Reply(451, "what?")

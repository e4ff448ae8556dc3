"""Envelopes as SMTP commands (RFC 5321 4.1.2, 3461 4, 1870, 6152, 6531, 8689) and messages as DATA (RFC 5321 4.5.2)."""

from typing import Any

import pytest

from jmapd.submission.letter import Letter, xtext
from jmapd.submission.replies import Failure

ALL = {"size": "60000000", "8bitmime": "", "smtputf8": "", "dsn": "", "mt-priority": "STANAG4406", "requiretls": ""}
HEAD = b"From: alice@example.org\r\n\r\n"


def letter(message: bytes = HEAD + b"x\r\n", to: str = "bob@example.org", **more: Any) -> Letter:
    sender = {"email": more.pop("sender", "alice@example.org"), "parameters": more.pop("parameters", None)}
    return Letter(sender, [{"email": to, "parameters": more.pop("asked", None)}], message, **more)


def commands(made: Letter, features: dict[str, str] = ALL) -> tuple[str, str]:
    is_utf8 = made.check(features)
    return made.mail_command(features, is_utf8), made.rcpt_command(made.recipients[0], features, is_utf8)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in ALL.items() if name not in names}


def test_plain() -> None:
    assert commands(letter(), {}) == ("MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.org>")
    assert commands(letter(sender=""), {})[0] == "MAIL FROM:<>"


@pytest.mark.rfc("1870", "6")
def test_size() -> None:
    assert commands(letter())[0] == "MAIL FROM:<alice@example.org> SIZE=30"
    for limit, message in (("31", HEAD + b"1234\r\n"), ("1 x", b"12")):
        with pytest.raises(Failure, match=r"^552 5\.3\.4 "):
            letter(message).check({"size": limit})
    for limit in ("0", "", "abc", "30"):  # RFC 1870 4: 0 is no limit
        assert letter().check({"size": limit}) is False


@pytest.mark.rfc("6152", "3")
def test_8bit() -> None:
    made = letter(HEAD + "ü\r\n".encode())
    assert commands(made)[0].endswith(" BODY=8BITMIME") and "SMTPUTF8" not in commands(made)[0]
    with pytest.raises(Failure, match=r"^554 5\.6\.3 "):
        made.check(without("8bitmime"))
    assert "BODY" not in commands(letter())[0]


@pytest.mark.rfc("6531", "3.4")
def test_utf8_header() -> None:
    made = letter("Subject: ü\r\n\r\nx\r\n".encode())
    assert commands(made)[0].endswith(" BODY=8BITMIME SMTPUTF8")
    with pytest.raises(Failure, match=r"^550 5\.6\.9 "):
        made.check(without("smtputf8"))


@pytest.mark.rfc("6531", "3.5")
def test_utf8_addresses() -> None:
    made = letter(to="büro@example.org")
    assert commands(made)[0].endswith(" SMTPUTF8") and commands(made)[1].startswith("RCPT TO:<büro@example.org>")
    with pytest.raises(Failure, match=r"^553 5\.6\.7 "):
        commands(made, without("smtputf8"))
    with pytest.raises(Failure, match=r"^550 5\.6\.7 "):
        commands(letter(sender="büro@example.org"), without("smtputf8"))


@pytest.mark.rfc("6531", "3.2")
@pytest.mark.parametrize("features", [ALL, {}])
def test_utf8_domain_has_another_form(features: dict[str, str]) -> None:
    mail, rcpt = commands(letter(to="bob@bücher.example", sender="a@bücher.example"), features)
    assert "<a@xn--bcher-kva.example>" in mail and "<bob@xn--bcher-kva.example>" in rcpt and "SMTPUTF8" not in mail


@pytest.mark.rfc("3461", "4")
def test_dsn() -> None:
    mine = {"RET": "HDRS", "envid": "mine"}
    asked = {"Notify": "SUCCESS,FAILURE", "ORCPT": "rfc822;Bob+1@example.org"}
    mail, rcpt = commands(letter(parameters=mine, asked=asked))
    assert mail == "MAIL FROM:<alice@example.org> SIZE=30 RET=HDRS ENVID=mine"
    assert rcpt == "RCPT TO:<bob@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2B1@example.org"
    assert commands(letter(parameters=mine, asked=asked), {}) == commands(letter(), {})


@pytest.mark.rfc("8621", "7")
def test_envelope_id_is_that_of_the_submission() -> None:
    """So a DSN finds it; without an address to send it to there is none."""
    made = letter(parameters={"envid": "mine"}, envelope_id="Sabc")
    assert commands(made) == (
        "MAIL FROM:<alice@example.org> SIZE=30 ENVID=Sabc",
        "RCPT TO:<bob@example.org> ORCPT=rfc822;bob@example.org",
    )
    assert "ENVID" not in commands(letter(sender="", envelope_id="Sabc"))[0]


@pytest.mark.rfc("6533", "3")
def test_original_recipient_not_in_ascii() -> None:
    made = letter(to="büro=1@example.org", envelope_id="Sabc")
    assert commands(made)[1].endswith(r" ORCPT=utf-8;b\x{FC}ro\x{3D}1@example.org")


def test_xtext() -> None:
    assert xtext("a+b=c d\x7fü") == "a+2Bb+3Dc+20d+7F+C3+BC"


@pytest.mark.rfc("4865", "3")
def test_what_is_not_passed_on() -> None:
    """What is ours to do, what the server does not offer, and what would be something else than a value."""
    ours = {"HOLDFOR": "60", "HOLDUNTIL": "2030-01-01T00:00:00Z", "BODY": "8BITMIME", "SMTPUTF8": None, "AUTH": "<>"}
    assert commands(letter(parameters=ours | {"SIZE": "1", "BY": "1;R"})) == commands(letter())
    for value in ("1 NOTIFY=NEVER", "1\r\nRSET", "", "1=2", "ü"):
        assert commands(letter(parameters={"MT-PRIORITY": value})) == commands(letter())
    assert commands(letter(parameters={"mt-priority": "4"}))[0].endswith(" MT-PRIORITY=4")


@pytest.mark.rfc("8689", "4.2.1")
def test_requiretls() -> None:
    made = letter(parameters={"REQUIRETLS": None})
    assert commands(made)[0].endswith(" REQUIRETLS")
    with pytest.raises(Failure, match=r"^550 5\.7\.30 "):
        commands(made, without("requiretls"))


@pytest.mark.parametrize("email", ["bob@example.org\r\nDATA", "bob\x00@example.org", "bob\x7f@example.org"])
def test_no_command_can_be_smuggled_in(email: str) -> None:
    with pytest.raises(Failure, match=r"^553 5\.1\.3 "):
        commands(letter(to=email))
    with pytest.raises(Failure, match=r"^553 5\.1\.3 "):
        commands(letter(sender=email))


@pytest.mark.rfc("5321", "4.5.2")
def test_dots() -> None:
    made = letter(b"a\r\n.\r\n..b\r\n.c\r\n")
    assert made.octets() == b"a\r\n..\r\n...b\r\n..c\r\n.\r\n"
    assert letter(b"a").octets() == b"a\r\n.\r\n" and letter(b".").octets() == b"..\r\n.\r\n"


@pytest.mark.rfc("5321", "2.3.8")
@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\r", b"\r\n.\n"])
def test_no_end_can_be_smuggled_in(end: bytes) -> None:
    """CR and LF only together: else some servers would see the end of the message, and commands after it."""
    assert letter(b"a" + end + b"MAIL FROM:<>\r\n").octets() == b"a\r\n..\r\nMAIL FROM:<>\r\n.\r\n"

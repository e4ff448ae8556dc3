"""Logging in to an SMTP server (RFC 4954): CRAM-MD5, PLAIN, LOGIN, or XOAUTH2 with a token that a command prints."""

import base64
import hmac
import smtplib
import subprocess

from jmapd.submission.replies import Reply, Unreachable, from_lines

CHALLENGE, OK = 334, 235
TOKEN_SECONDS = 30


def token(command: list[str], user: str) -> str:
    """What the command prints; {user} in it is the login. Raises Unreachable."""
    words = [word.replace("{user}", user) for word in command]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TOKEN_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise Unreachable(454, f"4.7.0 The token command {words[0]} cannot be run, or does not end") from None
    if done.returncode or not done.stdout.strip():
        raise Unreachable(454, f"4.7.0 The token command {words[0]} ended with {done.returncode}")
    return done.stdout.decode("ascii", "replace").split()[0]


def log_in(smtp: smtplib.SMTP, user: str, password: str, bearer: str) -> None:
    """The best way that both sides know. Raises Unreachable, and what smtplib raises."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if bearer:
        if "XOAUTH2" not in offered:
            raise Unreachable(454, "4.7.0 The server does not offer XOAUTH2")
        _check(_xoauth2(smtp, user, bearer))
    elif "CRAM-MD5" in offered:
        _check(_cram_md5(smtp, user, password))
    elif "PLAIN" in offered:
        _check(_command(smtp, "AUTH PLAIN " + _base64(f"\0{user}\0{password}")))
    elif "LOGIN" in offered:
        _check(_login(smtp, user, password))
    else:
        raise Unreachable(454, "4.7.0 The server offers no way to log in that is known here")


def _check(reply: Reply) -> None:
    if reply.code != OK:
        # It may be put right by the user or an administrator: the message waits.
        raise Unreachable(454, f"4.7.0 The login was refused: {reply}")


def _command(smtp: smtplib.SMTP, line: str) -> Reply:
    """A refused exchange leaves a server that waits for more: it is told "*"."""
    code, text = smtp.docmd(line)
    return from_lines(code, text) if code != CHALLENGE else Reply(CHALLENGE, text.decode("ascii", "replace"))


def _cram_md5(smtp: smtplib.SMTP, user: str, password: str) -> Reply:
    reply = _command(smtp, "AUTH CRAM-MD5")
    if reply.code != CHALLENGE:
        return reply
    try:
        challenge = base64.b64decode(reply.text)
    except ValueError:
        return _command(smtp, "*")
    return _command(smtp, _base64(f"{user} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}"))


def _login(smtp: smtplib.SMTP, user: str, password: str) -> Reply:
    reply = _command(smtp, "AUTH LOGIN")
    for answer in (user, password):
        if reply.code == CHALLENGE:
            reply = _command(smtp, _base64(answer))
    return reply


def _xoauth2(smtp: smtplib.SMTP, user: str, bearer: str) -> Reply:
    reply = _command(smtp, "AUTH XOAUTH2 " + _base64(f"user={user}\1auth=Bearer {bearer}\1\1"))
    # A refusal is a challenge with its reason, which has to be answered by an empty line.
    return _command(smtp, "") if reply.code == CHALLENGE else reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

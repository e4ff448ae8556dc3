"""Hands messages to a command as sendmail, whose exit status says what became of them (sysexits)."""

import signal
import subprocess
import tempfile
from collections.abc import Sequence

from jmapd.submission.letter import Letter
from jmapd.submission.replies import Reply, from_lines

SECONDS = 300.0
# Those that are about the message; any other may be put right: EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_NOPERM.
FINAL = {65: "5.6.0", 67: "5.1.1", 68: "5.1.2", 77: "5.7.0"}


class Command:
    """{sender} and {recipients} are put into its words; the message is its standard input."""

    def __init__(self, words: Sequence[str], seconds: float = SECONDS) -> None:
        self._words, self._seconds = list(words), seconds

    def send(self, owner: str, letter: Letter) -> dict[str, Reply]:
        """One answer for all; never raises. RFC 8621 7 has the form of it."""
        emails = [each["email"] for each in letter.recipients]
        # No address may be read as an option.
        if "--" not in self._words and any(email.startswith("-") for email in [*emails, letter.sender["email"]]):
            return dict.fromkeys(emails, Reply(553, "5.1.3 An address begins with a hyphen"))
        return dict.fromkeys(emails, self._run(self._filled(letter.sender["email"], emails), letter.message))

    def _filled(self, sender: str, emails: list[str]) -> list[str]:
        words = list[str]()
        for word in self._words:
            words += emails if word == "{recipients}" else [word.replace("{sender}", sender or "<>")]
        return words

    def _run(self, words: list[str], message: bytes) -> Reply:
        # A file, no pipe: were we killed, a pipe would end, and half a message be taken for the whole.
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as said:
            source.write(message.replace(b"\r\n", b"\n"))
            source.seek(0)
            try:
                process = subprocess.Popen(words, stdin=source, stdout=said, stderr=said, start_new_session=True)
            except (OSError, ValueError) as error:
                return Reply(451, f"4.3.5 {words[0]} cannot be run: {getattr(error, 'strerror', None) or error}")
            try:
                status = process.wait(self._seconds)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Reply(451, f"4.3.0 {words[0]} did not end")
            said.seek(0)
            return _reply(words[0], status, said.read(4000))


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def _reply(program: str, status: int, said: bytes) -> Reply:
    if status == 0:
        return Reply(250, f"2.0.0 Taken by {program}")
    last = said.strip().split(b"\n")[-1]
    code = 550 if status in FINAL else 451
    return from_lines(code, f"{FINAL.get(status, '4.3.0')} {program} ended with {status}".encode() + b"\n" + last)

"""A progress bar on a terminal; one line at the end elsewhere."""

import shutil
import sys
import time
from collections.abc import Mapping

REDRAW_SECONDS = 0.1


class Progress:
    """Of one account."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = self._drawn = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._has_bar = False
        self._count = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._wipe()

    def step(self, done: int, total: int) -> None:
        """One file more is read, which makes so many of so many in this part of the account."""
        self._count += 1
        now = time.monotonic()
        if not self._is_terminal or now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn, self._has_bar = now, True
        rate = done / max(now - self._started, 0.001)
        left = (total - done) / max(rate, 0.001)
        text = f" {done:,}/{total:,}  {rate:,.0f}/s  {clock(left)} left"
        width = max(shutil.get_terminal_size().columns - len(self._name) - len(text) - 4, 10)
        filled = int(width * done / max(total, 1))
        bar = "#" * filled + "-" * (width - filled)
        print(f"\r{self._name} [{bar}]{text}", end="", file=sys.stderr, flush=True)

    def done(self, counts: Mapping[str, int], is_changed: bool, is_compacted: bool) -> None:
        """The line that stays."""
        self._wipe()
        seconds = time.monotonic() - self._started
        what = f"{self._count:,} read" if self._count else "up to date" if not is_changed else "brought up to date"
        compacted = ", compacted" if is_compacted else ""
        print(f"{self._name}: {counted(counts)}, {what}{compacted}, {seconds:.1f} s", flush=True)

    def _wipe(self) -> None:
        if self._has_bar:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._has_bar = False


def counted(counts: Mapping[str, int]) -> str:
    """As "3 messages, 1 card"."""
    return ", ".join(
        f"{count:,} {things.removesuffix('s') if count == 1 else things}" for things, count in counts.items()
    )


def clock(seconds: float) -> str:
    """As 1:02:03 or 2:03."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"

"""The limits on guessing, shared by all who open the same file."""

import subprocess
import sys
from pathlib import Path

import pytest

from jmapd.auth import throttle as module
from jmapd.auth.throttle import Throttle, network


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module.time, "time", clock)
    return clock


@pytest.fixture
def throttle(tmp_path: Path, clock: Clock) -> Throttle:
    return Throttle(tmp_path / ".throttle", per_address=3, per_user=6, seconds_per_failure=10)


def test_an_address_has_to_wait(throttle: Throttle, clock: Clock) -> None:
    assert [throttle.attempt("192.0.2.1", f"u{n}") for n in range(3)] == [0, 0, 0]
    assert throttle.attempt("192.0.2.1", "alice") == pytest.approx(10)
    clock.now += 10.1
    assert throttle.attempt("192.0.2.1", "alice") == 0
    assert throttle.attempt("192.0.2.1", "alice") > 0


def test_other_addresses_are_not_locked_out(throttle: Throttle) -> None:
    while throttle.attempt("192.0.2.1", "alice") == 0:
        pass
    assert throttle.attempt("192.0.2.2", "alice") == 0


def test_guessing_from_many_addresses(throttle: Throttle, clock: Clock) -> None:
    assert sum(throttle.attempt(f"192.0.2.{n}", "alice") == 0 for n in range(1, 20)) == 6
    assert throttle.attempt("192.0.2.99", "bob") == 0
    clock.now += 5.1  # refused for moments, never locked: the bucket of the user leaks twice as fast here
    assert throttle.attempt("192.0.2.77", "alice") == 0


def test_where_a_user_has_logged_in_others_failures_do_not_count(throttle: Throttle) -> None:
    assert throttle.attempt("192.0.2.9", "alice") == 0
    throttle.success("192.0.2.9", "alice")
    while throttle.attempt("192.0.2.9", "mallory") == 0:  # the same address
        pass
    for n in range(1, 20):  # many others
        throttle.attempt(f"198.51.100.{n}", "alice")
    assert throttle.attempt("192.0.2.9", "alice") == 0
    assert throttle.attempt("198.51.100.200", "alice") > 0


def test_known_address_may_not_guess_for_ever(throttle: Throttle) -> None:
    throttle.attempt("192.0.2.9", "alice")
    throttle.success("192.0.2.9", "alice")
    assert sum(throttle.attempt("192.0.2.9", "alice") == 0 for _ in range(20)) == 3


def test_success_takes_its_attempt_back_and_no_more(throttle: Throttle) -> None:
    """Else someone with a login of his own could clear his address between guesses."""
    throttle.attempt("192.0.2.1", "alice")
    throttle.attempt("192.0.2.1", "alice")
    throttle.attempt("192.0.2.1", "mallory")
    throttle.success("192.0.2.1", "mallory")
    assert throttle.attempt("192.0.2.1", "alice") == 0
    assert throttle.attempt("192.0.2.1", "alice") > 0


def test_clock_set_back_frees_nobody_and_locks_nobody(throttle: Throttle, clock: Clock) -> None:
    while throttle.attempt("192.0.2.1", "alice") == 0:
        pass
    clock.now -= 86400
    assert throttle.attempt("192.0.2.1", "alice") == pytest.approx(10)
    clock.now += 40
    assert throttle.attempt("192.0.2.1", "alice") == 0


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"x" * module.SIZE])
def test_damaged_or_missing_file_is_made_anew(throttle: Throttle, damage: bytes) -> None:
    throttle.path.write_bytes(damage)
    assert throttle.attempt("192.0.2.1", "alice") == 0
    throttle.path.unlink()
    assert throttle.attempt("192.0.2.1", "alice") == 0
    assert throttle.path.stat().st_size == module.SIZE
    assert throttle.path.stat().st_mode & 0o777 == 0o600


def test_size_is_bounded_and_a_blocked_address_stays_blocked(throttle: Throttle) -> None:
    while throttle.attempt("192.0.2.1", "alice") == 0:
        pass
    for n in range(20_000):
        throttle.attempt(f"2001:db8:{n:x}::1", f"user{n}")
    assert throttle.path.stat().st_size == module.SIZE
    assert throttle.attempt("192.0.2.1", "bob") > 0


def test_names_are_not_kept(throttle: Throttle) -> None:
    throttle.attempt("192.0.2.1", "alice")
    assert b"alice" not in throttle.path.read_bytes()


def test_processes_share_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from jmapd.auth.throttle import Throttle\n"
        "t = Throttle(Path(sys.argv[1]), 20, 1000, 3600)\n"
        "print(sum(t.attempt('192.0.2.1', 'alice') == 0 for _ in range(20)))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "t")], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sum(int(process.communicate()[0]) for process in running) == 20


def test_what_is_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("fe80::1%eth0") == network("fe80::2")
    assert network("") == ""

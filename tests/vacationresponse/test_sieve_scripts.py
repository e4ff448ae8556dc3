"""[vacation] method = sieve: the script of a VacationResponse beside the user's own (RFC 8621 8.2)."""

import pytest

from tests.vacationresponse.conftest import OWN, Away, Home

pytestmark = pytest.mark.rfc("8621", "8.2")


def test_nothing_is_touched_before_it_is_enabled(host: Away, home: Home) -> None:
    host.set(subject="Away")
    assert home.files() == {}


def test_no_script_before(host: Away, home: Home) -> None:
    host.set(isEnabled=True, textBody="Back soon")
    files = home.files()
    assert files.keys() == {".dovecot.sieve", "sieve/jmapd-vacation.sieve"}
    assert files[".dovecot.sieve"] == "-> sieve/jmapd-vacation.sieve" and '"Back soon"' in home.active.read_text()
    assert ':addresses ["alice@example.org"]' in home.active.read_text()
    host.set(textBody="Back later")
    assert "Back later" in home.active.read_text() and home.files().keys() == files.keys()
    host.set(isEnabled=False)
    assert home.files() == {}


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_script_of_the_users(host: Away, home: Home, is_absolute: bool) -> None:
    """Both run, and what was is again exactly as it was."""
    path = home.script("main")
    home.activate(str(path) if is_absolute else "sieve/main.sieve")
    before = home.files()
    for text in ("One", "Two"):
        host.set(isEnabled=True, textBody=text)
        files = home.files()
        assert files[".dovecot.sieve"] == "-> sieve/jmapd-active.sieve"
        lines = home.active.read_text().splitlines()
        assert lines[2:] == ['include :personal :optional "jmapd-vacation";', 'include :personal :optional "main";']
        assert f'"{text}"' in files["sieve/jmapd-vacation.sieve"] and files["sieve/main.sieve"] == OWN
    host.set(isEnabled=False)
    assert home.files() == before


def test_a_script_that_is_no_link(host: Away, home: Home) -> None:
    """It can only be included from the folder; it is the same file there, and comes back."""
    home.active.write_text(OWN)
    inode = home.active.stat().st_ino
    host.set(isEnabled=True)
    assert 'include :personal :optional "jmapd-kept";' in home.active.read_text()
    assert (home.sieve / "jmapd-kept.sieve").stat().st_ino == inode
    host.set(subject="Other")
    host.set(isEnabled=False)
    assert home.files() == {".dovecot.sieve": OWN} and home.active.stat().st_ino == inode


def test_a_kept_script_is_never_overwritten(host: Away, home: Home) -> None:
    home.script("jmapd-kept", "keep;")
    home.active.write_text(OWN)
    host.set(isEnabled=True)
    assert 'include :personal :optional "jmapd-kept-2";' in home.active.read_text()
    host.set(isEnabled=False)
    assert home.files() == {".dovecot.sieve": OWN, "sieve/jmapd-kept.sieve": "keep;"}


def test_another_became_active_meanwhile(host: Away, home: Home) -> None:
    """As ManageSieve does it: it stays when the vacation response ends."""
    home.script("main")
    home.activate("sieve/main.sieve")
    host.set(isEnabled=True)
    home.script("other")
    home.active.unlink()
    home.activate("sieve/other.sieve")
    host.set(isEnabled=False)
    files = home.files()
    assert files.pop(".dovecot.sieve") == "-> sieve/other.sieve"
    assert files.keys() == {"sieve/main.sieve", "sieve/other.sieve"}
    host.set(isEnabled=True)
    assert 'include :personal :optional "other";' in home.active.read_text()


def test_the_script_before_is_gone_meanwhile(host: Away, home: Home) -> None:
    path = home.script("main")
    home.activate("sieve/main.sieve")
    host.set(isEnabled=True)
    path.unlink()
    host.set(isEnabled=False)
    assert home.files() == {}


def test_the_active_one_led_nowhere(host: Away, home: Home) -> None:
    home.activate("sieve/missing.sieve")
    host.set(isEnabled=True)
    host.set(isEnabled=False)
    assert not home.active.exists()


@pytest.mark.rfc("5230", "4.7")
@pytest.mark.parametrize("text", ['require "vacation"; vacation "x";', 'require "reject"; reject "x";'])
@pytest.mark.parametrize("where", ["active", "file", "included"])
def test_what_no_vacation_may_stand_beside(host: Away, home: Home, text: str, where: str) -> None:
    """One script must not answer twice: the user's would fail with ours."""
    if where == "file":
        home.active.write_text(text)
    else:
        home.script("main", text if where == "active" else 'require "include"; include "part";')
        home.script("part", text)
        home.activate("sieve/main.sieve")
    before = home.files()
    error = host.refused(isEnabled=True)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["isEnabled"])
    assert error["description"].startswith("isEnabled: ") and ".sieve" in error["description"]
    assert home.files() == before


def test_an_active_script_elsewhere_is_refused(host: Away, home: Home) -> None:
    (home.path / "elsewhere.sieve").write_text(OWN)
    home.activate("elsewhere.sieve")
    before = home.files()
    assert host.refused(isEnabled=True)["properties"] == ["isEnabled"]
    assert home.files() == before


def test_includes_in_a_circle(host: Away, home: Home) -> None:
    home.script("main", 'include "part";')
    home.script("part", 'include "main"; include "a\0b"; include "../../etc/passwd"; include "missing";')
    home.activate("sieve/main.sieve")
    host.set(isEnabled=True)
    assert 'include :personal :optional "main";' in home.active.read_text()


def test_what_was_compiled_goes(host: Away, home: Home) -> None:
    """Its time may be that of a script that was written within the same second."""
    host.set(isEnabled=True)
    for name in ("sieve/jmapd-vacation.svbin", ".dovecot.svbin"):
        (home.path / name).write_text("old")
    host.set(isEnabled=False)
    assert home.files() == {}

"""[vacation] method = sieve: where scripts lie, and what follows from another configuration (RFC 8621 8.2)."""

from dataclasses import replace
from pathlib import Path

import pytest

from jmapd.cli.check_config import inspect
from jmapd.config import ConfigError
from jmapd.protocol.accounts import Accounts
from jmapd.stores.rebuild import bring_up
from tests.vacationresponse.conftest import OWN, Away, Home

pytestmark = pytest.mark.rfc("8621", "8.2")


def test_without_a_link_only_our_script_is_written(tmp_path: Path, home: Home) -> None:
    """Where Dovecot's sieve_before names it."""
    home.active.write_text(OWN)
    folder = str(tmp_path / "home" / "{user}" / "sieve")
    host = Away(tmp_path, vacation={"method": "sieve", "sieve_folder": folder, "sieve_active": ""})
    host.set(isEnabled=True)
    assert home.files().keys() == {".dovecot.sieve", "sieve/jmapd-vacation.sieve"}
    host.set(isEnabled=False)
    assert home.files() == {".dovecot.sieve": OWN}


def test_a_home_that_is_missing(host: Away, home: Home) -> None:
    home.path.rmdir()
    from_set = host.request(
        [["VacationResponse/set", {"accountId": "alice", "update": {"singleton": {"isEnabled": True}}}]]
    )
    assert from_set[0][1]["type"] == "serverUnavailable"
    assert host.vacation()["isEnabled"] is False


def test_the_folders_group_may_read(host: Away, home: Home) -> None:
    home.sieve.mkdir()
    home.sieve.chmod(0o750)
    host.set(isEnabled=True)
    assert (home.sieve / "jmapd-vacation.sieve").stat().st_mode & 0o777 == 0o640


def _passed(host: Away) -> None:
    """A pass of jmapd-reindex."""
    account = Accounts(host.config).account("alice")
    assert account is not None
    bring_up(account)
    account.close()


def test_a_changed_configuration(tmp_path: Path, home: Home) -> None:
    """jmapd-reindex brings the script up to date, and takes it away when Dovecot answers no more."""
    folder, passed = str(tmp_path / "home" / "{user}"), []
    places = {"sieve_folder": f"{folder}/sieve", "sieve_active": f"{folder}/.dovecot.sieve"}
    host = Away(tmp_path / "host", vacation={"method": "agent", **places})
    host.set(isEnabled=True, htmlBody="<p>x")
    for options in ({"method": "agent"}, {"method": "sieve"}, {"method": "sieve", "days": 3}, {"method": "off"}):
        host.config = replace(host.config, vacation=replace(host.config.vacation, **options))
        _passed(host)
        files = home.files()
        passed.append(files.get("sieve/jmapd-vacation.sieve", "").partition(":days")[2][:2].strip())
        before = {path: path.stat().st_mtime_ns for path in home.sieve.glob("*")}
        _passed(host)
        assert (home.files(), before) == (files, {path: path.stat().st_mtime_ns for path in home.sieve.glob("*")})
    assert passed == ["", "7", "3", ""] and home.files() == {}


def test_a_pass_goes_on_where_the_script_cannot_be_written(host: Away, home: Home) -> None:
    host.set(isEnabled=True)
    for path in (home.active, home.sieve / "jmapd-vacation.sieve"):
        path.unlink()
    home.script("main", 'vacation "x";')
    home.activate("sieve/main.sieve")
    _passed(host)
    assert home.files().keys() == {".dovecot.sieve", "sieve/main.sieve"}


def test_the_folder_must_be_configured(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="vacation.sieve_folder"):
        Away(tmp_path, vacation={"method": "sieve", "sieve_folder": ""})


def test_homes_are_checked(host: Away, home: Home) -> None:
    """jmapd-check-config says which home no script can be written into."""
    _, warnings = inspect(host.config)
    assert not [each for each in warnings if each.startswith("vacation.")]
    home.path.rmdir()
    _, warnings = inspect(host.config)
    [warning] = [each for each in warnings if each.startswith("vacation.")]
    assert warning.startswith(f"vacation.sieve_folder: {home.path} of alice is not there")

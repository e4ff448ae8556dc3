"""The files of etc/ that other programs read."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from jmapd.app import LOG_FORMAT as FORMAT
from jmapd.config import Config, load, options

ETC = Path(__file__).parents[2] / "etc"


def test_toml_has_every_option_with_its_default() -> None:
    assert load(ETC / "jmapd.toml") == Config()
    text = (ETC / "jmapd.toml").read_text()
    for row in options():
        assert re.search(rf"^{row.name} = ", text, re.MULTILINE), row.name


def test_fail2ban_finds_the_address_in_our_log(http: Any, caplog: pytest.LogCaptureFixture) -> None:
    text = (ETC / "fail2ban/filter.d/jmapd.conf").read_text()
    pattern = re.search(r"^failregex = (.*)$", text, re.MULTILINE)
    assert pattern
    http.open("/.well-known/jmap", headers=http.login("b o b", "x"), address="2001:db8::1")
    http.open("/.well-known/jmap", headers=http.login("address=1.2.3.4", "x"), address="192.0.2.7")
    lines = [logging.Formatter(FORMAT).format(record) for record in caplog.records if record.name == "jmapd.auth"]
    found = [re.match(pattern[1].replace("<HOST>", r"(?P<host>[0-9a-f.:]+)"), line) for line in lines]
    assert [match["host"] for match in found if match] == ["2001:db8::1", "192.0.2.7"]


def test_cron_lines_have_a_user_and_a_program_of_ours() -> None:
    lines = (ETC / "cron.d/jmapd").read_text().splitlines()
    jobs = [line.split() for line in lines if re.match(r"[0-9*]", line)]
    assert [job[5:7] for job in jobs] == [
        ["vmail", each] for each in ("jmapd-reindex", "jmapd-reindex", "jmapd-submit")
    ]


@pytest.mark.parametrize(
    "name",
    ["jmapd.service", "jmapd-reindex.service", "jmapd-submit.service", "jmapd-deliver.service", "jmapd-push.service"],
)
def test_units_start_programs_that_there_are(name: str) -> None:
    text = (ETC / "systemd" / name).read_text()
    assert re.findall(r"^\[(\w+)\]$", text, re.MULTILINE) == ["Unit", "Service", "Install"]
    for program in re.findall(r"^Exec\w+=/opt/jmapd/bin/(\S+)", text, re.MULTILINE):
        assert program == "gunicorn" or (ETC.parent / "bin" / program).exists(), program

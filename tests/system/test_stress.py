"""Everybody at once on one Maildir. JMAPD_STRESS_SECONDS makes it longer, JMAPD_STRESS_SEED different."""

import os
from pathlib import Path

import pytest

from .plain_user import SystemUser
from .stress import run, summary

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.6")]


def test_all_see_the_same_in_the_end(open_folder: Path, nobody: SystemUser) -> None:
    seconds = float(os.environ.get("JMAPD_STRESS_SECONDS", "20"))
    ledger = run(open_folder, nobody, seconds, int(os.environ.get("JMAPD_STRESS_SEED", "1")))
    print(summary(ledger, seconds))
    assert ledger.faults == []
    assert len(ledger.letters) > seconds

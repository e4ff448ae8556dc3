"""What the machines over records of a large type share: two processes at one index, foldings and rebuilds."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact


class LargeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.writer, self.reader = AccountIndex(self.folder), AccountIndex(self.folder)
        self.model: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        self.writer.close()
        self.reader.close()
        shutil.rmtree(self.folder)

    @rule()
    def fold(self) -> None:
        assert compact(self.writer)

    @rule()
    def reopen(self) -> None:
        self.writer.close()
        self.writer = AccountIndex(self.folder)

    @rule()
    def rebuild(self) -> None:
        with self.writer.lock():
            self.writer.replace(self.writer.rows(), self.writer.objects.by_type())
        self.rebuilt()

    def rebuilt(self) -> None:
        """What a machine looks at after each."""


def bounds(examples: int, steps: int) -> settings:
    """Of a machine."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate],  # shrinking would take minutes
        suppress_health_check=list(HealthCheck),
    )

"""As many connections as files may be open: said at the start, and kept to."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MailHost

ROOT = Path(__file__).parents[2]
START = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (100, NUMBER))
from jmapd.wsgi import application
print(application.site.events.max_connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.rfc("8620", "7.3")
@pytest.mark.parametrize(("limit", "wanted"), [(600, "100 600"), (1500, "1000 1500"), (300, "1 300")])
def test_said_and_kept_to(make_mailhost: Any, tmp_path: Path, limit: int, wanted: str) -> None:
    host: MailHost = make_mailhost()
    paths = host.config.paths
    config = tmp_path / "jmapd.toml"
    lines = [f"{name} = '{getattr(paths, name)}'" for name in ("state_dir", "users_file", "mail")]
    config.write_text("\n".join(["[paths]", *lines, "[push]", "max_connections = 1000"]))
    environ = os.environ | {"PYTHONPATH": str(ROOT), "JMAPD_CONFIG": str(config)}
    command = [sys.executable, "-c", START.replace("NUMBER", str(limit))]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wanted
    is_told = f"{limit} files may be open (ulimit -n, LimitNOFILE)" in done.stderr
    assert is_told == (limit < 1500), done.stderr

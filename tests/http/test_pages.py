"""The front page, /healthz, /metrics; what is checked at the start."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.app import make_app
from jmapd.config import ConfigError, from_dict


def test_front_page_says_how_to_connect(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"base_url": "https://mail.example.org"})
    answer = http.open("/", anonymous=True)
    page = answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"
    assert "https://mail.example.org/.well-known/jmap" in page
    assert "JMAP" in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert http.open("/", "HEAD", anonymous=True).headers["Content-Length"] == str(len(answer.data))


def test_health(http: Any) -> None:
    answer = http.open("/healthz", anonymous=True)
    assert (answer.status_code, answer.data) == (200, b"ok\n")
    state = Path(http.host.config.paths.state_dir)
    state.rename(state.with_name("away"))
    answer = http.open("/healthz", anonymous=True)
    assert (answer.status_code, answer.data) == (503, b"state_dir: No such file or directory\n")


def test_metrics_are_off_at_first(http: Any) -> None:
    assert http.open("/metrics", address="127.0.0.1").status_code == 404


def test_metrics(make_http: Callable[..., Any]) -> None:
    http = make_http(metrics={"enabled": True, "allow": ["127.0.0.1"]})
    http.api()
    http.api(b"x")
    http.open("/.well-known/jmap", headers=http.login(password="wrong"))
    assert http.open("/metrics", address="192.0.2.1").status_code == 403
    answer = http.open("/metrics", address="127.0.0.1", anonymous=True)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.get_data(as_text=True).splitlines()
    for line in (
        "# TYPE jmapd_request_seconds histogram",
        'jmapd_requests_total{endpoint="api",status="2xx"} 1',
        'jmapd_requests_total{endpoint="api",status="4xx"} 1',
        'jmapd_requests_total{endpoint="metrics",status="4xx"} 1',
        'jmapd_request_seconds_bucket{endpoint="api",le="+Inf"} 2',
        'jmapd_request_seconds_count{endpoint="api"} 2',
        'jmapd_method_calls_total{method="Core/echo"} 1',
        "jmapd_logins_failed_total 1",
    ):
        assert line in lines


def test_metrics_go_on_after_a_restart(make_http: Callable[..., Any]) -> None:
    http = make_http(metrics={"enabled": True})
    http.api()
    http.host.start()
    again = type(http)(http.host)
    again.api()
    text = again.open("/metrics", address="127.0.0.1").get_data(as_text=True)
    assert 'jmapd_method_calls_total{method="Core/echo"} 2' in text.splitlines()


def paths(folder: Path, **more: str) -> dict[str, Any]:
    users = folder / "users"
    users.touch()
    return {"paths": {"state_dir": str(folder / "state"), "users_file": str(users), "mail": ""} | more}


def test_state_dir_is_made_for_us_alone(tmp_path: Path) -> None:
    make_app(from_dict(paths(tmp_path, state_dir=str(tmp_path / "a" / "state"))))
    assert (tmp_path / "a" / "state").stat().st_mode & 0o777 == 0o700
    assert not list((tmp_path / "a" / "state").glob(".probe*"))


def test_state_dir_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file", "file/state"):
        with pytest.raises(ConfigError, match=r"paths\.state_dir: "):
            make_app(from_dict(paths(tmp_path, state_dir=str(tmp_path / name))))
    with pytest.raises(ConfigError, match=r"paths\.state_dir: must be given"):
        make_app(from_dict(paths(tmp_path, state_dir="")))
    with pytest.raises(ConfigError, match=r"paths\.state_dir: "):
        make_app(from_dict(paths(tmp_path, state_dir="/proc/jmapd")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make folders of another user")
def test_state_dir_of_another_user(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", 12345, 12345)
    with pytest.raises(ConfigError, match=r"paths\.state_dir: .* belongs to uid 12345; run this as that user"):
        make_app(from_dict(paths(tmp_path)))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_state_dir_that_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    with pytest.raises(ConfigError, match=r"paths\.state_dir: .*Permission denied"):
        make_app(from_dict(paths(tmp_path)))


def test_users_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"paths\.users_file: .*No such file"):
        make_app(from_dict(paths(tmp_path, users_file=str(tmp_path / "none"))))

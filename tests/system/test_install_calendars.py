"""What docs/INSTALL.md says to write for khal, todoman, vdirsyncer, Radicale and nginx is what they need."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from .calendars import CalDav, Client, calendar_server, vevent
from .contacts import put
from .dav import LIST
from .web import LOGIN, ROOT, Nginx, Server, free_port, program, stop, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]

GUIDE = (ROOT / "docs/INSTALL.md").read_text()


def block(start: str, **instead: str) -> str:
    """The fenced block of the guide that begins so, with each of `instead` in place of what it names there."""
    (found,) = re.findall(rf"(?ms)^```\w+\n({re.escape(start)}.*?)^```$", GUIDE)
    for old, new in instead.items():
        assert old in found
        found = found.replace(old, new)
    return str(found)


class Home:
    """alice's own machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def run(self, *command: str, given: str = "") -> str:
        """Must do it without a complaint; what it says."""
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        command = (program(command[0]), *command[1:])
        done = subprocess.run(command, input=given, capture_output=True, text=True, env=environ, check=False, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With a calendar, khal and todoman."""
    home = Home(tmp_path / "home")
    home.write(".config/khal/config", block("# ~/.config/khal/config"))
    home.write(".config/todoman/config.py", block("# ~/.config/todoman/config.py"))
    (home.folder / ".calendars/personal").mkdir(parents=True)
    return home


def test_khal_and_todoman(home: Home, tmp_path: Path) -> None:
    with calendar_server(tmp_path, home.folder / ".calendars") as server:
        jmap = Client(server)
        jmap.new("personal", "j", "Lunch")
        jmap.new_task("personal", "k", "Bring wine")
        assert "Lunch" in home.run("khal", "search", "Lunch")
        assert "Bring wine" in home.run("todoman", "list")
        home.run("khal", "new", "tomorrow", "Walk")
        home.run("todoman", "new", "Bring bread")
        assert {each["title"] for each in jmap.all().values()} == {"Lunch", "Walk"}
        assert {each["title"] for each in jmap.all("Task").values()} == {"Bring wine", "Bring bread"}


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[int]:
    """Its port; its collections are below tmp_path/collections."""
    port, conf = free_port(), tmp_path / "radicale.conf"
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "radicale.users").write_text(f"alice:{hashed}\n")
    places = {"/etc/radicale/users": f"{tmp_path}/radicale.users", "/var/lib/radicale": str(tmp_path)}
    conf.write_text(block("# /etc/radicale/config", **places, **{"127.0.0.1:5232": f"127.0.0.1:{port}"}))
    log = (tmp_path / "radicale.log").open("wb")
    with log, subprocess.Popen([program("radicale"), "--config", str(conf)], stdout=log, stderr=log) as process:
        try:
            answers = Server(port)
            wait_until(lambda: answers.send("GET", "/.web/")[0] == 200, (tmp_path / "radicale.log").read_text)
            yield port
        finally:
            stop(process)


def test_radicale_behind_nginx_and_vdirsyncer(home: Home, radicale: int, tmp_path: Path) -> None:
    location = block("location /radicale/ {", **{"127.0.0.1:5232": f"127.0.0.1:{radicale}"})
    root = tmp_path / "collections/collection-root/alice"
    root.mkdir(parents=True, exist_ok=True)
    with calendar_server(tmp_path, root) as server:
        nginx, jmap = Nginx(tmp_path, server.port, location), Client(server)
        try:
            assert nginx.send("PROPFIND", "/radicale/alice/", LIST, {})[0] == 401
            made = nginx.send("MKCALENDAR", "/radicale/alice/office/", CalDav.collection.format(name="Office"))
            assert made[0] == 201
            assert jmap.books().keys() == {"Office"}
            status, _, found = nginx.send("PROPFIND", "/radicale/alice/", LIST, LOGIN | {"Depth": "1"})
            assert status == 207 and b"/radicale/alice/office/" in found
            jmap.new("Office", "w", "Meeting")
            put(home.folder / ".calendars/personal/p.ics", vevent("p", "Walk"))
            there = {
                "https://dav.example.net/": f"https://localhost:{nginx.port}/radicale/alice/",
                '"pass", "dav"]': f'"echo", "secret"]\nverify = "{tmp_path}/fullchain.pem"',
            }
            home.write(".config/vdirsyncer/config", block("# ~/.config/vdirsyncer/config", **there))
            home.run("vdirsyncer", "discover", given="y\n" * 9)
            home.run("vdirsyncer", "sync")
            assert {each["title"] for each in jmap.all().values()} == {"Meeting", "Walk"}
            assert "Meeting" in home.run("khal", "search", "Meeting")
        finally:
            nginx.stop()

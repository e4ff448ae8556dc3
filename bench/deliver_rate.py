#!/usr/bin/env python3
"""Times jmapd-deliver by LMTP: bench/deliver_rate.py [--messages N] [--connections N] [--accounts N] [--processes N]

Makes Maildirs in a new folder (under --folder, so that it can be on the disk in question), starts the server, and sends
messages of the size of usual mail by several connections at once, as an MTA does. Each answer means: on the disk.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
HASH = "$5$rounds=1000$abcdefgh$PdIMTV6ZZoLOLSVmYbDvqSBZBXlSNLZvnGUlTnrnUd5"
WORDS = ["report", "meeting", "invoice", "travel", "budget", "review", "update", "question", "plan", "draft", "summer"]


def message(number: int, octets: int) -> bytes:
    """Plain text, or text and HTML as most mail is."""
    chosen = random.Random(number)
    text = "\r\n".join(" ".join(chosen.choices(WORDS, k=10)) for _ in range(max(octets // 160, 1)))
    return (
        f"From: Sender {number} <sender{number % 50}@example.com>\r\nTo: user@example.org\r\n"
        f"Subject: {' '.join(chosen.choices(WORDS, k=4))}\r\nMessage-ID: <{number}.{os.getpid()}@example.com>\r\n"
        "Date: Thu, 14 Nov 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n<p>{text}</p>\r\n--b--\r\n"
    ).encode()


def send(port: int, messages: dict[int, bytes], accounts: int, times: list[float]) -> None:
    """One connection."""
    with smtplib.LMTP("127.0.0.1", port, local_hostname="bench") as lmtp:
        for number, data in messages.items():
            begin = time.perf_counter()
            refused = lmtp.sendmail("s@example.com", [f"user{number % accounts}@example.org"], data)
            times.append(time.perf_counter() - begin)
            assert not refused, refused


def configured(folder: Path, accounts: int) -> Path:
    """A configuration with these accounts, their Maildirs empty."""
    for number in range(accounts):
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / f"user{number}" / part).mkdir(parents=True)
    (folder / "users").write_text("".join(f"user{number}:{HASH}\n" for number in range(accounts)))
    config = folder / "jmapd.toml"
    config.write_text(
        f'[paths]\nstate_dir = "{folder}/state"\nusers_file = "{folder}/users"\nmail = "{folder}/mail/{{user}}"\n'
        '[identities]\ndomain = "example.org"\n[log]\nlevel = "warning"\n'
    )
    return config


def started(config: Path, port: int, processes: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "bin" / "jmapd-deliver"), "--config", str(config)]
    command += ["--lmtp", f"127.0.0.1:{port}", "--processes", str(processes)]
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=20, help="as Postfix: 20")
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--octets", type=int, default=5000, help="of a message, about")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="deliver-rate-", dir=given.folder))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = started(configured(folder, given.accounts), port, given.processes)
    times: list[float] = []
    threads = []
    for start in range(given.connections):
        share = {each: message(each, given.octets) for each in range(start, given.messages, given.connections)}
        threads.append(threading.Thread(target=send, args=(port, share, given.accounts, times)))
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    files = sum(1 for _ in folder.glob("mail/*/new/*"))
    shutil.rmtree(folder)
    assert files == given.messages, files
    times.sort()
    print(f"{given.messages / seconds:.0f} messages a second; an answer after {times[len(times) // 2] * 1000:.0f} ms,")
    print(f"the slowest hundredth after {times[-max(len(times) // 100, 1)] * 1000:.0f} ms;")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"the server used {(used.ru_utime + used.ru_stime) / given.messages * 1000:.2f} ms of CPU for a message")
    return 0


sys.exit(main())

"""What was submitted is sent, whatever becomes of the Email, the record and the index (RFC 8621 7.5)."""

import shutil
from collections.abc import Iterator

import pytest

from .sending import Sender, sender
from .sink import Sink, sink

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7.5")]
BOB = "bob@remote.example"


@pytest.fixture(scope="module")
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture(scope="module")
def host(peer: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """What is submitted leaves after a minute."""
    with sender(tmp_path_factory.mktemp("host"), peer.port, submission="undo_seconds = 60") as host:
        yield host


@pytest.fixture
def remote(peer: Sink, host: Sender) -> Sink:
    peer.forget()
    assert host.waiting() == []
    return peer


def test_email_and_record_destroyed_before_it_leaves(host: Sender, remote: Sink) -> None:
    """Neither takes it back."""
    first, second = host.posted(BOB, subject="One"), host.posted(BOB, subject="Two")
    emails = [host.submission(id)["emailId"] for id in (first, second)]
    assert host.call("Email/set", destroy=emails)["destroyed"] == emails
    assert host.call("EmailSubmission/set", destroy=[second])["destroyed"] == [second]
    host.submit(seconds=120)
    assert len(remote.taken) == 2 and host.waiting() == []
    assert host.submission(first)["undoStatus"] == "final"
    assert host.call("EmailSubmission/get", ids=[second])["notFound"] == [second]


@pytest.mark.parametrize("is_lost", [False, True])
def test_index_made_anew(host: Sender, remote: Sink, is_lost: bool) -> None:
    """By --rebuild, or because the files of the index are gone: same ids, and undo works."""
    undone, sent = host.posted(BOB, subject="Undone"), host.posted("carol@remote.example", subject="Kept")
    before = {id: host.submission(id) for id in (undone, sent)}
    identity = host.identity()
    if is_lost:
        host.host.stop()
        for path in (host.host.folder / "state/alice").iterdir():
            if path.name not in ("outbox", "blobs", "objects.json"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        host.host.start()
    else:
        done = host.host.reindex("--rebuild")
        assert done.returncode == 0, done.stderr
    assert {id: host.submission(id) for id in (undone, sent)} == before
    assert host.identity() == identity
    assert host.cancel(undone) is None
    host.submit(seconds=120)
    assert [each.recipients for each in remote.taken] == [["carol@remote.example"]]
    assert host.submission(sent)["undoStatus"] == "final"


@pytest.mark.rfc("6531", "3.4")
def test_other_scripts(host: Sender, remote: Sink) -> None:
    """By SMTPUTF8 where the server has it; else it comes back with the reason."""
    jose = "jos\u00e9@remote.example"
    id = host.posted(jose, subject="\u00a1Hola!", body="\u00bfQu\u00e9 tal?\n")
    host.submit(seconds=120)
    (taken,) = remote.taken
    assert taken.recipients == [jose] and "SMTPUTF8" in taken.sender_options
    assert host.submission(id)["undoStatus"] == "final"
    remote.extensions = ("8BITMIME",)
    second = host.posted(jose, "carol@remote.example")  # whose address is in the header, too
    host.submit(seconds=120)
    status = host.submission(second)["deliveryStatus"].values()
    assert [(each["delivered"], each["smtpReply"][:9]) for each in status] == [("no", "550 5.6.9")] * 2
    assert len(remote.taken) == 1 and len(host.submission(second)["dsnBlobIds"]) == 1


def test_folders_of_the_outbox_are_ours_alone(host: Sender, remote: Sink) -> None:
    id = host.posted(BOB)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (host.outbox, *host.outbox.glob(f"{id}.*"))}
    assert modes == {"outbox": 0o700, f"{id}.eml": 0o600, f"{id}.json": 0o600}
    assert host.cancel(id) is None
    assert not (host.outbox / f"{id}.eml").exists()

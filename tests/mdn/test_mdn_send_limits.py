"""MDN/send (RFC 9007 2.1) where there is no room, and in accounts of others."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from tests.conftest import MailHost
from tests.mdn.conftest import MANUAL, SETS, USING, Notifier
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("9007", "2.1")


def test_an_original_that_makes_it_too_large(make_mailhost: Any) -> None:
    notifier = Notifier(make_mailhost(submission={"max_size": 20_000}))
    id = notifier.receive("x\n" * 10_000)
    error = notifier.refused({"forEmailId": id, "includeOriginalMessage": True})
    assert (error["type"], error["maxSize"]) == ("tooLarge", 20_000)
    assert notifier.sent({"forEmailId": id})


@pytest.mark.parametrize(("number", "type"), [(errno.ENOSPC, "overQuota"), (errno.EDQUOT, "overQuota"),
                                              (errno.EROFS, "forbidden")])  # fmt: skip
@pytest.mark.parametrize("step", ["write_new", "sync_file", "write"])
def test_a_disk_that_takes_no_more(
    notifier: Notifier, monkeypatch: pytest.MonkeyPatch, number: int, type: str, step: str
) -> None:
    id = notifier.receive()
    with monkeypatch.context() as patched:

        def fail(path: Any, *args: Any, **more: Any) -> None:
            raise OSError(number, os.strerror(number), str(path))

        notifier.host.call("Identity/get", {"ids": None})
        patched.setattr(atomic, step, fail)
        assert notifier.refused({"forEmailId": id})["type"] == type
    assert "$mdnsent" not in notifier.host.call("Email/get", {"ids": [id]})["list"][0]["keywords"]
    assert notifier.sent({"forEmailId": id})


def test_too_many(make_mailhost: Any) -> None:
    notifier = Notifier(make_mailhost(limits={"max_objects_in_set": 1}))
    [[name, answer, _]] = notifier.request({"forEmailId": notifier.receive()}, {"forEmailId": notifier.receive()})
    assert (name, answer["type"]) == ("error", "requestTooLarge") and notifier.entries() == []


def asking(host: MailHost) -> str:
    """The id of a message that asks for an MDN."""
    host.deliver("From: bob@example.org\nDisposition-Notification-To: bob@example.org\nSubject: x\n\ny\n")
    return host.ids()[0]


def arguments(host: MailHost, id: str) -> dict[str, Any]:
    identity = host.call("Identity/get", {"ids": None})["list"][0]["id"]
    send = {"k": {"forEmailId": id, "disposition": MANUAL}}
    return {"identityId": identity, "send": send, "onSuccessUpdateEmail": {"#k": SETS}}


def test_an_account_that_may_only_be_read(tmp_path: Path) -> None:
    host = Sharing(tmp_path).log_in("bob").use("team")
    assert host.error("MDN/send", arguments(host, asking(host)), USING)["type"] == "accountReadOnly"


def test_in_an_account_of_others(tmp_path: Path) -> None:
    host = Sharing(tmp_path, identities={"domain": "example.org"}).log_in("alice").use("team")
    id = asking(host)
    [(_, answer, _), _] = host.request([["MDN/send", {"accountId": "team"} | arguments(host, id)]], USING)
    assert answer["sent"]["k"]["finalRecipient"] == "rfc822; team@example.org"
    assert list((tmp_path / "state" / "team" / "outbox").glob("*.eml"))
    assert not (tmp_path / "state" / "alice" / "outbox").exists()


@pytest.mark.rfc("9007", "2.1")
def test_one_who_may_not_send(make_mailhost: Any) -> None:
    """An MDN has a text of its own, and goes where any message says that was put here."""
    notifier = Notifier(make_mailhost(identities={"domain": "example.org"}, submission={"may_not_send": ["alice"]}))
    error = notifier.refused({"forEmailId": notifier.receive()})
    assert error["type"] == "forbidden"

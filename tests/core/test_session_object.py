"""The Session object."""

import re

import pytest

from jmapd import datatypes
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol.session import session_object, session_state
from jmapd.stores.memory import MemoryAccount, MemoryStore

from ..methods.bakery import BAKERY, REGISTRY, SPICE, Bakery

pytestmark = pytest.mark.rfc("8620", "2")
CORE, MAIL = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"
MAILS = {"Email": MemoryStore("M"), "Mailbox": MemoryStore("F"), "Thread": MemoryStore("T")}


def test_everything_in_it() -> None:
    registry, limits = methods(datatypes.ALL), Limits(max_objects_in_get=77)
    accounts = {"alice": MemoryAccount("alice", MAILS), "bob": MemoryAccount("bob", MAILS, "bob", is_read_only=True)}
    session = session_object("alice", accounts, "https://mail.example.org/x", limits, registry)
    assert set(session) == {
        *("capabilities", "accounts", "primaryAccounts", "username", "state"),
        *("apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"),
    }
    assert (
        session["username"] == "alice"
        and session["primaryAccounts"][MAIL] == "alice"
        and CORE not in session["primaryAccounts"]
    )
    assert session["capabilities"][MAIL] == {}
    core = dict(session["capabilities"][CORE])
    assert core.pop("collationAlgorithms") == ["i;ascii-casemap", "i;ascii-numeric", "i;octet", "i;unicode-casemap"]
    assert core.pop("maxObjectsInGet") == 77
    assert sorted(core) == [
        *("maxCallsInRequest", "maxConcurrentRequests", "maxConcurrentUpload"),
        *("maxObjectsInSet", "maxSizeRequest", "maxSizeUpload"),
    ]
    assert all(type(value) is int and value > 0 for value in core.values())
    mine, shared = session["accounts"]["alice"], session["accounts"]["bob"]
    assert (mine["name"], mine["isPersonal"], mine["isReadOnly"]) == ("alice", True, False)
    assert (shared["name"], shared["isPersonal"], shared["isReadOnly"]) == ("bob", False, True)
    assert mine["accountCapabilities"][CORE] == {}
    assert shared["accountCapabilities"][MAIL]["mayCreateTopLevelMailbox"] is False


@pytest.mark.rfc("8621", "1.3.1")
def test_mail_capability() -> None:
    session = session_object("a", {"a": MemoryAccount("a", MAILS)}, "https://x", Limits(), methods(datatypes.ALL))
    mail = session["accounts"]["a"]["accountCapabilities"][MAIL]
    assert mail.pop("emailQuerySortOptions") == sorted(
        "receivedAt size from to subject sentAt hasKeyword allInThreadHaveKeyword someInThreadHaveKeyword".split()  # noqa: SIM905
    )
    assert mail == {
        "maxMailboxesPerEmail": None,
        "maxMailboxDepth": 30,
        "maxSizeMailboxName": 255,
        "maxSizeAttachmentsPerEmail": Limits().max_size_attachments_per_email,
        "mayCreateTopLevelMailbox": True,
    }


@pytest.mark.parametrize("base", ["https://mail.example.org", "http://127.0.0.1:8080", "https://example.org/sub"])
def test_urls_are_absolute_level_1_templates(base: str) -> None:
    session = session_object("alice", {}, base, Limits(), REGISTRY)
    urls = {name: session[name] for name in session if name.endswith("Url")}
    assert all(url.startswith(base + "/jmap/") for url in urls.values())
    variables = {name: sorted(re.findall(r"\{(\w+)\}", url)) for name, url in urls.items()}
    assert variables == {
        "apiUrl": [],
        "downloadUrl": ["accountId", "blobId", "name", "type"],
        "uploadUrl": ["accountId"],
        "eventSourceUrl": ["closeafter", "ping", "types"],
    }
    assert "type={type}" in urls["downloadUrl"].partition("?")[2]


def test_an_account_has_only_capabilities_it_has_data_of(bakery: Bakery) -> None:
    accounts = {"A": bakery.accounts["A"], "E": MemoryAccount("E", {})}
    session = session_object("alice", accounts, "https://x", Limits(), REGISTRY)
    assert sorted(session["accounts"]["A"]["accountCapabilities"]) == [BAKERY, SPICE, CORE]
    assert list(session["accounts"]["E"]["accountCapabilities"]) == [CORE]


def test_state_changes_with_everything_and_is_that_of_responses(bakery: Bakery) -> None:
    def state(user: str = "alice", limits: Limits = bakery.limits, **accounts: MemoryAccount) -> str:
        shown = bakery.accounts | accounts
        answer = session_object(user, shown, "https://x", limits, REGISTRY)["state"]
        assert answer == session_state(user, shown, limits, REGISTRY)
        return str(answer)

    assert bakery.response([])["sessionState"] == state() == state()
    others = {
        state("bob"),
        state(limits=Limits(max_size_upload=1)),
        state(A=MemoryAccount("A", MAILS, is_read_only=True)),
        state(A=MemoryAccount("A", {})),
        state(F=MemoryAccount("F", {})),
    }
    assert len(others | {state()}) == 6

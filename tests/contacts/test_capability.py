"""urn:ietf:params:jmap:contacts in the Session (RFC 9610 1.4.1)."""

from typing import Any

import pytest

from tests.contacts.host import CONTACTS, PARSE, Contacts
from tests.sharing import SHARED

pytestmark = pytest.mark.rfc("9610", "1.4.1")


def test_the_server_has_an_empty_object(host: Contacts) -> None:
    session = host.session()
    assert session["capabilities"][CONTACTS] == {}
    assert session["capabilities"][PARSE] == {}
    assert session["primaryAccounts"][CONTACTS] == "alice"


def test_each_account_tells_what_one_may_do(make_host: Any) -> None:
    host = make_host(SHARED)
    accounts = host.log_in("alice").session()["accounts"]
    told = {id: account["accountCapabilities"][CONTACTS] for id, account in accounts.items()}
    for id, may_create in (("alice", True), ("team", True), ("bob", False)):
        assert told[id] == {"maxAddressBooksPerCard": None, "mayCreateAddressBook": may_create}


def test_there_are_none_without_a_folder(make_host: Any) -> None:
    host = make_host(paths={"contacts": ""})
    assert CONTACTS not in host.session()["accounts"]["alice"]["accountCapabilities"]
    assert host.error("AddressBook/get")["type"] == "accountNotSupportedByMethod"


@pytest.mark.rfc("8620", "3.3")
def test_methods_are_there_with_the_capability_only(host: Contacts) -> None:
    for method in ("AddressBook/get", "ContactCard/query"):
        assert host.error(method, using=("urn:ietf:params:jmap:core",))["type"] == "unknownMethod"

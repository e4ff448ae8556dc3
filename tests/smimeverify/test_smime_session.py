"""The capability in the Session object (RFC 9219 3)."""

from typing import Any

import pytest

pytestmark = pytest.mark.rfc("9219", "3")

URN = "urn:ietf:params:jmap:smimeverify"


def test_announced_with_empty_objects(mailhost: Any) -> None:
    found = mailhost.client.get("/.well-known/jmap", auth=mailhost.authorization).get_json()
    assert found["capabilities"][URN] == {}
    assert found["accounts"]["alice"]["accountCapabilities"][URN] == {}
    assert found["primaryAccounts"][URN] == "alice"


def test_methods_need_mail(mailhost: Any) -> None:
    error = mailhost.error("Email/get", {"ids": []}, using=("urn:ietf:params:jmap:core", URN))
    assert error["type"] == "unknownMethod"

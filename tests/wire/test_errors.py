"""Errors as they go over the wire."""

import pytest

from jmapd.wire import errors


@pytest.mark.rfc("8620", "3.6.1")
def test_problem_documents() -> None:
    limit = errors.LimitExceeded("maxSizeRequest", "too large", 413)
    assert limit.problem() == {
        "type": "urn:ietf:params:jmap:error:limit",
        "status": 413,
        "detail": "too large",
        "limit": "maxSizeRequest",
    }
    assert errors.RequestError("about:blank", "gone", 404).problem()["type"] == "about:blank"


@pytest.mark.rfc("8620", "3.6.2")
@pytest.mark.rfc("8620", "5.3")
def test_the_type_is_the_name_of_the_class() -> None:
    assert errors.UnknownMethod().wire() == {"type": "unknownMethod"}
    assert errors.InvalidArguments("why").wire() == {"type": "invalidArguments", "description": "why"}
    assert errors.InvalidProperties(["a"], "why").wire()["properties"] == ["a"]
    assert errors.AlreadyExists("M1").wire() == {"type": "alreadyExists", "existingId": "M1"}
    error = errors.BlobNotFound(["G1"]).wire()
    assert (error["type"], error["notFound"]) == ("blobNotFound", ["G1"]) and "G1" in error["description"]

"""What the Session says of urn:ietf:params:jmap:core (RFC 8620 2)."""

from typing import Any

from jmapd.methods.collations import COLLATIONS
from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability


def _server(limits: Limits) -> dict[str, Any]:
    return {
        "maxSizeUpload": limits.max_size_upload,
        "maxConcurrentUpload": limits.max_concurrent_upload,
        "maxSizeRequest": limits.max_size_request,
        "maxConcurrentRequests": limits.max_concurrent_requests,
        "maxCallsInRequest": limits.max_calls_in_request,
        "maxObjectsInGet": limits.max_objects_in_get,
        "maxObjectsInSet": limits.max_objects_in_set,
        "collationAlgorithms": sorted(COLLATIONS),
    }


CAPABILITY = Capability("urn:ietf:params:jmap:core", server=_server, is_everywhere=True)

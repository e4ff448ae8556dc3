"""Thread (RFC 8621 3): get and changes; the index makes the threads."""

from jmapd.methods.spec import DataType, Property

THREAD = DataType(
    "Thread",
    "urn:ietf:params:jmap:mail",
    store="Thread",
    methods=("get", "changes"),
    rfc="RFC 8621 3",
    sections={"get": "RFC 8621 3.1", "changes": "RFC 8621 3.2"},
    properties={
        "id": Property("Id", immutable=True, server_set=True),
        "emailIds": Property("Id[]", server_set=True),
    },
)

"""MDN (RFC 9007 2): the table and its two methods."""

from jmapd.datatypes.mdn.mdn_parse import mdn_parse
from jmapd.datatypes.mdn.mdn_properties import CAPABILITY, PROPERTIES
from jmapd.datatypes.mdn.mdn_send import mdn_send
from jmapd.methods.spec import DataType, Method
from jmapd.wire.errors import InvalidArguments

MDN = DataType(
    "MDN",
    CAPABILITY,
    store="Email",
    methods=(),
    rfc="RFC 9007 2",
    properties=PROPERTIES,
    extra_methods={
        "MDN/send": Method(
            "MDN/send",
            CAPABILITY,
            mdn_send,
            writes=True,
            rfc="RFC 9007 2.1",
            store="EmailSubmission",
            unknown_account=InvalidArguments,
        ),
        "MDN/parse": Method(
            "MDN/parse",
            CAPABILITY,
            mdn_parse,
            writes=False,
            rfc="RFC 9007 2.2",
            store="Email",
            unknown_account=InvalidArguments,
        ),
    },
)

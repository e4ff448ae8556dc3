"""urn:ietf:params:jmap:principals (RFC 9670), and the rows about sharing for the data types that can be shared."""

from jmapd.datatypes.principals.principal import PRINCIPAL
from jmapd.datatypes.principals.share_notification import SHARE_NOTIFICATION

DATATYPES = (PRINCIPAL, SHARE_NOTIFICATION)

"""What RFC 8620 puts on the wire: errors, ids, dates, patches, signatures, I-JSON."""

from typing import Any

Id = str
State = str
UTCDate = str
Record = dict[str, Any]
Arguments = dict[str, Any]

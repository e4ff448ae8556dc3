"""urn:ietf:params:jmap:vacationresponse (RFC 8621 1.3.3)."""

from jmapd.datatypes.vacationresponse.vacation_response import VACATION_RESPONSE

DATATYPES = (VACATION_RESPONSE,)

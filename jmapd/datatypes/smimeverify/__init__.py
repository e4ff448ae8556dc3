"""urn:ietf:params:jmap:smimeverify (RFC 9219)."""

from jmapd.datatypes.smimeverify.email_smime import EMAIL_SMIME

DATATYPES = (EMAIL_SMIME,)

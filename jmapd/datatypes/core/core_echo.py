"""Core/echo (RFC 8620 4)."""

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Method
from jmapd.wire import Arguments

CAPABILITY = "urn:ietf:params:jmap:core"


def core_echo(context: Context, args: Arguments) -> Arguments:
    """The arguments as they came."""
    return args


ECHO = Method("Core/echo", CAPABILITY, core_echo, writes=False, rfc="RFC 8620 4", needs_account=False)
CORE = DataType("Core", CAPABILITY, "Core", (), {}, "RFC 8620 4", extra_methods={ECHO.name: ECHO})

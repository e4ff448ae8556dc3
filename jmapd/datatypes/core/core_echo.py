"""Core/echo (RFC 8620 4)."""

from jmapd.datatypes.core.core_capability import CAPABILITY
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Method
from jmapd.wire import Arguments


def core_echo(context: Context, args: Arguments) -> Arguments:
    """The arguments as they came."""
    return args


ECHO = Method("Core/echo", CAPABILITY.urn, core_echo, writes=False, rfc="RFC 8620 4", needs_account=False)
CORE = DataType(
    "Core", CAPABILITY.urn, "Core", (), {}, "RFC 8620 4", capabilities=(CAPABILITY,), extra_methods={ECHO.name: ECHO}
)

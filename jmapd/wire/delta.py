"""What /changes answers (RFC 8620 5.2), between index, stores and methods."""

from dataclasses import dataclass, field

from jmapd.wire import Id, State


@dataclass
class Delta:
    """Ids changed since a state, oldest change first; `has_more`: cut at the limit, go on from `new_state`."""

    created: list[Id] = field(default_factory=list)
    updated: list[Id] = field(default_factory=list)
    destroyed: list[Id] = field(default_factory=list)
    new_state: State = ""
    has_more: bool = False
    updated_properties: list[str] | None = None  # RFC 8621 2.2; None: any property may have changed

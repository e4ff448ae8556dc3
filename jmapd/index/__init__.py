"""The flat-file conversations index: journal, snapshot, and what is kept in memory of them (docs/STORAGE.md)."""


class IndexDamaged(Exception):
    """The index contradicts itself or its checksums; it has to be made anew from the plain files."""

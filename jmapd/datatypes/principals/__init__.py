"""Rows about sharing (RFC 9670) for the data types that can be shared."""

"""The Request object in, the Response object out (RFC 8620 2 and 3)."""

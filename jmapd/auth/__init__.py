"""Who sends a request: HTTP Basic against a file of users, with a cache and a throttle (RFC 7617, RFC 8620 8.2)."""

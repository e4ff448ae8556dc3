"""The submission worker: sends what lies in the outboxes, and follows what becomes of it (RFC 8621 7)."""

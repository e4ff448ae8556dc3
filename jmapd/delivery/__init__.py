"""Mail that comes in: checked, filtered, stored and answered (RFC 2033, 5321)."""

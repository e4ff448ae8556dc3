"""S/MIME signatures (RFC 8551, 8550, 5652, 5280): found in a message, and verified."""

"""JSContact (RFC 9553, RFC 9982) and its conversion from and to vCard (RFC 9555)."""

"""Messages (RFC 5322, MIME) as RFC 8621 4.1 reads them."""

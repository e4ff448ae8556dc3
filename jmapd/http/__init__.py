"""JMAP over HTTP: a WSGI application on Werkzeug (RFC 8620 2, 3.1, 6, 7.3)."""

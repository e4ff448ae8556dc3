"""Changes told to clients at once (RFC 8620 7): EventSource, WebSocket (RFC 8887) and Web Push."""

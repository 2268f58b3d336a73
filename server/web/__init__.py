"""The doors: HTTP, the socket and the pages. Nothing is decided here; services are called with who is asking."""

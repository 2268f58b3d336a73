"""The messages of the socket and of REST, as types. Prose for people who write another client: docs/protocol.md."""

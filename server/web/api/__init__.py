"""REST, one subject a file. Each handler decodes, calls one service with who is asking, and encodes."""

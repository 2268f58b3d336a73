"""The runner that drives the Claude Code command line, as a user of its own."""

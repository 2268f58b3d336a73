"""The runner that asks a language model. Nothing here is imported unless it is configured."""

"""The containers of a Docker engine: watched, listed, acted on."""

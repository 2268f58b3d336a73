"""Fan-out and resume: what a connection may see, in order, once. No aiohttp here: a transport is whatever can write."""

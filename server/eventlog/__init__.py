"""The event log: what happened, in one order, durable before anybody is told."""

"""The machine that this runs on: sampled, never logged."""

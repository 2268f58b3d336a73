"""The machine that this runs on: its load, memory, disks and network. docs/host.md says what a container can see."""

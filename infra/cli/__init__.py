"""The `sightline` command: one module a command, listed in `main`."""

"""An audit from allocation to withdrawal: what may be asked of it, what then happened, and what it is."""

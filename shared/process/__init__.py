"""One service as one process: what it is made of, the order it starts and stops in, and how it shows its state."""

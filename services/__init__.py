"""The three services: independent of each other, and joined by events alone."""

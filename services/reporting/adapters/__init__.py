"""The edges of reporting: what it reads from Kafka, and the decisions people take in it."""

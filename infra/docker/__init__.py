"""Sightline in containers: the image, its health check, Kafka's access rules, and the env file."""

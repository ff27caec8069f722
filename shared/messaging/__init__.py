"""The one batch consumer of the platform, its parked messages, and how to reach Kafka."""

"""The embedded stack: Kafka, PostgreSQL and the services of one installation, started and watched from one place."""

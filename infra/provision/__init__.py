"""What must exist before the services run: topics in Kafka, roles and databases in PostgreSQL."""

"""The outbox: public events wait beside the event store until Kafka has them (design.md section 6)."""

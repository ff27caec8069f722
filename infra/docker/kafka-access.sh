#!/bin/bash
# Who may do what in Kafka: each service writes its own topic and reads only those it needs (G11). Safe to repeat.
set -euo pipefail
cat >/tmp/admin.properties <<CONFIGURATION
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="$KAFKA_ADMIN_PASSWORD";
CONFIGURATION

grant() {
  /opt/kafka/bin/kafka-acls.sh --bootstrap-server kafka:9092 --command-config /tmp/admin.properties --add "$@" >/dev/null
}

writes() { # user, topic
  grant --allow-principal "User:$1" --operation Write --operation Describe --operation Read --topic "$2"
  grant --allow-principal "User:$1" --operation IdempotentWrite --cluster
}

reads() { # user, topic
  grant --allow-principal "User:$1" --operation Read --operation Describe --topic "$2"
  grant --allow-principal "User:$1" --operation Read --operation Describe --group "sightline.$1" --resource-pattern-type prefixed
}

# A writer also reads its own topic's end: the relay compares it with its store before it sends anything.
writes audit audit.events
writes escalation escalation.events
writes reporting reporting.events
reads escalation audit.events
reads reporting audit.events
reads reporting escalation.events
echo "Access is set."

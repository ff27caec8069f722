#!/bin/bash
# Who may do what in Kafka: each service writes its own topic and reads only those it needs (G11). Safe to repeat.
set -euo pipefail
cat >/tmp/admin.properties <<CONFIGURATION
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="$KAFKA_ADMIN_PASSWORD";
CONFIGURATION

allow() {
  /opt/kafka/bin/kafka-acls.sh --bootstrap-server kafka:9092 --command-config /tmp/admin.properties --add \
    --allow-principal "User:$1" "${@:2}" >/dev/null
}

# A service writes its own topic. It also reads that one's end, which its relay compares with its store before it sends.
allow audit --operation Write --operation Describe --topic audit.events &
allow escalation --operation Write --operation Describe --topic escalation.events &
allow reporting --operation Write --operation Describe --topic reporting.events &
allow audit --consumer --topic audit.events --topic escalation.events --group sightline.audit &
allow escalation --consumer --topic escalation.events --topic audit.events --group sightline.escalation &
allow reporting --consumer --topic reporting.events --topic audit.events --topic escalation.events \
  --group sightline.reporting &
for job in $(jobs -p); do
  wait "$job"
done
echo "Access is set."

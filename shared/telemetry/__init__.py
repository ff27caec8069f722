"""What operators see: log lines, metrics, traces and health, without personal data."""

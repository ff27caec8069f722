-- The newest recorded moment in the facts: up to when what is overdue can be told.
SELECT max(recorded_at) AS read_to FROM log_positions

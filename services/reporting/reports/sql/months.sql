-- One row a month of completion: what headlines and trends are made of.
SELECT
    date_trunc('month', completed_on)::date AS month,
    count(*) AS completed,
    count(*) FILTER (WHERE NOT late) AS on_time,
    count(*) FILTER (WHERE late) AS late,
    count(after) AS graded,
    count(*) FILTER (WHERE before IN ('good', 'outstanding')) AS good_before,
    count(*) FILTER (WHERE after IN ('good', 'outstanding')) AS good,
    count(*) FILTER (WHERE after = 'requires-improvement') AS requires_improvement,
    count(*) FILTER (WHERE after = 'inadequate') AS inadequate,
    count(*) FILTER (WHERE moderated) AS moderated,
    count(*) FILTER (WHERE compared) AS compared,
    count(*) FILTER (WHERE distance > 0) AS raised,
    count(*) FILTER (WHERE distance = 0) AS same,
    count(*) FILTER (WHERE distance < 0) AS lowered,
    count(*) FILTER (
        WHERE missed_inadequate AND moderator_grade = 'inadequate' AND auditor_grade <> 'inadequate'
    ) AS missed,
    count(*) FILTER (WHERE pool AND compared) AS pool,
    coalesce(sum(distance) FILTER (WHERE pool AND compared), 0) AS pool_difference,
    count(*) FILTER (WHERE child_feedback_obtained) AS child_feedback,
    count(*) FILTER (WHERE parent_feedback_obtained) AS parent_feedback,
    count(*) FILTER (WHERE practitioner_feedback_obtained) AS practitioner_feedback,
    count(*) FILTER (WHERE took_part IN ('worker', 'both')) AS worker_took_part,
    count(*) FILTER (WHERE reflective_discussion) AS discussion,
    count(*) FILTER (WHERE cared_for) AS cared_for_completed,
    count(after) FILTER (WHERE cared_for) AS cared_for_graded,
    count(*) FILTER (WHERE cared_for AND after IN ('good', 'outstanding')) AS cared_for_good,
    count(*) FILTER (WHERE cared_for AND after = 'requires-improvement') AS cared_for_requires_improvement,
    count(*) FILTER (WHERE cared_for AND after = 'inadequate') AS cared_for_inadequate,
    count(*) FILTER (WHERE cared_for AND moderated) AS cared_for_moderated,
    count(*) FILTER (WHERE cared_for AND child_feedback_obtained) AS cared_for_child_feedback,
    count(*) FILTER (WHERE cared_for AND parent_feedback_obtained) AS cared_for_parent_feedback
FROM completed
GROUP BY month
ORDER BY month

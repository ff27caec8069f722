-- Audits completed in the window that are no practice figure: calibrations, inspections.
SELECT count(*) AS audits
FROM audits AS a
WHERE KNOWN(a) AND a.authority = $1 AND a.state = 'completed' AND a.completed_on >= $2 AND a.completed_on < $3
    AND NOT a.in_practice_figures

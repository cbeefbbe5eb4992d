SELECT days, count(*) AS frauds, count(c.payment) AS known, round(100 * count(c.payment) / count(*), 1) AS share
FROM frauds f CROSS JOIN (VALUES (7), (30), (60)) waits(days)
LEFT JOIN chargebacks c ON c.payment = f.payment AND c.ts <= f.ts + to_days(days)
WHERE f.ts < TIMESTAMPTZ '2026-04-01 00:00:00+00' GROUP BY days ORDER BY days

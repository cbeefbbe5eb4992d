WITH members AS (
    SELECT visitor, min(ts) AS arrived, min(ts) FILTER (step = 'sign_up') AS signed, min(ts) FILTER (step = 'leave') AS gone
    FROM steps GROUP BY visitor
),
cohorts AS (
    SELECT *, epoch_ms(arrived - TIMESTAMPTZ '2026-03-02 00:00:00+00') // (7 * 86_400_000) + 1 AS week FROM members
)
SELECT week, count(*) AS members,
       round(100 * avg((coalesce(gone > signed + INTERVAL 7 DAYS, true))::INT), 1) AS after_1_week,
       round(100 * avg((coalesce(gone > signed + INTERVAL 14 DAYS, true))::INT), 1) AS after_2_weeks,
       round(100 * avg((coalesce(gone > signed + INTERVAL 28 DAYS, true))::INT), 1) AS after_4_weeks
FROM cohorts WHERE signed IS NOT NULL AND week <= 7 GROUP BY week ORDER BY week

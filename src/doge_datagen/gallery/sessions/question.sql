WITH gaps AS (
    SELECT *, ts - lag(ts) OVER (PARTITION BY visitor ORDER BY ts) AS gap
    FROM clicks
),
found AS (
    SELECT *, 1 + count(*) FILTER (gap > INTERVAL 30 MINUTES) OVER (PARTITION BY visitor ORDER BY ts) AS found
    FROM gaps
)
SELECT count(DISTINCT (visitor, found)) AS found,
       count(DISTINCT (visitor, session)) AS in_the_model,
       count(*) FILTER (found != session) AS clicks_that_differ,
       round(count(*) / count(DISTINCT (visitor, found)), 2) AS clicks_per_session
FROM found

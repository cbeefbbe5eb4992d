WITH gaps AS (
    SELECT user, lead(ts) OVER (PARTITION BY user ORDER BY ts) - ts AS gap FROM clicks
),
habits AS (
    SELECT user, count(*) AS clicks, avg((gap < INTERVAL 10 MINUTES)::INT) AS soon
    FROM gaps WHERE gap IS NOT NULL GROUP BY user HAVING count(*) >= 20
),
judged AS (
    SELECT *, CASE WHEN soon > 0.97 THEN 'bot' WHEN soon < 0.4 THEN 'stray' ELSE 'person' END AS seems FROM habits
)
SELECT kind, count(*) AS users, round(100 * avg(soon), 1) AS clicks_within_ten_minutes,
       sum((seems = 'person')::INT) AS seem_people, sum((seems = 'bot')::INT) AS seem_bots,
       sum((seems = 'stray')::INT) AS seem_stray
FROM judged JOIN users USING (user) GROUP BY kind ORDER BY kind

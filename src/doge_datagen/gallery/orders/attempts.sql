WITH tried AS (
    SELECT "order", max(attempts) AS attempts, bool_or(event = 'capture') AS captured
    FROM payments GROUP BY "order" HAVING bool_or(event IN ('capture', 'abandon'))
)
SELECT attempts, captured, count(*) AS orders, round(100 * count(*) / sum(count(*)) OVER (), 1) AS share
FROM tried GROUP BY ALL ORDER BY attempts, captured

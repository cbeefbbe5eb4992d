WITH seen AS (
    SELECT payment, amount,
           count(*) OVER (PARTITION BY card ORDER BY ts RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW) AS within_an_hour,
           avg(amount) OVER (PARTITION BY card ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS usual,
           row_number() OVER (PARTITION BY card, category ORDER BY ts) = 1 AS new_category
    FROM payments JOIN merchants USING (merchant)
),
judged AS (
    SELECT f.payment IS NOT NULL AS is_fraud, within_an_hour > 2 AS burst,
           coalesce(amount > 3 * usual, false) AND new_category AS unusual
    FROM seen LEFT JOIN frauds f ON f.payment = seen.payment
),
rules AS (
    SELECT is_fraud, unnest([
        {rule: '1 burst', flagged: burst}, {rule: '2 unusual', flagged: unusual}, {rule: '3 either', flagged: burst OR unusual}
    ], recursive := true) FROM judged
)
SELECT rule, sum(is_fraud::INT) AS frauds, sum(flagged::INT) AS flagged, sum((flagged AND is_fraud)::INT) AS caught,
       round(100 * sum((flagged AND is_fraud)::INT) / sum(flagged::INT), 1) AS precision,
       round(100 * sum((flagged AND is_fraud)::INT) / sum(is_fraud::INT), 1) AS recall
FROM rules GROUP BY rule ORDER BY rule

WITH counted AS (
    SELECT 2000 * (epoch_ms(ts) // 2000 - back) AS begins, auction, count(*) AS bids
    FROM bids CROSS JOIN range(5) backwards(back) GROUP BY ALL
)
SELECT epoch_ms(begins) AS begins, auction, bids FROM counted
QUALIFY bids = max(bids) OVER (PARTITION BY begins) ORDER BY begins, auction

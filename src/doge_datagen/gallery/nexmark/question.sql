WITH each AS (
    SELECT 'persons' AS stream, person, 1 AS records FROM persons
    UNION ALL SELECT 'auctions', seller, count(*) FROM auctions GROUP BY seller
    UNION ALL SELECT 'bids', bidder, count(*) FROM bids GROUP BY bidder
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY stream ORDER BY records DESC, person) AS rank,
           count(*) FILTER (stream = 'persons') OVER () AS persons FROM each
)
SELECT stream, sum(records) AS records, round(sum(records) / any_value(persons), 2) AS per_person,
       round(100 * sum(records) FILTER (100 * rank <= persons) / sum(records), 1) AS of_the_top_percent
FROM ranked GROUP BY stream ORDER BY records

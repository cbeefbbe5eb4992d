WITH winning AS (
    SELECT a.auction, a.category, max(b.price) AS price FROM auctions a JOIN bids b USING (auction)
    WHERE b.price >= a.reserve AND b.ts < a.expires AND a.expires <= (SELECT max(ts) FROM bids) GROUP BY ALL
)
SELECT category, round(avg(price), 2) AS average FROM winning GROUP BY category ORDER BY category

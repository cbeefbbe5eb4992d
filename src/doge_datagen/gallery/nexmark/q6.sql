WITH winning AS (
    SELECT a.auction, a.seller, a.expires, max(b.price) AS price FROM auctions a JOIN bids b USING (auction)
    WHERE b.price >= a.reserve AND b.ts < a.expires AND a.expires <= (SELECT max(ts) FROM bids) GROUP BY ALL
)
SELECT seller, auction, round(avg(price) OVER last_ten, 2) AS average FROM winning
WINDOW last_ten AS (PARTITION BY seller ORDER BY expires, auction ROWS 9 PRECEDING) ORDER BY seller, expires, auction

WITH winning AS (
    SELECT auction, max(b.price) AS price, arg_max(b.bidder, b.price) AS bidder
    FROM bids b JOIN auctions a USING (auction)
    WHERE b.price >= a.reserve AND b.ts < a.expires AND a.expires <= (SELECT max(ts) FROM bids) GROUP BY auction
),
known AS (SELECT * FROM sales WHERE ts <= (SELECT max(ts) FROM bids))
SELECT count(w.auction) AS found, count(k.auction) AS in_the_model,
       count(*) FILTER ((w.price, w.bidder) IS DISTINCT FROM (k.price, k.bidder)) AS different
FROM winning w FULL JOIN known k USING (auction)

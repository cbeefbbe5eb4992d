SELECT epoch_ms(10_000 * (epoch_ms(ts) // 10_000)) AS begins, auction, bidder, price FROM bids
QUALIFY price = max(price) OVER (PARTITION BY begins) ORDER BY begins, auction

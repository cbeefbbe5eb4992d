SELECT auction, price FROM bids WHERE auction % 123 = 0 ORDER BY auction, price

SELECT p.name, p.city, p.state, a.auction FROM auctions a JOIN persons p ON a.seller = p.person
WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA') ORDER BY a.auction

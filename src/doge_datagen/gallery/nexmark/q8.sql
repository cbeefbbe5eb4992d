SELECT p.person, p.name, epoch_ms(10_000 * (epoch_ms(p.ts) // 10_000)) AS begins, count(*) AS auctions
FROM persons p JOIN auctions a ON a.seller = p.person AND epoch_ms(a.ts) // 10_000 = epoch_ms(p.ts) // 10_000
GROUP BY ALL ORDER BY p.person

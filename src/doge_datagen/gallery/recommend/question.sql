WITH bought AS (SELECT DISTINCT user, cart, sku FROM carts),
sold AS (SELECT sku, count(*) AS times FROM bought GROUP BY sku),
together AS (
    SELECT a.sku, b.sku AS other, count(*) / sqrt(any_value(s.times) * any_value(t.times)) AS likeness
    FROM bought a JOIN bought b ON a.cart = b.cart AND a.sku <> b.sku
    JOIN sold s ON s.sku = a.sku JOIN sold t ON t.sku = b.sku GROUP BY ALL
),
scores AS (
    SELECT user, other AS sku, sum(likeness) AS score
    FROM bought JOIN together USING (sku) ANTI JOIN bought own ON own.user = bought.user AND own.sku = together.other
    GROUP BY ALL
),
recommended AS (
    SELECT * FROM scores QUALIFY row_number() OVER (PARTITION BY user ORDER BY round(score, 9) DESC, sku) <= 5
)
SELECT taste, count(DISTINCT user) AS users, round(100 * avg((category = taste)::INT), 1) AS recommended,
       (SELECT round(100 * avg((p.category = u.taste)::INT), 1) FROM carts JOIN products p USING (sku)) AS sold
FROM recommended JOIN users u USING (user) JOIN products USING (sku) GROUP BY taste ORDER BY taste

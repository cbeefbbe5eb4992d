SELECT (p.category = u.taste) AS of_taste, count(*) AS ratings, round(avg(stars), 2) AS stars
FROM ratings JOIN users u USING (user) JOIN products p USING (sku) GROUP BY of_taste ORDER BY of_taste DESC

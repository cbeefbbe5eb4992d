WITH summed AS (
    SELECT "order", count(*) AS lines, sum(quantity) AS items, sum(amount) AS amount FROM order_lines GROUP BY "order"
)
SELECT o.lines, count(*) AS orders, sum(o.items) AS items, sum(o.amount) AS amount,
       count(*) FILTER ((o.lines, o.items, o.amount) IS DISTINCT FROM (s.lines, s.items, s.amount)) AS wrong
FROM orders o LEFT JOIN summed s USING ("order") WHERE o.event = 'place' GROUP BY o.lines ORDER BY o.lines

WITH latest AS (
    SELECT "order", arg_max(event, ts) AS event, arg_max(amount, ts) AS amount FROM orders GROUP BY "order"
),
captured AS (SELECT "order", sum(amount) AS amount FROM payments WHERE event = 'capture' GROUP BY "order"),
refunded AS (SELECT "order", sum(amount) AS amount FROM returns WHERE event = 'refund' GROUP BY "order"),
announced AS (SELECT "order", sum(amount) AS amount FROM returns WHERE event = 'announce' GROUP BY "order"),
books AS (
    SELECT event, l.amount, coalesce(c.amount, 0) AS captured, coalesce(r.amount, 0) AS refunded,
           coalesce(a.amount, 0) - refunded AS to_refund
    FROM latest l LEFT JOIN captured c USING ("order") LEFT JOIN refunded r USING ("order")
    LEFT JOIN announced a USING ("order") WHERE event <> 'place'
)
SELECT event AS latest, count(*) AS orders, sum(amount) AS amount, sum(captured) AS captured,
       sum(refunded) AS refunded, sum(to_refund) AS to_refund,
       count(*) FILTER (captured - refunded - to_refund <> amount) AS wrong
FROM books GROUP BY event ORDER BY event

WITH placed AS (SELECT "order", ts FROM orders WHERE event = 'place' AND ts < TIMESTAMPTZ '2026-03-16 00:00:00+00'),
delivered AS (SELECT "order", max(ts) AS ts, count(*) AS parcels FROM shipments WHERE event = 'deliver' GROUP BY "order"),
times AS (SELECT parcels, epoch(d.ts - p.ts) / 3600 AS hours FROM placed p JOIN delivered d USING ("order"))
SELECT parcels, count(*) AS orders, round(quantile_cont(hours, 0.1)) AS p10, round(median(hours)) AS p50,
       round(quantile_cont(hours, 0.9)) AS p90, round(quantile_cont(hours, 0.99)) AS p99
FROM times GROUP BY parcels ORDER BY parcels

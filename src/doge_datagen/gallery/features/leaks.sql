WITH last_users AS (FROM users QUALIFY row_number() OVER (PARTITION BY user ORDER BY ts DESC) = 1),
last_pages AS (FROM pages QUALIFY row_number() OVER (PARTITION BY user ORDER BY ts DESC) = 1),
examples AS (
    SELECT ordered, unnest([
        {feature: 'member', at_the_decision: u.member, newest: v.member},
        {feature: 'more than 3 pages', at_the_decision: p.pages > 3, newest: q.pages > 3}
    ], recursive := true)
    FROM decisions d
    ASOF JOIN users u ON u.user = d.user AND u.ts <= d.ts
    ASOF JOIN pages p ON p.user = d.user AND p.ts <= d.ts
    JOIN last_users v ON v.user = d.user
    JOIN last_pages q ON q.user = d.user
)
SELECT feature, value, count(*) FILTER (at_the_decision = value) AS decisions,
       round(100 * avg(ordered::INT) FILTER (at_the_decision = value), 1) AS ordered_by_value_at_the_decision,
       round(100 * avg(ordered::INT) FILTER (newest = value), 1) AS ordered_by_newest_value
FROM examples CROSS JOIN (VALUES (true), (false)) v(value) GROUP BY feature, value ORDER BY feature, value DESC

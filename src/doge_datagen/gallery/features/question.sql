WITH last_users AS (FROM users QUALIFY row_number() OVER (PARTITION BY user ORDER BY ts DESC) = 1),
last_pages AS (FROM pages QUALIFY row_number() OVER (PARTITION BY user ORDER BY ts DESC) = 1),
examples AS (
    SELECT 'at the decision' AS features, d.city = u.city AS city, d.member = u.member AS member,
           d.pages = p.pages AS pages, d.total = p.total AS total
    FROM decisions d
    ASOF JOIN users u ON u.user = d.user AND u.ts <= d.ts
    ASOF JOIN pages p ON p.user = d.user AND p.ts <= d.ts
    UNION ALL
    SELECT 'newest', d.city = u.city, d.member = u.member, d.pages = p.pages, d.total = p.total
    FROM decisions d JOIN last_users u USING (user) JOIN last_pages p USING (user)
)
SELECT features, count(*) AS decisions, count(*) FILTER (NOT city) AS wrong_city,
       count(*) FILTER (NOT member) AS wrong_member, count(*) FILTER (NOT pages) AS wrong_pages,
       count(*) FILTER (NOT total) AS wrong_total
FROM examples GROUP BY features ORDER BY features

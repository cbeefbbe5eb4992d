WITH reached AS (
    SELECT variant, visitor,
           bool_or(step = 'visit') AS visited, bool_or(step = 'open_form') AS opened, bool_or(step = 'sign_up') AS signed
    FROM steps GROUP BY ALL
)
SELECT variant, count(*) AS visitors, sum(opened::INT) AS opened_the_form, sum(signed::INT) AS signed_up,
       round(100 * sum(signed::INT) / sum(opened::INT), 1) AS conversion
FROM reached GROUP BY variant ORDER BY variant

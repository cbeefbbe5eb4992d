SELECT level, count(DISTINCT session) AS sessions,
       round(count(*) / count(DISTINCT session), 1) AS pages_per_session,
       round(count(*) FILTER (page = 'NextSong') / count(DISTINCT session), 1) AS songs_per_session,
       count(*) FILTER (page IN ('Submit Upgrade', 'Submit Downgrade')) AS changes_of_level
FROM events WHERE auth = 'Logged In' GROUP BY level ORDER BY level

SELECT window.start AS minute, level, count(DISTINCT a) FILTER (WHERE b > 1.5BD) c, `odd name`.x[0]::INT, -a % 3,
CASE level WHEN 'free' THEN 1 ELSE CAST(NULL AS DOUBLE) END, INTERVAL '1 2:03' DAY TO MINUTE, transform(xs, x -> x + 1)
GROUP BY window(timestamp_millis(ts), '1 minute'), level HAVING count(*) > 1

-- SPDX-License-Identifier: MIT
-- Silver: what the business talks about.

-- One row for each play, with the columns that reports ask for.
CREATE OR REFRESH STREAMING TABLE listens (
  played_at TIMESTAMP, day DATE, hour INT, userId BIGINT, listener STRING, level STRING, paying BOOLEAN,
  artist STRING, song STRING, seconds DOUBLE, minutes DOUBLE, city STRING, state STRING, device STRING, sessionId BIGINT
) AS SELECT
  timestamp_millis(ts)                 AS played_at,
  date(timestamp_millis(ts))           AS day,
  hour(timestamp_millis(ts))           AS hour,
  userId,
  concat_ws(' ', firstName, lastName)  AS listener,
  level,
  level = 'paid'                       AS paying,
  trim(artist)                         AS artist,
  trim(song)                           AS song,
  duration                             AS seconds,
  round(duration / 60, 2)              AS minutes,
  city,
  state,
  CASE WHEN userAgent RLIKE 'iPhone|iPad|Android' THEN 'mobile' ELSE 'desktop' END AS device,
  sessionId
FROM STREAM(bronze.listen_events);

-- What each session did within an hour. A session that goes on past the hour has a row for each.
CREATE OR REFRESH STREAMING TABLE sessions AS SELECT
  sessionId,
  window.start                                     AS hour,
  min(timestamp_millis(ts))                        AS first_event,
  max(timestamp_millis(ts))                        AS last_event,
  (max(ts) - min(ts)) / 1000                       AS length_seconds,
  max(userId)                                      AS userId,
  max(level)                                       AS level,
  count(*)                                         AS events,
  count(song)                                      AS plays,
  sum(duration)                                    AS seconds_listened,
  avg(duration)                                    AS mean_song_seconds,
  count(CASE WHEN status >= 400 THEN 1 END)        AS errors
FROM STREAM(bronze.page_view_events) WATERMARK timestamp_millis(ts) DELAY OF INTERVAL 10 MINUTES
GROUP BY window(timestamp_millis(ts), '1 hour'), sessionId;

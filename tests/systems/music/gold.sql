-- SPDX-License-Identifier: MIT
-- Gold: counts for a dashboard. A streaming table grows as minutes are complete, a materialized view is made anew.
CREATE OR REFRESH STREAMING TABLE plays_per_minute AS SELECT
  window.start AS minute, level, count(*) AS plays, sum(seconds) AS seconds
FROM STREAM(silver.listens) WATERMARK played_at DELAY OF INTERVAL 10 MINUTES
GROUP BY window(played_at, '1 minute'), level;

CREATE OR REFRESH MATERIALIZED VIEW plays_per_song AS SELECT
  artist, song, count(*) AS plays, sum(seconds) AS seconds
FROM silver.listens GROUP BY artist, song;

CREATE OR REFRESH MATERIALIZED VIEW plays_per_city AS SELECT
  state, city, count(*) AS plays, count(DISTINCT userId) AS listeners
FROM silver.listens GROUP BY state, city;

CREATE OR REFRESH MATERIALIZED VIEW active_users AS SELECT
  level, count(DISTINCT userId) AS users, count(*) AS plays, sum(seconds) AS seconds
FROM silver.listens GROUP BY level;

CREATE OR REFRESH STREAMING TABLE listen_events (
  artist STRING, song STRING, duration DOUBLE, ts BIGINT NOT NULL, sessionId BIGINT, auth STRING, level STRING,
  itemInSession INT, city STRING, zip STRING, state STRING, userAgent STRING, lon DOUBLE, lat DOUBLE,
  userId BIGINT, lastName STRING, firstName STRING, gender STRING, registration BIGINT,
  CONSTRAINT has_user    EXPECT (userId IS NOT NULL)         ON VIOLATION DROP ROW,
  CONSTRAINT known_level EXPECT (level IN ('free', 'paid'))  ON VIOLATION DROP ROW,
  CONSTRAINT is_played   EXPECT (duration > 0)               ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(raw.listen_events);

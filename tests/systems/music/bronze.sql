-- SPDX-License-Identifier: MIT
-- Bronze: the four event types as they came, without rows that nobody can use. ts is in milliseconds.
CREATE OR REFRESH STREAMING TABLE listen_events (
  artist STRING, song STRING, duration DOUBLE, ts BIGINT NOT NULL, sessionId BIGINT NOT NULL, auth STRING,
  level STRING, itemInSession INT, city STRING, zip STRING, state STRING, userAgent STRING, lon DOUBLE, lat DOUBLE,
  userId BIGINT, lastName STRING, firstName STRING, gender STRING, registration BIGINT,
  CONSTRAINT known_level   EXPECT (level IN ('free', 'paid'))                    ON VIOLATION DROP ROW,
  CONSTRAINT has_user      EXPECT (userId IS NOT NULL OR auth != 'Logged In')    ON VIOLATION DROP ROW,
  CONSTRAINT real_duration EXPECT (duration > 0)                                 ON VIOLATION DROP ROW,
  CONSTRAINT has_song      EXPECT (song IS NOT NULL AND artist IS NOT NULL)
) AS SELECT * FROM STREAM(raw.listen_events);

CREATE OR REFRESH STREAMING TABLE page_view_events (
  ts BIGINT NOT NULL, sessionId BIGINT NOT NULL, page STRING, auth STRING, method STRING, status INT, level STRING,
  itemInSession INT, city STRING, zip STRING, state STRING, userAgent STRING, lon DOUBLE, lat DOUBLE,
  userId BIGINT, lastName STRING, firstName STRING, gender STRING, registration BIGINT,
  artist STRING, song STRING, duration DOUBLE,
  CONSTRAINT known_level   EXPECT (level IN ('free', 'paid'))                    ON VIOLATION DROP ROW,
  CONSTRAINT has_user      EXPECT (userId IS NOT NULL OR auth NOT IN ('Logged In', 'Cancelled')) ON VIOLATION DROP ROW,
  CONSTRAINT real_duration EXPECT (duration IS NULL OR duration > 0)             ON VIOLATION DROP ROW,
  CONSTRAINT no_error_page EXPECT (status < 400)
) AS SELECT * FROM STREAM(raw.page_view_events);

CREATE OR REFRESH STREAMING TABLE auth_events (
  ts BIGINT NOT NULL, sessionId BIGINT NOT NULL, level STRING, itemInSession INT, city STRING, zip STRING,
  state STRING, userAgent STRING, lon DOUBLE, lat DOUBLE, userId BIGINT, lastName STRING, firstName STRING,
  gender STRING, registration BIGINT, success BOOLEAN NOT NULL,
  CONSTRAINT known_level   EXPECT (level IN ('free', 'paid'))                    ON VIOLATION DROP ROW,
  CONSTRAINT has_user      EXPECT (userId IS NOT NULL OR NOT success)            ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(raw.auth_events);

CREATE OR REFRESH STREAMING TABLE status_change_events (
  ts BIGINT NOT NULL, sessionId BIGINT NOT NULL, auth STRING, level STRING, itemInSession INT, city STRING,
  zip STRING, state STRING, userAgent STRING, lon DOUBLE, lat DOUBLE, userId BIGINT, lastName STRING,
  firstName STRING, gender STRING, registration BIGINT,
  CONSTRAINT known_level   EXPECT (level IN ('free', 'paid'))                    ON VIOLATION DROP ROW,
  CONSTRAINT has_user      EXPECT (userId IS NOT NULL)                           ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(raw.status_change_events);

-- SPDX-License-Identifier: MIT
-- Error logs of Apache. Bronze: the fields of each line.
CREATE OR REFRESH STREAMING TABLE bronze_error (
  time TIMESTAMP_NTZ NOT NULL, level STRING, module STRING, pid INT, tid BIGINT, client STRING, message STRING,
  CONSTRAINT known_level EXPECT (level IN ('emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'))
) AS SELECT * FROM STREAM(raw.error);

-- Silver: what is wrong, where.
CREATE OR REFRESH STREAMING TABLE silver_error AS SELECT
  time,
  date(time)                               AS day,
  hour(time)                               AS hour,
  level,
  module,
  client,
  regexp_extract(message, '^(AH[0-9]+)', 1) AS code,
  message
FROM STREAM(bronze_error);

-- SPDX-License-Identifier: MIT
-- Access logs. Bronze: the fields of each line, as medal-ingest --format weblog gives them.
CREATE OR REFRESH STREAMING TABLE bronze_access (
  host STRING NOT NULL, ident STRING, user STRING, time TIMESTAMP NOT NULL, method STRING, path STRING,
  protocol STRING, status INT NOT NULL, bytes BIGINT, referer STRING, user_agent STRING,
  CONSTRAINT real_status  EXPECT (status BETWEEN 100 AND 599)                        ON VIOLATION DROP ROW,
  CONSTRAINT known_method EXPECT (method IN ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'))
) AS SELECT * FROM STREAM(raw.access);

-- Silver: clean and derived columns, which all of gold is counted from.
CREATE OR REFRESH STREAMING TABLE silver_access AS SELECT
  time,
  date(time)                                        AS day,
  hour(time)                                        AS hour,
  host,
  method,
  split_part(path, '?', 1)                          AS path,
  status,
  concat(substr(CAST(status AS STRING), 1, 1), 'xx') AS status_class,
  coalesce(bytes, 0)                                AS bytes,
  regexp_extract(referer, '^https?://([^/:]+)', 1)  AS referer_host,
  user_agent RLIKE '(?i)bot|crawl|spider|slurp'     AS robot
FROM STREAM(bronze_access);

# SPDX-License-Identifier: MIT
#
# Timestamps stand in the session's zone with its offset, daylight saving included; intervals as Spark's results show
# them. Both read back as what they are.
Q="SELECT TIMESTAMP '2024-01-01 00:00:00' AS winter, TIMESTAMP '2024-07-01 12:30:00.5' AS summer,
 TIMESTAMP_NTZ '2024-07-01 12:30:00' AS local, INTERVAL '1-2' YEAR TO MONTH AS ym, INTERVAL '-3 04:05:06.7' DAY TO SECOND AS ds"
printf '{}\n' | medal-transform --timezone America/Los_Angeles "$Q"
printf '{}\n' | medal-transform "$Q"

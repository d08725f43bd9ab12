# SPDX-License-Identifier: MIT
printf '%s\n' '10.0.0.1 - ann [28/Feb/2024:23:30:00 -0100] "GET /a%20b?q=\"x\" HTTP/1.1" 200 12 "-" "curl/8.0"' \
	'10.0.0.2 - - [29/Feb/2024:00:00:00 +0000] "-" 408 -' 'no log line' >access.log
echo '2024/02/29 00:00:00 [error] 7#9: *1 open() "/x" failed, client: 10.0.0.3, server: _' >error.log
echo '[Thu Feb 29 00:00:00.500000 2024] [core:error] [pid 7:tid 9] [client 10.0.0.4:51000] AH00037: gone' >httpd_error_log
medal-ingest access.log && medal-ingest error.log && medal-ingest httpd_error_log

/* SPDX-License-Identifier: MIT
 *
 * Web-server logs to NDJSON, in Apache's and nginx's own formats:
 *
 *   access: common, combined (both servers), combined with a virtual host in front
 *           (Apache's vhost_combined), and nginx's "main" with forwarded_for at the end:
 *     {"vhost":"www.x.org:443","host":"10.0.0.1","ident":null,"user":"ann","time":"2015-05-17T10:05:03Z",
 *      "method":"GET","path":"/x","protocol":"HTTP/1.1","status":200,"bytes":203023,
 *      "referer":null,"user_agent":"curl/7.1","forwarded_for":null}
 *   error: Apache 2.2, Apache 2.4, nginx:
 *     {"time":"2011-09-09T10:42:29.902022","level":"error","module":"core","pid":35708,"tid":4328636416,
 *      "client":"72.15.99.187","message":"File does not exist: /x"}
 *
 * vhost, referer, user_agent and forwarded_for are there when the line's format has them; the other members
 * always, null when the log has "-", nothing, or no such field. A request line that is not "METHOD PATH PROTOCOL"
 * or "METHOD PATH" (scanners, TLS on a plain port) gives null for the three and stands whole in "request".
 * Escapes of the server (\", \\, \xHH, \n ...) are resolved, unless that would not give UTF-8: then the text
 * stays as the log has it. Access times are in UTC; error logs have no zone, so their time has no Z. The
 * message of an error log is all that follows the fields above; nginx's and Apache's "client" is taken out of
 * it as address without port, and nginx's stays in the text as well.
 * A line in no known form is a bad row (rows.h). Blank lines are skipped and counted.
 */
#ifndef MDL_SOURCE_WEBLOG_READER_H
#define MDL_SOURCE_WEBLOG_READER_H

#include <stddef.h>

#include "base/slice.h"
#include "source/rows.h"

enum mdl_weblog_kind {
	MDL_WEBLOG_AUTO, /* what the first line that has a known form is; one kind a file */
	MDL_WEBLOG_ACCESS,
	MDL_WEBLOG_APACHE_ERROR,
	MDL_WEBLOG_NGINX_ERROR,
};

struct mdl_weblog_opts {
	enum mdl_weblog_kind kind;
};

/* The state of one file; zero-filled with the wanted kind is its start. */
struct mdl_weblog_reader {
	enum mdl_weblog_kind kind;
};

/* Convert whole lines at the front of [p, p + n) until the block in OUT is full; *USED gets the bytes taken.
 * Writes '\n' to p[n]; 32 bytes from p + n must be readable. */
void mdl_weblog_reader_run(struct mdl_weblog_reader *w, char *p, size_t n, enum mdl_rows_input input,
			   struct mdl_rows *out, size_t *used);
/* One line (without its end), valid UTF-8 or not; appended to OUT as a row or a bad row. */
void mdl_weblog_reader_line(struct mdl_weblog_reader *w, struct mdl_slice line, struct mdl_rows *out);

#endif

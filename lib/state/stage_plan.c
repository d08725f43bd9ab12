/* SPDX-License-Identifier: MIT
 *
 * Plans of stages: see stage_plan.h.
 */
#include "state/stage_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

static const char folder[] = "medal/plan";

static char *name_of(int64_t epoch, const char *stage)
{
	char *name = mdl_asprintf("%" PRId64 ".%s", epoch, stage);
	for (char *c = name; (c = strchr(c, '/'));)
		*c = '.';
	return name;
}

char *mdl_stage_plan_path(const struct mdl_begin *b, const char *stage, uint64_t before)
{
	char *name = name_of((int64_t)b->epoch - (int64_t)before, stage);
	char *path = mdl_asprintf("%s/%s/%s", b->checkpoint, folder, name);
	free(name);
	return path;
}

int mdl_stage_plan_write(const struct mdl_begin *b, const char *stage, struct mdl_slice text, uint64_t before,
			 struct mdl_err *err)
{
	char *dir = mdl_path_join(b->checkpoint, folder), *name = name_of((int64_t)b->epoch, stage);
	char *old = mdl_stage_plan_path(b, stage, before);
	int r = mdl_dir_make(dir, err) || mdl_file_replace(dir, name, text, err) || mdl_file_remove(old, err);
	free(old);
	free(name);
	free(dir);
	return r ? -1 : 0;
}

int mdl_stage_plan_read(const struct mdl_begin *b, const char *stage, struct mdl_buf *out,
			struct mdl_err *err)
{
	char *path = mdl_stage_plan_path(b, stage, 0);
	int r = mdl_file_read(path, out, err);
	free(path);
	return r;
}

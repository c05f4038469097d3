// SPDX-License-Identifier: GPL-2.0-only
#include "mode.h"
#include "../freestanding.h"

static const struct mode *const modes[] = {
	&mode_sev,
	&mode_sme,
	&mode_snp,
	&mode_tdx,
};

const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i]->name, name))
			return modes[i];
	return NULL;
}

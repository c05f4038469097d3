/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's command line, words with a space between them:
 *
 *   mode=NAME ram=N[M] [strict] [fill=poison|zero|old] [accept=eager|lazy]
 */
#ifndef MONITOR_OPTIONS_H
#define MONITOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "planes.h"

struct options {
	char mode[16]; /* which kind of guest: the architecture knows which there are */
	uint64_t ram; /* bytes */
	bool strict;
	enum planes_fill fill;
	bool lazy; /* the guest finds memory that is not accepted */
};

/* fatal() where a word is missing or means nothing. Words that are no option are passed over. */
void options_read(struct options *options, const char *line);

#endif

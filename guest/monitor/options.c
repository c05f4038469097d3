// SPDX-License-Identifier: GPL-2.0-only
#include "freestanding.h"
#include "log.h"
#include "options.h"

/* What the layouts of all architectures leave for a plane. */
#define RAM_ROOM (1ul << 30)

/* A part of the command line: the value behind a key. */
struct value {
	const char *text; /* NULL: the line does not have the key */
	size_t length;
};

/* The first word that begins with key. */
static struct value find(const char *line, const char *key)
{
	while (*line) {
		const char *end = line;

		while (*end && *end != ' ')
			end++;
		if ((size_t)(end - line) >= strlen(key) && !memcmp(line, key, strlen(key)))
			return (struct value){ line + strlen(key), end - line - strlen(key) };
		line = *end ? end + 1 : end;
	}
	return (struct value){};
}

static void read_mode(struct options *options, const char *line)
{
	struct value value = find(line, "mode=");

	if (!value.text || value.length >= sizeof(options->mode))
		fatal("command line: mode=NAME is missing or too long");
	memset(options->mode, 0, sizeof(options->mode));
	memcpy(options->mode, value.text, value.length);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void read_ram(struct options *options, const char *line)
{
	const uint64_t max = RAM_ROOM - 2 * LARGE_PAGE_SIZE;
	struct value value = find(line, "ram=");
	uint64_t mib = 0;
	size_t at = 0;

	for (; at < value.length && is_digit(value.text[at]) && mib < 4096; at++)
		mib = mib * 10 + value.text[at] - '0';
	if (at < value.length && value.text[at] == 'M')
		at++;
	if (at < value.length || !mib || mib % 2 || mib << 20 > max)
		fatal("command line: ram=N wants an even number of MiB, at most %lu", max >> 20);
	options->ram = mib << 20;
}

static void read_strict(struct options *options, const char *line)
{
	struct value value = find(line, "strict");

	options->strict = value.text && !value.length;
}

/* The index of the key's word in names; 0 where the line does not have the key. */
static unsigned int choose(const char *line, const char *key, const char *const names[],
			   unsigned int count, const char *wanted)
{
	struct value value = find(line, key);

	if (!value.text)
		return 0;
	for (unsigned int i = 0; i < count; i++)
		if (value.length == strlen(names[i]) && !memcmp(value.text, names[i], value.length))
			return i;
	fatal("command line: %s wants %s", key, wanted);
}

static void read_fill(struct options *options, const char *line)
{
	static const char *const names[] = {
		[PLANES_FILL_POISON] = "poison",
		[PLANES_FILL_ZERO] = "zero",
		[PLANES_FILL_OLD] = "old",
	};

	options->fill = choose(line, "fill=", names, 3, "poison, zero or old");
}

static void read_accept(struct options *options, const char *line)
{
	static const char *const names[] = { "eager", "lazy" };

	options->lazy = choose(line, "accept=", names, 2, "eager or lazy");
}

void options_read(struct options *options, const char *line)
{
	read_mode(options, line);
	read_ram(options, line);
	read_strict(options, line);
	read_fill(options, line);
	read_accept(options, line);
}

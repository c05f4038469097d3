// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture-parse.h"

#define BYTES_PER_PIXEL 3
#define FIRST_ROOM	(64 * 1024)

bool ccp_capture_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len >= 1 && len <= 63 && !name[len];
}

/* One line without its newline. A NUL would hide what follows it. */
static int read_line(const struct ccp_capture_source *source, char line[CCP_CAPTURE_MAX_LINE + 1])
{
	for (size_t len = 0; len < CCP_CAPTURE_MAX_LINE; len++) {
		ssize_t got = source->read(source->state, &line[len], 1);

		if (got < 0)
			return (int)got;
		if (!got || !line[len])
			return -EPROTO;
		if (line[len] == '\n') {
			line[len] = '\0';
			return 0;
		}
	}

	return -EPROTO;
}

/* Moves *text past a number of 1 to 5 digits; 0 where there is none, or it is no possible side. */
static uint32_t parse_side(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	uint32_t side = 0;

	if (digits > 5)
		return 0;

	while (digits--)
		side = side * 10 + (uint32_t)(*(*text)++ - '0');

	return side <= CCP_CAPTURE_MAX_SIDE ? side : 0;
}

static int parse_line(const char *line, struct ccp_capture *capture)
{
	if (!strncmp(line, "error ", 6))
		return -EIO;
	if (strncmp(line, "ok ", 3))
		return -EPROTO;
	line += 3;

	capture->width = parse_side(&line);
	if (!capture->width || *line++ != ' ')
		return -EPROTO;

	capture->height = parse_side(&line);
	if (!capture->height || *line)
		return -EPROTO;

	return 0;
}

/* Grows with what comes, so that an answer that promises too much costs nothing. */
static int read_pixels(const struct ccp_capture_source *source, size_t size, uint8_t **pixels)
{
	size_t room = 0, len = 0;
	uint8_t *data = NULL;
	int err;

	while (len < size) {
		ssize_t got;

		if (len == room) {
			uint8_t *grown;

			room = room ? room * 2 : FIRST_ROOM;
			if (room > size)
				room = size;
			grown = realloc(data, room);
			if (!grown) {
				err = -ENOMEM;
				goto err_free;
			}
			data = grown;
		}

		got = source->read(source->state, data + len, room - len);
		if (got <= 0) {
			err = got ? (int)got : -EPROTO;
			goto err_free;
		}
		len += (size_t)got;
	}

	*pixels = data;
	return 0;

err_free:
	free(data);
	return err;
}

int ccp_capture_parse(const struct ccp_capture_source *source, struct ccp_capture *capture)
{
	char line[CCP_CAPTURE_MAX_LINE + 1];
	struct ccp_capture found = { 0 };
	int err;

	err = read_line(source, line);
	if (err)
		return err;

	err = parse_line(line, &found);
	if (err)
		return err;

	err = read_pixels(source, (size_t)found.width * found.height * BYTES_PER_PIXEL, &found.rgb);
	if (err)
		return err;

	*capture = found;
	return 0;
}

void ccp_capture_free(struct ccp_capture *capture)
{
	free(capture->rgb);
	*capture = (struct ccp_capture){ 0 };
}

uint32_t ccp_capture_pixel(const struct ccp_capture *capture, uint32_t x, uint32_t y)
{
	const uint8_t *rgb = capture->rgb + ((size_t)y * capture->width + x) * BYTES_PER_PIXEL;

	return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

uint64_t ccp_capture_word(const struct ccp_capture *capture, uint32_t x, uint32_t y,
			  uint64_t expected)
{
	uint64_t word = (uint64_t)ccp_capture_pixel(capture, x + 1, y) << 32 |
			ccp_capture_pixel(capture, x, y);

	return word ? word | (expected & CCP_CAPTURE_UNUSED) : 0;
}

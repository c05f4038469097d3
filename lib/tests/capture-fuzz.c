// SPDX-License-Identifier: MIT
/* libFuzzer: any answer, in pieces whose size the first byte says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture-parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
	const uint8_t *data;
	size_t size, piece;
};

static ssize_t read_answer(void *state, void *data, size_t size)
{
	struct answer *answer = state;

	if (size > answer->piece)
		size = answer->piece;
	if (size > answer->size)
		size = answer->size;
	memcpy(data, answer->data, size);
	answer->data += size;
	answer->size -= size;
	return (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ccp_capture capture = { 0 };
	struct answer answer;
	int err;

	if (!size)
		return 0;

	answer = (struct answer){ .data = data + 1, .size = size - 1, .piece = data[0] + 1u };
	err = ccp_capture_parse(
		&(struct ccp_capture_source){ .read = read_answer, .state = &answer }, &capture);

	if (err) {
		if (capture.rgb || (err != -EPROTO && err != -EIO))
			abort();
		return 0;
	}

	if (!capture.width || capture.width > CCP_CAPTURE_MAX_SIDE || !capture.height ||
	    capture.height > CCP_CAPTURE_MAX_SIDE)
		abort();
	ccp_capture_pixel(&capture, 0, 0);
	ccp_capture_pixel(&capture, capture.width - 1, capture.height - 1);
	ccp_capture_free(&capture);
	return 0;
}

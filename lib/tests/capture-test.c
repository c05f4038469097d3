// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture-parse.h"
#include "tap.h"

/* Hands out an answer in pieces of at most piece bytes; then the end, or end_error. */
struct answer {
	const char *data;
	size_t size, piece;
	int end_error;
};

static ssize_t read_answer(void *state, void *data, size_t size)
{
	struct answer *answer = state;

	if (!answer->size)
		return answer->end_error;
	if (size > answer->piece)
		size = answer->piece;
	if (size > answer->size)
		size = answer->size;
	memcpy(data, answer->data, size);
	answer->data += size;
	answer->size -= size;
	return (ssize_t)size;
}

static int parse(struct answer answer, struct ccp_capture *capture, size_t *left)
{
	struct ccp_capture_source source = { .read = read_answer, .state = &answer };
	int err = ccp_capture_parse(&source, capture);

	if (left)
		*left = answer.size;
	return err;
}

static void test_good(void)
{
	static const char data[] = "ok 2 3\nabcdefghijklmnopqrNEXT";
	struct ccp_capture capture;
	size_t left;

	for (size_t piece = 1; piece < sizeof(data); piece++) {
		check_eq(
			parse((struct answer){ data, sizeof(data) - 1, piece, 0 }, &capture, &left),
			0);
		check_eq(left, 4);
		check_eq(capture.width, 2);
		check_eq(capture.height, 3);
		check_eq(ccp_capture_pixel(&capture, 0, 0), 0x616263);
		check_eq(ccp_capture_pixel(&capture, 1, 0), 0x646566);
		check_eq(ccp_capture_pixel(&capture, 1, 2), 0x707172);
		ccp_capture_free(&capture);
		check(!capture.rgb);
	}
}

static void test_large(void)
{
	const char line[] = "ok 640 400\n";
	size_t size = strlen(line) + 640 * 400 * 3;
	char *data = calloc(1, size);
	struct ccp_capture capture;

	check(data);
	memcpy(data, line, strlen(line));
	data[size - 1] = 0x42;
	check_eq(parse((struct answer){ data, size, 4096, 0 }, &capture, NULL), 0);
	check_eq(ccp_capture_pixel(&capture, 639, 399), 0x42);
	ccp_capture_free(&capture);
	free(data);
}

static void test_bad(void)
{
	static const struct {
		const char *answer;
		int err;
	} cases[] = {
		{ "", -EPROTO },
		{ "ok 2 3", -EPROTO },
		{ "ok 2 3\n", -EPROTO },
		{ "ok 2 3\nabcdefghijklmnopq", -EPROTO },
		{ "ok 16384 16384\nabc", -EPROTO },
		{ "ok 0 3\n", -EPROTO },
		{ "ok 3 0\n", -EPROTO },
		{ "ok -2 3\n", -EPROTO },
		{ "ok +2 3\n", -EPROTO },
		{ "ok 2 -3\n", -EPROTO },
		{ "ok  2 3\n", -EPROTO },
		{ "ok 2  3\n", -EPROTO },
		{ "ok 2\n", -EPROTO },
		{ "ok 2 \n", -EPROTO },
		{ "ok 2 3 \n", -EPROTO },
		{ "ok 2 3 4\n", -EPROTO },
		{ "ok 2 3\r\n", -EPROTO },
		{ "ok 2x3\n", -EPROTO },
		{ "ok 0x2 3\n", -EPROTO },
		{ "ok 16385 1\na", -EPROTO },
		{ "ok 1 16385\na", -EPROTO },
		{ "ok 99999 99999\n", -EPROTO },
		{ "ok 4294967297 1\nabc", -EPROTO },
		{ "ok 18446744073709551617 1\nabc", -EPROTO },
		{ "ok\n", -EPROTO },
		{ "OK 1 1\nabc", -EPROTO },
		{ "okay 1 1\nabc", -EPROTO },
		{ "\n", -EPROTO },
		{ "ready\n", -EPROTO },
		{ "error\n", -EPROTO },
		{ "error no surface\n", -EIO },
		{ "error \n", -EIO },
		{ "error no end", -EPROTO },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ccp_capture capture = { .width = 42 };
		struct answer answer = { cases[i].answer, strlen(cases[i].answer), 64, 0 };
		int err = parse(answer, &capture, NULL);

		if (err != cases[i].err)
			printf("# answer: \"%s\"\n", cases[i].answer);
		check_eq(err, cases[i].err);
		check_eq(capture.width, 42);
	}
}

static void test_embedded_nul(void)
{
	static const char data[] = "ok 1 1\0\nabc";
	struct ccp_capture capture = { 0 };

	check_eq(parse((struct answer){ data, sizeof(data) - 1, 64, 0 }, &capture, NULL), -EPROTO);
}

static void test_endless_line(void)
{
	char data[1000];
	struct ccp_capture capture = { 0 };
	size_t left;

	memset(data, 'x', sizeof(data));
	check_eq(parse((struct answer){ data, sizeof(data), 64, 0 }, &capture, &left), -EPROTO);
	check_eq(left, sizeof(data) - CCP_CAPTURE_MAX_LINE);
}

static void test_source_errors(void)
{
	struct ccp_capture capture = { 0 };

	check_eq(parse((struct answer){ "ok 1", 4, 64, -ETIMEDOUT }, &capture, NULL), -ETIMEDOUT);
	check_eq(parse((struct answer){ "ok 1 1\na", 8, 64, -ETIMEDOUT }, &capture, NULL),
		 -ETIMEDOUT);
	check(!capture.rgb);
}

static void test_words(void)
{
	uint8_t rgb[] = { 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	const struct ccp_capture capture = { .width = 4, .height = 2, .rgb = rgb };

	check_eq(ccp_capture_word(&capture, 0, 0, 0xcc000000dd000000), 0xcc040506dd010203);
	check_eq(ccp_capture_word(&capture, 0, 0, 0xccffffffddffffff), 0xcc040506dd010203);
	check_eq(ccp_capture_word(&capture, 2, 0, 0xcc000000dd000000), 0);
	check_eq(ccp_capture_word(&capture, 0, 1, 0xcc000000dd000000), 0xcc000000dd070809);
	check_eq(ccp_capture_word(&capture, 2, 1, 0xcc000000dd000000), 0xcc000001dd000000);
}

static void test_names(void)
{
	char longest[65];

	memset(longest, 'a', 64);
	longest[63] = '\0';
	check(ccp_capture_name_valid("a"));
	check(ccp_capture_name_valid("virtgpu-scanout-2"));
	check(ccp_capture_name_valid(longest));
	longest[63] = 'a';
	longest[64] = '\0';
	check(!ccp_capture_name_valid(longest));
	check(!ccp_capture_name_valid(""));
	check(!ccp_capture_name_valid("A"));
	check(!ccp_capture_name_valid("a b"));
	check(!ccp_capture_name_valid("../a"));
	check(!ccp_capture_name_valid("a\n"));
}

static void test_take_refuses_names(void)
{
	struct ccp_capture capture = { .width = 42 };

	check_eq(ccp_capture_take("no/such", &capture), -EINVAL);
	check_eq(capture.width, 42);
}

static bool make_port(const char *dir, const char *node, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	if (mkdir(path, 0700))
		return false;
	snprintf(path, sizeof(path), "%s/%s/name", dir, node);
	file = fopen(path, "w");
	if (!file)
		return false;
	fprintf(file, "%s\n", name);
	return !fclose(file);
}

static void remove_port(const char *dir, const char *node)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/name", dir, node);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", dir, node);
	rmdir(path);
}

static void test_find_port(void)
{
	char dir[] = "/tmp/ccprime-capture-XXXXXX", node[64] = "";
	bool made;
	int err, none, missing;

	check(mkdtemp(dir));
	made = make_port(dir, "vport1p1", "ccprime.control.other") &&
	       make_port(dir, "vport1p2", "ccprime.control") && make_port(dir, "vport2p1", "x");
	err = ccp_capture_find_port(dir, "ccprime.control", node);
	none = ccp_capture_find_port(dir, "ccprime", (char[64]){ 0 });
	remove_port(dir, "vport1p1");
	remove_port(dir, "vport1p2");
	remove_port(dir, "vport2p1");
	rmdir(dir);
	missing = ccp_capture_find_port(dir, "ccprime.control", (char[64]){ 0 });

	check(made);
	check_eq(err, 0);
	check_str(node, "vport1p2");
	check_eq(none, -ENODEV);
	check_eq(missing, -ENODEV);
}

static const struct tap_test tests[] = {
	{ "a good answer, in pieces of any size", test_good },
	{ "a full screen", test_large },
	{ "bad answers are refused and change nothing", test_bad },
	{ "a NUL in the line is refused", test_embedded_nul },
	{ "a line without end is given up", test_endless_line },
	{ "an error of the source is passed on", test_source_errors },
	{ "two pixels are a word of memory", test_words },
	{ "names are checked", test_names },
	{ "take refuses a bad name", test_take_refuses_names },
	{ "the port is found by its whole name", test_find_port },
};

TAP_MAIN(tests)

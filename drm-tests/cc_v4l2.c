/* SPDX-License-Identifier: MIT */
/**
 * TEST: cc v4l2
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: V4L2_MEMORY_DMABUF with vivid's vmalloc allocator
 * Test category: functionality test
 * Description: A driver outside DRM that writes and reads foreign memory through the heap's vmap:
 *	vivid captures a known picture into a buffer, and sends one from a buffer.
 *
 * SUBTEST: capture-is-the-test-picture
 * Description: Each byte of a frame is written to a shared buffer, and shows the colour bars.
 *
 * SUBTEST: capture-equals-native
 * Description: A frame in a shared buffer is the frame that the driver writes to its own memory.
 *
 * SUBTEST: capture-lands-in-shared-plane
 * Description: A device would see the frame that the driver wrote to a shared buffer.
 *
 * SUBTEST: capture-leaves-the-rest-alone
 * Description: The driver writes the frame's bytes of a larger buffer and no others.
 *
 * SUBTEST: capture-into-several-buffers
 * Description: Each of several queued shared buffers gets a frame.
 *
 * SUBTEST: capture-after-fd-is-closed
 * Description: The driver writes to memory whose file descriptor was closed after queueing.
 *
 * SUBTEST: buffer-smaller-than-a-frame-is-refused
 * Description: A driver is not given a shared buffer that it would write past.
 *
 * SUBTEST: output-from-shared-comes-back
 * Description: The driver reads each byte that it sends from a shared buffer.
 *
 * SUBTEST: output-from-shared-to-shared
 * Description: What the driver copies from one shared buffer to another is in the shared plane, and
 *	only there.
 *
 * SUBTEST: output-from-shared-to-private
 * Description: What the driver writes to a private buffer never is in the shared plane.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "igt.h"
#include "ccprime.h"
#include "cc_check.h"
#include "cc_sizes.h"

IGT_TEST_DESCRIPTION("A driver outside DRM that writes and reads foreign memory through the heap's "
		     "vmap: vivid captures a known picture into a buffer, and sends one from a "
		     "buffer.");

/* A frame has chunks of each size that the heap gets: three of 1 MiB, eight of 64 KiB, four of 4 KiB. */
#define WIDTH  1280
#define HEIGHT 720
#define SIZE   ((size_t)WIDTH * HEIGHT * 4)
#define WORDS  (SIZE / sizeof(uint64_t))

#define QUEUED	    3
#define MAX_DEVICES 64

/* A frame takes a fraction of a second, on an emulated CPU too. */
#define FRAME_MS 10000

/* vivid's own controls, by their names */
#define TEXT	     "OSD Text Mode"
#define NO_TEXT	     2
#define CONNECTED_TO "HDMI 000-0 Is Connected To"
#define FIRST_OUTPUT 2 /* after the test picture generator and nothing */

/* One of vivid's queues. */
struct queue {
	int fd;
	enum v4l2_buf_type type;
};

static void request(int fd, unsigned long number, const char *name, void *arg)
{
	int err = ioctl(fd, number, arg) ? errno : 0;

	igt_assert_f(!err, "%s: %s\n", name, strerror(err));
}

#define REQUEST(fd, name, arg) request(fd, name, #name, arg)

static bool is_vivid(int fd, uint32_t capability)
{
	struct v4l2_capability found = {};

	return !ioctl(fd, VIDIOC_QUERYCAP, &found) && !strcmp((char *)found.driver, "vivid") &&
	       found.device_caps & capability;
}

/* vivid's first device with this capability, or -1. */
static int open_vivid(uint32_t capability)
{
	for (int i = 0; i < MAX_DEVICES; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_vivid(fd, capability))
			return fd;
		if (fd >= 0)
			close(fd);
	}

	return -1;
}

/* ---- settings ---- */

static void set_control(int fd, const char *name, int value)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (!ioctl(fd, VIDIOC_QUERYCTRL, &query)) {
		struct v4l2_control control = { .id = query.id, .value = value };

		if (!strcmp((char *)query.name, name)) {
			REQUEST(fd, VIDIOC_S_CTRL, &control);
			return;
		}
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	igt_skip("vivid has no control '%s'\n", name);
}

/* Little endian words 0x??rrggbb, without gaps between lines. */
static void set_format(const struct queue *queue)
{
	struct v4l2_format format = {
		.type = queue->type,
		.fmt.pix = {
			.width = WIDTH,
			.height = HEIGHT,
			.pixelformat = V4L2_PIX_FMT_XBGR32,
			.field = V4L2_FIELD_NONE,
		},
	};

	REQUEST(queue->fd, VIDIOC_S_FMT, &format);
	igt_assert_eq_u32(format.fmt.pix.width, WIDTH);
	igt_assert_eq_u32(format.fmt.pix.height, HEIGHT);
	igt_assert_eq_u32(format.fmt.pix.pixelformat, V4L2_PIX_FMT_XBGR32);
	igt_assert_eq_u32(format.fmt.pix.sizeimage, SIZE);
}

/* Colour bars that stand still, without text in front of them. */
static void set_up_camera(const struct queue *capture)
{
	int camera = 0;

	REQUEST(capture->fd, VIDIOC_S_INPUT, &camera);
	set_control(capture->fd, "Test Pattern", 0);
	set_control(capture->fd, TEXT, NO_TEXT);
	set_format(capture);
}

static int find_hdmi_input(int fd)
{
	struct v4l2_input input = {};

	while (!ioctl(fd, VIDIOC_ENUMINPUT, &input)) {
		if (!strncmp((char *)input.name, "HDMI", 4))
			return (int)input.index;
		input.index++;
	}
	igt_skip("vivid has no HDMI input\n");
}

static int find_hdmi_output(int fd)
{
	struct v4l2_output output = {};

	while (!ioctl(fd, VIDIOC_ENUMOUTPUT, &output)) {
		if (!strncmp((char *)output.name, "HDMI", 4))
			return (int)output.index;
		output.index++;
	}
	igt_skip("vivid has no HDMI output\n");
}

/* What is sent comes back as it is: same timings, size and format on both ends. */
static void set_up_loop(const struct queue *capture, const struct queue *output)
{
	struct v4l2_dv_timings timings = {};
	int input_index = find_hdmi_input(capture->fd);
	int output_index = find_hdmi_output(output->fd);

	REQUEST(capture->fd, VIDIOC_S_INPUT, &input_index);
	REQUEST(output->fd, VIDIOC_S_OUTPUT, &output_index);
	set_control(capture->fd, CONNECTED_TO, FIRST_OUTPUT);
	set_control(capture->fd, TEXT, NO_TEXT);
	REQUEST(output->fd, VIDIOC_G_DV_TIMINGS, &timings);
	igt_require_f(timings.bt.width == WIDTH && timings.bt.height == HEIGHT,
		      "vivid sends %ux%u\n", timings.bt.width, timings.bt.height);
	REQUEST(capture->fd, VIDIOC_S_DV_TIMINGS, &timings);
	set_format(output);
	set_format(capture);
}

/* ---- queues ---- */

static void set_buffers(const struct queue *queue, enum v4l2_memory memory, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.type = queue->type,
		.memory = memory,
		.count = count,
	};

	REQUEST(queue->fd, VIDIOC_REQBUFS, &arg);
	igt_assert_lte_u32(count, arg.count);
}

static struct v4l2_buffer dmabuf_argument(const struct queue *queue, uint32_t index, int dmabuf)
{
	return (struct v4l2_buffer){
		.type = queue->type,
		.memory = V4L2_MEMORY_DMABUF,
		.field = V4L2_FIELD_NONE,
		.index = index,
		.bytesused = SIZE,
		.m.fd = dmabuf,
	};
}

static void queue_dmabuf(const struct queue *queue, uint32_t index, int dmabuf)
{
	struct v4l2_buffer arg = dmabuf_argument(queue, index, dmabuf);

	REQUEST(queue->fd, VIDIOC_QBUF, &arg);
}

/* Waits until the driver is done with a buffer; returns its index. */
static uint32_t dequeue(const struct queue *queue, enum v4l2_memory memory)
{
	struct pollfd pollfd = { .fd = queue->fd, .events = POLLIN };
	struct v4l2_buffer arg = { .type = queue->type, .memory = memory };

	igt_assert_f(poll(&pollfd, 1, FRAME_MS) == 1, "no frame within %d ms\n", FRAME_MS);
	REQUEST(queue->fd, VIDIOC_DQBUF, &arg);
	igt_assert_eq_u32(arg.flags & V4L2_BUF_FLAG_ERROR, 0);
	igt_assert_eq_u32(arg.bytesused, SIZE);
	return arg.index;
}

static void start(const struct queue *queue)
{
	int type = (int)queue->type;

	REQUEST(queue->fd, VIDIOC_STREAMON, &type);
}

static void stop(const struct queue *queue, enum v4l2_memory memory)
{
	int type = (int)queue->type;

	REQUEST(queue->fd, VIDIOC_STREAMOFF, &type);
	set_buffers(queue, memory, 0);
}

/* One frame into this dma-buf. */
static void capture_dmabuf(const struct queue *capture, int dmabuf)
{
	set_buffers(capture, V4L2_MEMORY_DMABUF, 1);
	queue_dmabuf(capture, 0, dmabuf);
	start(capture);
	dequeue(capture, V4L2_MEMORY_DMABUF);
	stop(capture, V4L2_MEMORY_DMABUF);
}

/* One frame in the driver's own memory, copied to words. */
static void capture_native(const struct queue *capture, uint64_t *words)
{
	struct v4l2_buffer arg = { .type = capture->type, .memory = V4L2_MEMORY_MMAP };
	void *map;

	set_buffers(capture, V4L2_MEMORY_MMAP, 1);
	REQUEST(capture->fd, VIDIOC_QUERYBUF, &arg);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, capture->fd, (off_t)arg.m.offset);
	igt_assert(map != MAP_FAILED);
	REQUEST(capture->fd, VIDIOC_QBUF, &arg);
	start(capture);
	dequeue(capture, V4L2_MEMORY_MMAP);
	memcpy(words, map, SIZE);
	munmap(map, SIZE);
	stop(capture, V4L2_MEMORY_MMAP);
}

/* ---- pictures ---- */

/* The colours of vivid's bars, from left to right: which of red, green and blue are on. */
static const uint32_t bars[] = {
	0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000,
};

/* 75 % bars have 191 for what is on; limited range adds 16 to what is off. */
static uint32_t on_and_off(uint32_t pixel)
{
	uint32_t colour = 0;

	for (unsigned int shift = 0; shift < 24; shift += 8)
		colour |= (pixel >> shift & 0xff) > 0x60 ? 0xffu << shift : 0;
	return colour;
}

/* Each line shows the bars: all of its pixels, but those where a bar ends. */
static void assert_bars(const uint64_t *words, const char *where)
{
	const uint32_t *pixels = (const uint32_t *)words;
	const uint32_t bar = WIDTH / ARRAY_SIZE(bars), edge = 4;

	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t pixel = pixels[(size_t)y * WIDTH + x];

			if (x % bar < edge || x % bar >= bar - edge)
				continue;
			igt_assert_f(on_and_off(pixel) == bars[x / bar],
				     "%s: pixel %u, %u is 0x%08x, not of bar %u (0x%06x)\n", where,
				     x, y, pixel, x / bar, bars[x / bar]);
		}
	}
}

/* Words that the driver did not write still have their pattern. */
static void assert_overwritten(const struct ccp_pattern *pattern, const uint64_t *words,
			       const char *where)
{
	for (size_t i = 0; i < WORDS; i++)
		igt_assert_f(words[i] != ccp_pattern_word(pattern, i * sizeof(*words)),
			     "%s: page %zu + 0x%zx: not written\n", where,
			     i * sizeof(*words) / PAGE, i * sizeof(*words) % PAGE);
}

static void assert_frame(const struct cc_buffer *buffer)
{
	const struct ccp_buffer *dmabuf = &buffer->dmabuf;

	if (dmabuf->fd >= 0)
		igt_assert_eq(ccp_dmabuf_begin_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
	assert_overwritten(&buffer->pattern, dmabuf->map, "mapping");
	assert_bars(dmabuf->map, "mapping");
	if (dmabuf->fd >= 0)
		igt_assert_eq(ccp_dmabuf_end_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
}

static void test_capture(const struct queue *capture)
{
	struct cc_buffer buffer;

	set_up_camera(capture);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE);
	capture_dmabuf(capture, buffer.dmabuf.fd);
	assert_frame(&buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_capture_native(const struct queue *capture)
{
	static uint64_t native[WORDS];
	struct cc_buffer buffer;
	const uint64_t *found;

	set_up_camera(capture);
	capture_native(capture, native);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE);
	capture_dmabuf(capture, buffer.dmabuf.fd);
	found = buffer.dmabuf.map;
	for (size_t i = 0; i < WORDS; i++)
		igt_assert_f(found[i] == native[i],
			     "page %zu + 0x%zx: 0x%016" PRIx64 ", 0x%016" PRIx64
			     " in the driver's own memory\n",
			     i * sizeof(*found) / PAGE, i * sizeof(*found) % PAGE, found[i],
			     native[i]);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_capture_plane(const struct queue *capture, struct ccp_hostview *view)
{
	static uint64_t words[WORDS];
	struct cc_buffer buffer;

	cc_require_hostview(view);
	set_up_camera(capture);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE);
	capture_dmabuf(capture, buffer.dmabuf.fd);

	igt_assert_eq(ccp_hostview_read(view, CCP_HV_SHARED, buffer.dmabuf.map, words, SIZE), 0);
	assert_overwritten(&buffer.pattern, words, "shared plane");
	assert_bars(words, "shared plane");
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_capture_bounds(const struct queue *capture)
{
	struct cc_buffer buffer;

	set_up_camera(capture);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE + 5 * PAGE);
	capture_dmabuf(capture, buffer.dmabuf.fd);
	assert_frame(&buffer);
	cc_assert_cpu(&buffer.pattern, (char *)buffer.dmabuf.map + SIZE, SIZE, 5 * PAGE,
		      "behind the frame");
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_capture_several(const struct queue *capture)
{
	struct cc_buffer buffers[QUEUED];
	uint32_t seen = 0;

	set_up_camera(capture);
	set_buffers(capture, V4L2_MEMORY_DMABUF, QUEUED);
	for (uint32_t i = 0; i < QUEUED; i++) {
		cc_buffer_create(&buffers[i], CCP_HEAP_SHARED, SIZE);
		queue_dmabuf(capture, i, buffers[i].dmabuf.fd);
	}
	start(capture);
	for (uint32_t i = 0; i < QUEUED; i++)
		seen |= 1u << dequeue(capture, V4L2_MEMORY_DMABUF);
	stop(capture, V4L2_MEMORY_DMABUF);

	igt_assert_eq_u32(seen, (1u << QUEUED) - 1);
	for (uint32_t i = 0; i < QUEUED; i++) {
		assert_frame(&buffers[i]);
		ccp_buffer_destroy(&buffers[i].dmabuf);
	}
}

static void test_capture_lifetime(const struct queue *capture)
{
	struct cc_buffer buffer;

	set_up_camera(capture);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 1);
	queue_dmabuf(capture, 0, buffer.dmabuf.fd);
	ccp_buffer_close_fd(&buffer.dmabuf);

	start(capture);
	dequeue(capture, V4L2_MEMORY_DMABUF);
	stop(capture, V4L2_MEMORY_DMABUF);
	assert_frame(&buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_too_small(const struct queue *capture)
{
	struct v4l2_buffer arg;
	struct cc_buffer buffer;

	set_up_camera(capture);
	cc_buffer_create(&buffer, CCP_HEAP_SHARED, SIZE - PAGE);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 1);
	arg = dmabuf_argument(capture, 0, buffer.dmabuf.fd);
	igt_assert_eq(ioctl(capture->fd, VIDIOC_QBUF, &arg) ? errno : 0, EINVAL);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 0);
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, buffer.dmabuf.size, "mapping");
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* The output keeps sending this buffer until it is stopped. */
static void start_output(const struct queue *output, const struct cc_buffer *buffer)
{
	set_buffers(output, V4L2_MEMORY_DMABUF, 1);
	queue_dmabuf(output, 0, buffer->dmabuf.fd);
	start(output);
}

static void test_output_to_native(const struct queue *capture, const struct queue *output)
{
	static uint64_t received[WORDS];
	struct cc_buffer sent;

	set_up_loop(capture, output);
	cc_buffer_create(&sent, CCP_HEAP_SHARED, SIZE);
	start_output(output, &sent);
	capture_native(capture, received);
	stop(output, V4L2_MEMORY_DMABUF);
	cc_assert_cpu(&sent.pattern, received, 0, SIZE, "what the driver sent");
	ccp_buffer_destroy(&sent.dmabuf);
}

/* Sends one shared buffer, and captures into another one of this heap. */
static void loop(const struct queue *capture, const struct queue *output, const char *heap,
		 struct cc_buffer *sent, struct cc_buffer *received)
{
	set_up_loop(capture, output);
	cc_buffer_create(sent, CCP_HEAP_SHARED, SIZE);
	cc_buffer_create(received, heap, SIZE);
	start_output(output, sent);
	capture_dmabuf(capture, received->dmabuf.fd);
	stop(output, V4L2_MEMORY_DMABUF);
	received->pattern = sent->pattern;
}

static void test_output_to_shared(const struct queue *capture, const struct queue *output,
				  struct ccp_hostview *view)
{
	struct cc_buffer sent, received;

	loop(capture, output, CCP_HEAP_SHARED, &sent, &received);
	cc_assert_shared_intact(view, &received);
	cc_assert_shared_intact(view, &sent);
	ccp_buffer_destroy(&received.dmabuf);
	ccp_buffer_destroy(&sent.dmabuf);
}

static void test_output_to_private(const struct queue *capture, const struct queue *output,
				   struct ccp_hostview *view)
{
	struct cc_buffer sent, received;

	cc_require_coco();
	cc_require_hostview(view);
	cc_require_heap(CCP_HEAP_PRIVATE);
	loop(capture, output, CCP_HEAP_PRIVATE, &sent, &received);
	cc_assert_plane_holds(view, CCP_HV_PRIVATE, &received);
	cc_assert_plane_lacks(view, CCP_HV_SHARED, &received);
	ccp_buffer_destroy(&received.dmabuf);
	ccp_buffer_destroy(&sent.dmabuf);
}

int igt_main()
{
	static struct queue capture = { .fd = -1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	static struct queue output = { .fd = -1, .type = V4L2_BUF_TYPE_VIDEO_OUTPUT };
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(CCP_HEAP_SHARED);
		capture.fd = open_vivid(V4L2_CAP_VIDEO_CAPTURE);
		igt_require_f(capture.fd >= 0, "no vivid device that captures\n");
		view = cc_hostview_open();
	}

	igt_describe("Each byte of a frame is written to a shared buffer, and shows the colour "
		     "bars.");
	igt_subtest("capture-is-the-test-picture")
		test_capture(&capture);

	igt_describe("A frame in a shared buffer is the frame that the driver writes to its own "
		     "memory.");
	igt_subtest("capture-equals-native")
		test_capture_native(&capture);

	igt_describe("A device would see the frame that the driver wrote to a shared buffer.");
	igt_subtest("capture-lands-in-shared-plane")
		test_capture_plane(&capture, view);

	igt_describe("The driver writes the frame's bytes of a larger buffer and no others.");
	igt_subtest("capture-leaves-the-rest-alone")
		test_capture_bounds(&capture);

	igt_describe("Each of several queued shared buffers gets a frame.");
	igt_subtest("capture-into-several-buffers")
		test_capture_several(&capture);

	igt_describe(
		"The driver writes to memory whose file descriptor was closed after queueing.");
	igt_subtest("capture-after-fd-is-closed")
		test_capture_lifetime(&capture);

	igt_describe("A driver is not given a shared buffer that it would write past.");
	igt_subtest("buffer-smaller-than-a-frame-is-refused")
		test_too_small(&capture);

	igt_subtest_group() {
		igt_fixture() {
			output.fd = open_vivid(V4L2_CAP_VIDEO_OUTPUT);
			igt_require_f(output.fd >= 0, "no vivid device that sends\n");
		}

		igt_describe("The driver reads each byte that it sends from a shared buffer.");
		igt_subtest("output-from-shared-comes-back")
			test_output_to_native(&capture, &output);

		igt_describe("What the driver copies from one shared buffer to another is in the "
			     "shared plane, and only there.");
		igt_subtest("output-from-shared-to-shared")
			test_output_to_shared(&capture, &output, view);

		igt_describe("What the driver writes to a private buffer never is in the shared "
			     "plane.");
		igt_subtest("output-from-shared-to-private")
			test_output_to_private(&capture, &output, view);

		igt_fixture()
			close(output.fd);
	}

	igt_fixture() {
		ccp_hostview_close(view);
		close(capture.fd);
	}
}

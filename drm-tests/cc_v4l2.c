// SPDX-License-Identifier: MIT
/**
 * TEST: cc v4l2
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: V4L2_MEMORY_DMABUF with vivid's vmalloc and contiguous allocators
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
 *
 * SUBTEST: contiguous-capture-equals-native
 * Description: A driver that maps a shared buffer for DMA, in one piece, writes its frame there,
 *	where a device would see it, and nothing behind it.
 *
 * SUBTEST: contiguous-output-comes-back
 * Description: A driver that maps a shared buffer for DMA, in one piece, reads each byte of it.
 *
 * SUBTEST: contiguous-mapping-is-cc-shared
 * Description: The mapping for the driver has the attribute CC_SHARED, and its pages are not
 *	bounced.
 *
 * SUBTEST: noncoherent-capture-is-in-the-mapping
 * Description: A program that maps the driver's own non-coherent memory finds the frame that the
 *	driver wrote there.
 *
 * SUBTEST: noncoherent-output-is-what-was-written
 * Description: The driver sends what a program wrote to its non-coherent memory.
 *
 * SUBTEST: contiguous-buffer-in-pieces-is-refused
 * Description: A shared buffer whose chunks are apart is an error where a driver wants one piece,
 *	and stays as it was.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/pages.h"
#include "support/sizes.h"
#include "support/trace.h"

IGT_TEST_DESCRIPTION("A driver outside DRM that writes and reads foreign memory through the heap's "
		     "vmap: vivid captures a known picture into a buffer, and sends one from a "
		     "buffer.");

/*
 * A frame has chunks of each size that the heap gets: three of 1 MiB, eight of 64 KiB, four of
 * 4 KiB.
 */
#define WIDTH  1280
#define HEIGHT 720
#define SIZE   ((size_t)WIDTH * HEIGHT * PIXEL)
#define WORDS  (SIZE / WORD)

/* One byte a pixel: such a frame fits into the heap's largest chunk. */
#define GREY_SIZE  ((size_t)WIDTH * HEIGHT)
#define GREY_WORDS (GREY_SIZE / WORD)

#define QUEUED	    3
#define MAX_DEVICES 64

/* A frame takes a fraction of a second, on an emulated CPU too. */
#define FRAME_MS 10000

/* vivid's own controls, by their names */
#define TEXT	     "OSD Text Mode"
#define NO_TEXT	     2
#define CONNECTED_TO "HDMI %03u-0 Is Connected To"
#define FIRST_OUTPUT 2 /* after the test picture generator and nothing */

#define CONNECTIONS 5

/* vivid's devices. */
enum instance { VMALLOC, CONTIGUOUS };

#define ALLOCATORS "/sys/module/vivid/parameters/allocators"

/* One of vivid's queues. */
struct queue {
	int fd;
	enum v4l2_buf_type type;
	enum instance instance;
	uint32_t format; /* V4L2_PIX_FMT_*, without gaps between lines */
	size_t size; /* of a frame */
};

static void request(int fd, unsigned long number, const char *name, void *arg)
{
	int err = cc_ioctl(fd, number, arg);

	igt_assert_f(!err, "%s: %s\n", name, strerror(-err));
}

#define REQUEST(fd, name, arg) request(fd, name, #name, arg)

static bool is_vivid(int fd, enum instance instance, uint32_t capability)
{
	struct v4l2_capability found = {};
	char bus[32];

	snprintf(bus, sizeof(bus), "platform:vivid-%03u", instance);
	return !ioctl(fd, VIDIOC_QUERYCAP, &found) && !strcmp((char *)found.bus_info, bus) &&
	       found.device_caps & capability;
}

/* The node of a vivid device with this capability, or -1. */
static int open_vivid(enum instance instance, uint32_t capability)
{
	for (int i = 0; i < MAX_DEVICES; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_vivid(fd, instance, capability))
			return fd;
		if (fd >= 0)
			close(fd);
	}

	return -1;
}

/* ---- settings ---- */

static uint32_t find_control(int fd, const char *name)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (!ioctl(fd, VIDIOC_QUERYCTRL, &query)) {
		if (!strcmp((char *)query.name, name))
			return query.id;
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	igt_skip("vivid has no control '%s'\n", name);
}

static void set_control(int fd, const char *name, int value)
{
	struct v4l2_control control = { .id = find_control(fd, name), .value = value };

	REQUEST(fd, VIDIOC_S_CTRL, &control);
}

static int control_value(int fd, const char *name)
{
	struct v4l2_control control = { .id = find_control(fd, name) };

	REQUEST(fd, VIDIOC_G_CTRL, &control);
	return control.value;
}

static void set_format(const struct queue *queue)
{
	struct v4l2_format format = {
		.type = queue->type,
		.fmt.pix = {
			.width = WIDTH,
			.height = HEIGHT,
			.pixelformat = queue->format,
			.field = V4L2_FIELD_NONE,
		},
	};

	REQUEST(queue->fd, VIDIOC_S_FMT, &format);
	igt_assert_eq_u32(format.fmt.pix.width, WIDTH);
	igt_assert_eq_u32(format.fmt.pix.height, HEIGHT);
	igt_assert_eq_u32(format.fmt.pix.pixelformat, queue->format);
	igt_assert_eq_u32(format.fmt.pix.sizeimage, queue->size);
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

static const char *connected_to(const struct queue *capture)
{
	static char name[32];

	snprintf(name, sizeof(name), CONNECTED_TO, capture->instance);
	return name;
}

static void connect_loop(const struct queue *capture, const struct queue *output)
{
	set_control(capture->fd, connected_to(capture), FIRST_OUTPUT + (int)output->instance);
}

/*
 * vivid may take back a connection a moment later: docs/upstream-problems.md, "vivid connection".
 */
static bool is_connected(const struct queue *capture, const struct queue *output)
{
	return control_value(capture->fd, connected_to(capture)) ==
	       FIRST_OUTPUT + (int)output->instance;
}

/* What is sent comes back as it is: same timings, size and format on both ends. */
static void set_up_loop(const struct queue *capture, const struct queue *output)
{
	struct v4l2_dv_timings timings = {};
	int input_index = find_hdmi_input(capture->fd);
	int output_index = find_hdmi_output(output->fd);

	REQUEST(capture->fd, VIDIOC_S_INPUT, &input_index);
	REQUEST(output->fd, VIDIOC_S_OUTPUT, &output_index);
	connect_loop(capture, output);
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
		.bytesused = queue->size,
		.m.fd = dmabuf,
	};
}

static void queue_dmabuf(const struct queue *queue, uint32_t index, int dmabuf)
{
	struct v4l2_buffer arg = dmabuf_argument(queue, index, dmabuf);

	REQUEST(queue->fd, VIDIOC_QBUF, &arg);
}

/* 0 or a negative errno. */
static int try_queue_dmabuf(const struct queue *queue, int dmabuf)
{
	struct v4l2_buffer arg = dmabuf_argument(queue, 0, dmabuf);

	return cc_ioctl(queue->fd, VIDIOC_QBUF, &arg);
}

/* Waits until the driver is done with a buffer; returns its index. */
static uint32_t dequeue(const struct queue *queue, enum v4l2_memory memory)
{
	struct pollfd pollfd = { .fd = queue->fd, .events = POLLIN };
	struct v4l2_buffer arg = { .type = queue->type, .memory = memory };

	igt_assert_f(poll(&pollfd, 1, FRAME_MS) == 1, "no frame within %d ms\n", FRAME_MS);
	REQUEST(queue->fd, VIDIOC_DQBUF, &arg);
	igt_assert_eq_u32(arg.flags & V4L2_BUF_FLAG_ERROR, 0);
	igt_assert_eq_u32(arg.bytesused, queue->size);
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
	map = cc_map(capture->fd, arg.m.offset, capture->size, PROT_READ);
	REQUEST(capture->fd, VIDIOC_QBUF, &arg);
	start(capture);
	dequeue(capture, V4L2_MEMORY_MMAP);
	memcpy(words, map, capture->size);
	munmap(map, capture->size);
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
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	capture_dmabuf(capture, buffer.dmabuf.fd);
	assert_frame(&buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void assert_native(const uint64_t *found, const uint64_t *native, size_t words,
			  const char *where)
{
	for (size_t i = 0; i < words; i++)
		igt_assert_f(found[i] == native[i],
			     "%s: page %zu + 0x%zx: 0x%016" PRIx64 ", 0x%016" PRIx64
			     " in the driver's own memory\n",
			     where, i * sizeof(*found) / PAGE, i * sizeof(*found) % PAGE, found[i],
			     native[i]);
}

static void test_capture_native(const struct queue *capture)
{
	static uint64_t native[WORDS];
	struct cc_buffer buffer;

	set_up_camera(capture);
	capture_native(capture, native);
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	capture_dmabuf(capture, buffer.dmabuf.fd);
	assert_native(buffer.dmabuf.map, native, WORDS, "mapping");
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_capture_plane(const struct queue *capture, struct ccp_hostview *view)
{
	static uint64_t words[WORDS];
	struct cc_buffer buffer;

	cc_require_hostview(view);
	set_up_camera(capture);
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
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
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE + 5 * PAGE);
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
		cc_buffer_create(&buffers[i], cc_shared_heap(), SIZE);
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
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
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
	struct cc_buffer buffer;

	set_up_camera(capture);
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE - PAGE);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 1);
	igt_assert_eq(try_queue_dmabuf(capture, buffer.dmabuf.fd), -EINVAL);
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

/* Where a frame goes: words of the driver's own memory, or else a dma-buf. */
struct target {
	uint64_t *words;
	int dmabuf;
};

/*
 * What the output sends is what the capture gets: false where they were no longer connected then.
 */
static bool try_loop(const struct queue *capture, const struct queue *output,
		     const struct cc_buffer *sent, struct target target)
{
	set_up_loop(capture, output);
	start_output(output, sent);
	if (target.words)
		capture_native(capture, target.words);
	else
		capture_dmabuf(capture, target.dmabuf);
	stop(output, V4L2_MEMORY_DMABUF);
	return is_connected(capture, output);
}

static void loop(const struct queue *capture, const struct queue *output,
		 const struct cc_buffer *sent, struct target target)
{
	for (int i = 0; i < CONNECTIONS; i++)
		if (try_loop(capture, output, sent, target))
			return;
	igt_assert_f(false, "vivid took back %d connections\n", CONNECTIONS);
}

static void test_output_to_native(const struct queue *capture, const struct queue *output)
{
	static uint64_t received[WORDS];
	struct cc_buffer sent;

	cc_buffer_create(&sent, cc_shared_heap(), SIZE);
	loop(capture, output, &sent, (struct target){ .words = received });
	cc_assert_cpu(&sent.pattern, received, 0, SIZE, "what the driver sent");
	ccp_buffer_destroy(&sent.dmabuf);
}

/* Sends one shared buffer, and captures into another one of this heap. */
static void loop_to_heap(const struct queue *capture, const struct queue *output, const char *heap,
			 struct cc_buffer *sent, struct cc_buffer *received)
{
	cc_buffer_create(sent, cc_shared_heap(), SIZE);
	cc_buffer_create(received, heap, SIZE);
	loop(capture, output, sent, (struct target){ .dmabuf = received->dmabuf.fd });
	received->pattern = sent->pattern;
}

static void test_output_to_shared(const struct queue *capture, const struct queue *output,
				  struct ccp_hostview *view)
{
	struct cc_buffer sent, received;

	loop_to_heap(capture, output, cc_shared_heap(), &sent, &received);
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
	loop_to_heap(capture, output, CCP_HEAP_PRIVATE, &sent, &received);
	cc_assert_plane_holds(view, CCP_HV_PRIVATE, &received);
	cc_assert_plane_lacks(view, CCP_HV_SHARED, &received);
	ccp_buffer_destroy(&received.dmabuf);
	ccp_buffer_destroy(&sent.dmabuf);
}

/* ---- the contiguous allocator: a frame is one piece of DMA addresses ---- */

static void require_contiguous_allocator(void)
{
	FILE *file = fopen(ALLOCATORS, "r");
	unsigned int first = 0, second = 0;
	int found = 0;

	if (file) {
		found = fscanf(file, "%u,%u", &first, &second);
		fclose(file);
	}
	igt_require_f(found == 2 && second == 1,
		      "vivid's second device has no contiguous allocator (vivid.n_devs=2 "
		      "vivid.allocators=0,1)\n");
	cc_require_low_addresses("vivid's second device");
}

static bool in_one_piece(struct ccp_hostview *view, const struct ccp_buffer *dmabuf)
{
	struct cc_pages pages;
	bool one = true;

	cc_pages_find(view, dmabuf, &pages);
	for (size_t i = 1; i < pages.count; i++)
		one &= pages.gpa[i] == pages.gpa[0] + i * PAGE;
	cc_pages_free(&pages);
	return one;
}

/* The heap's largest chunk. */
static void create_piece(struct cc_buffer *buffer, struct ccp_hostview *view)
{
	cc_buffer_create(buffer, cc_shared_heap(), MIB);
	igt_require_f(!view || in_one_piece(view, &buffer->dmabuf),
		      "memory is too fragmented for 1 MiB in one piece\n");
}

/* A frame's chunks may lie side by side by chance, but not those of all these buffers. */
static void create_pieces(struct cc_buffer *buffer, struct ccp_hostview *view)
{
	struct cc_buffer buffers[8];
	size_t count = 0, found;

	do
		cc_buffer_create(&buffers[count], cc_shared_heap(), SIZE);
	while (in_one_piece(view, &buffers[count].dmabuf) && ++count < ARRAY_SIZE(buffers));

	found = count;
	while (count--)
		ccp_buffer_destroy(&buffers[count].dmabuf);
	igt_require_f(found < ARRAY_SIZE(buffers), "the heap gives %zu bytes in one piece\n", SIZE);
	*buffer = buffers[found];
}

static void test_contiguous_capture(const struct queue *capture, struct ccp_hostview *view)
{
	static uint64_t native[GREY_WORDS], shared[GREY_WORDS];
	struct cc_buffer buffer;

	set_up_camera(capture);
	capture_native(capture, native);
	create_piece(&buffer, view);
	capture_dmabuf(capture, buffer.dmabuf.fd);

	assert_native(buffer.dmabuf.map, native, GREY_WORDS, "mapping");
	cc_assert_cpu(&buffer.pattern, (char *)buffer.dmabuf.map + GREY_SIZE, GREY_SIZE,
		      MIB - GREY_SIZE, "behind the frame");
	if (view) {
		igt_assert_eq(ccp_hostview_read(view, CCP_HV_SHARED, buffer.dmabuf.map, shared,
						GREY_SIZE),
			      0);
		assert_native(shared, native, GREY_WORDS, "shared plane");
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_contiguous_output(const struct queue *capture, const struct queue *output,
				   struct ccp_hostview *view)
{
	static uint64_t received[GREY_WORDS];
	struct cc_buffer sent;

	create_piece(&sent, view);
	loop(capture, output, &sent, (struct target){ .words = received });
	cc_assert_cpu(&sent.pattern, received, 0, GREY_SIZE, "what the driver sent");
	ccp_buffer_destroy(&sent.dmabuf);
}

static void test_contiguous_attribute(const struct queue *capture, struct ccp_hostview *view)
{
	static const char *const events[] = { "dma/dma_map_sg", "swiotlb/swiotlb_bounced", NULL };
	struct cc_buffer buffer;
	struct cc_trace trace;
	int err;

	cc_require_trace(&trace, events);
	cc_require_no_forced_bounce();
	set_up_camera(capture);
	create_piece(&buffer, view);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 1);

	/* Nothing leaves this test before the trace is stopped. */
	cc_trace_start(&trace);
	err = try_queue_dmabuf(capture, buffer.dmabuf.fd);
	cc_trace_stop(&trace);
	igt_assert_eq(err, 0);
	set_buffers(capture, V4L2_MEMORY_DMABUF, 0);

	igt_assert_eq_u32(cc_trace_count(&trace, "dma_map_sg: vivid", ""), 1);
	igt_assert_eq_u32(cc_trace_count(&trace, "dma_map_sg: vivid", "CC_SHARED"), 1);
	igt_assert_eq_u32(cc_trace_count(&trace, "dev_name: vivid", ""), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_contiguous_pieces(struct queue capture, struct ccp_hostview *view)
{
	struct cc_buffer buffer;

	cc_require_hostview(view);
	capture.format = V4L2_PIX_FMT_XBGR32;
	capture.size = SIZE;
	set_up_camera(&capture);
	create_pieces(&buffer, view);
	set_buffers(&capture, V4L2_MEMORY_DMABUF, 1);
	igt_assert_eq(try_queue_dmabuf(&capture, buffer.dmabuf.fd), -EFAULT);
	set_buffers(&capture, V4L2_MEMORY_DMABUF, 0);

	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* Looked at, not touched: a strict monitor counts each access in the wrong plane. */
static void assert_leads_to_shared(struct ccp_hostview *view, const void *map, size_t size)
{
	struct ccp_hv_translation at;

	for (size_t offset = 0; offset < size; offset += PAGE) {
		int err = ccp_hostview_translate(view, (const char *)map + offset, &at);

		igt_assert_f(!err, "page table: page %zu: %s\n", offset / PAGE, strerror(-err));
		igt_assert_f(at.plane == CCP_HV_SHARED,
			     "page table: page %zu leads to the private plane, and the driver's "
			     "memory is shared\n",
			     offset / PAGE);
	}
}

/* One buffer of the driver's own that dma_alloc_noncontiguous() gives, mapped. */
static uint64_t *map_noncoherent(const struct queue *queue, struct ccp_hostview *view)
{
	struct v4l2_requestbuffers buffers = {
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.flags = V4L2_MEMORY_FLAG_NON_COHERENT,
		.count = 1,
	};
	struct v4l2_buffer arg = { .type = queue->type, .memory = V4L2_MEMORY_MMAP };
	uint64_t *map;

	REQUEST(queue->fd, VIDIOC_REQBUFS, &buffers);
	igt_require_f(buffers.flags & V4L2_MEMORY_FLAG_NON_COHERENT,
		      "vivid gives no non-coherent memory (vivid.cache_hints=1,1)\n");
	REQUEST(queue->fd, VIDIOC_QUERYBUF, &arg);
	map = cc_map(queue->fd, arg.m.offset, queue->size, PROT_READ | PROT_WRITE);
	if (view)
		assert_leads_to_shared(view, map, queue->size);
	return map;
}

static void queue_own(const struct queue *queue)
{
	struct v4l2_buffer arg = {
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.field = V4L2_FIELD_NONE,
		.bytesused = queue->size,
	};

	REQUEST(queue->fd, VIDIOC_QBUF, &arg);
}

static void test_noncoherent_capture(const struct queue *capture, struct ccp_hostview *view)
{
	static uint64_t native[GREY_WORDS];
	uint64_t *map;

	set_up_camera(capture);
	capture_native(capture, native);

	map = map_noncoherent(capture, view);
	queue_own(capture);
	start(capture);
	dequeue(capture, V4L2_MEMORY_MMAP);
	assert_native(map, native, GREY_WORDS, "non-coherent mapping");
	munmap(map, capture->size);
	stop(capture, V4L2_MEMORY_MMAP);
}

static bool try_noncoherent_loop(const struct queue *capture, const struct queue *output,
				 const struct ccp_pattern *pattern, struct ccp_hostview *view,
				 uint64_t *received)
{
	uint64_t *map;

	set_up_loop(capture, output);
	map = map_noncoherent(output, view);
	ccp_pattern_fill(pattern, map, 0, output->size);
	queue_own(output);
	start(output);
	capture_native(capture, received);
	munmap(map, output->size);
	stop(output, V4L2_MEMORY_MMAP);
	return is_connected(capture, output);
}

static void test_noncoherent_output(const struct queue *capture, const struct queue *output,
				    struct ccp_hostview *view)
{
	struct ccp_pattern pattern = cc_pattern_next();
	static uint64_t received[GREY_WORDS];
	bool connected = false;

	for (int i = 0; i < CONNECTIONS && !connected; i++)
		connected = try_noncoherent_loop(capture, output, &pattern, view, received);
	igt_assert_f(connected, "vivid took back %d connections\n", CONNECTIONS);
	cc_assert_cpu(&pattern, received, 0, GREY_SIZE, "what the driver sent");
}

static void test_contiguous(struct ccp_hostview *view)
{
	static struct queue capture = {
		.fd = -1,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.instance = CONTIGUOUS,
		.format = V4L2_PIX_FMT_GREY,
		.size = GREY_SIZE,
	};
	static struct queue output;

	igt_fixture() {
		require_contiguous_allocator();
		output = capture;
		output.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
		capture.fd = open_vivid(CONTIGUOUS, V4L2_CAP_VIDEO_CAPTURE);
		output.fd = open_vivid(CONTIGUOUS, V4L2_CAP_VIDEO_OUTPUT);
		igt_require_f(capture.fd >= 0 && output.fd >= 0,
			      "vivid's second device does not capture and send\n");
	}

	igt_describe("A driver that maps a shared buffer for DMA, in one piece, writes its frame "
		     "there, where a device would see it, and nothing behind it.");
	igt_subtest("contiguous-capture-equals-native")
		test_contiguous_capture(&capture, view);

	igt_describe("A driver that maps a shared buffer for DMA, in one piece, reads each byte of "
		     "it.");
	igt_subtest("contiguous-output-comes-back")
		test_contiguous_output(&capture, &output, view);

	igt_describe("The mapping for the driver has the attribute CC_SHARED, and its pages are "
		     "not bounced.");
	igt_subtest("contiguous-mapping-is-cc-shared")
		test_contiguous_attribute(&capture, view);

	igt_describe("A program that maps the driver's own non-coherent memory finds the frame "
		     "that the driver wrote there.");
	igt_subtest("noncoherent-capture-is-in-the-mapping")
		test_noncoherent_capture(&capture, view);

	igt_describe("The driver sends what a program wrote to its non-coherent memory.");
	igt_subtest("noncoherent-output-is-what-was-written")
		test_noncoherent_output(&capture, &output, view);

	igt_describe("A shared buffer whose chunks are apart is an error where a driver wants one "
		     "piece, and stays as it was.");
	igt_subtest("contiguous-buffer-in-pieces-is-refused")
		test_contiguous_pieces(capture, view);

	igt_fixture() {
		close(output.fd);
		close(capture.fd);
	}
}

int igt_main()
{
	static struct queue capture = {
		.fd = -1,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.format = V4L2_PIX_FMT_XBGR32,
		.size = SIZE,
	};
	static struct queue output = {
		.fd = -1,
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.format = V4L2_PIX_FMT_XBGR32,
		.size = SIZE,
	};
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		capture.fd = open_vivid(VMALLOC, V4L2_CAP_VIDEO_CAPTURE);
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
			output.fd = open_vivid(VMALLOC, V4L2_CAP_VIDEO_OUTPUT);
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

	igt_subtest_group()
		test_contiguous(view);

	igt_fixture() {
		ccp_hostview_close(view);
		close(capture.fd);
	}
}

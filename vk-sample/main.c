// SPDX-License-Identifier: MIT
/*
 * vk-sample: shared memory of a confidential guest under Vulkan, from the heap to the screen.
 *
 *	1. The heap gives a dma-buf whose pages the guest shares with its devices.
 *	2. Vulkan imports it as a buffer. The CPU writes, a compute shader turns every bit over, the
 *	   CPU looks.
 *	3. Vulkan imports another one as an image and draws a picture into it. The CPU looks.
 *	4. virtio-gpu shows that very dma-buf on its screen, and the host says what it sees there.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vks.h"

#define MIB	   (1024 * 1024)
#define ROUNDS	   8 /* of the shader, to measure it; an even number turns back every bit */
#define CAPTURE	   "vk-sample"
#define LISTED_MAX 16

struct options {
	const char *heap; /* NULL: the shared one, or system where that does not exist */
	const char *device; /* NULL: the first that will do */
	uint64_t size;
	bool list, validate;
};

struct sample {
	struct vks_gpu gpu;
	const char *heap;
	uint64_t size;
};

/* ---- 1. memory ---- */

static int choose_heap(struct sample *sample, const char *wanted)
{
	const char *heap = wanted ? wanted : CCP_HEAP_SHARED;
	int fd = ccp_heap_open(heap);

	if (fd == -ENOENT && !wanted) {
		printf("heap      no %s, as outside a confidential guest: %s instead\n", heap,
		       CCP_HEAP_PRIVATE);
		heap = CCP_HEAP_PRIVATE;
		fd = ccp_heap_open(heap);
	}
	if (fd < 0)
		return vks_fail(&sample->gpu, fd, "heap %s: %s", heap, strerror(-fd));
	close(fd);
	sample->heap = heap;
	return 0;
}

/* needed: what the driver wants for something of size bytes. */
static int allocate(struct sample *sample, const char *what, uint64_t size, uint64_t needed,
		    struct ccp_buffer *memory)
{
	int err;

	if (needed > size)
		printf("%-9s %" PRIu64 " bytes, %" PRIu64 " allocated: the driver wants padding\n",
		       what, size, needed);
	err = ccp_buffer_create(memory, sample->heap, needed);
	if (err)
		return vks_fail(&sample->gpu, err, "%" PRIu64 " bytes from heap %s: %s", needed,
				sample->heap, strerror(-err));
	return 0;
}

/* ---- 2. compute ---- */

static const struct ccp_pattern pattern = { .id = 0x6c5, .generation = 1 };

static void write_pattern(struct ccp_buffer *memory)
{
	ccp_dmabuf_begin_cpu_access(memory->fd, DMA_BUF_SYNC_WRITE);
	ccp_pattern_fill(&pattern, memory->map, 0, memory->size);
	ccp_dmabuf_end_cpu_access(memory->fd, DMA_BUF_SYNC_WRITE);
}

static int check_inverted(struct sample *sample, const struct ccp_buffer *memory)
{
	char text[CCP_DESCRIBE_SIZE];
	struct ccp_mismatch mismatch;
	bool right;

	ccp_dmabuf_begin_cpu_access(memory->fd, DMA_BUF_SYNC_READ);
	right = vks_inverted_check(&pattern, memory->map, 0, sample->size, NULL, &mismatch);
	ccp_dmabuf_end_cpu_access(memory->fd, DMA_BUF_SYNC_READ);
	if (right)
		return 0;
	ccp_mismatch_describe(&mismatch, text, sizeof(text));
	return vks_fail(&sample->gpu, -EIO, "the shader's words, inverted: %s", text);
}

/* Bytes a second that the shader read and wrote. */
static int measure(struct sample *sample, struct vks_inverter *inverter, struct vks_buffer *buffer,
		   int dmabuf, double *rate)
{
	struct timespec start, end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; !err && i < ROUNDS; i++)
		err = vks_invert_now(&sample->gpu, inverter, buffer, dmabuf);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*rate = 2.0 * ROUNDS * buffer->size /
		(end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9);
	return err;
}

static int compare_bandwidth(struct sample *sample, struct vks_inverter *inverter,
			     struct vks_buffer *imported, int dmabuf)
{
	double rate, own_rate;
	struct vks_buffer own;
	int err;

	err = vks_buffer_create(&sample->gpu, imported->size, &own);
	if (err)
		return err;
	/* Once before, for memory that the driver only allocates when it is touched. */
	err = vks_invert_now(&sample->gpu, inverter, &own, -1);
	if (!err)
		err = measure(sample, inverter, &own, -1, &own_rate);
	if (!err)
		err = measure(sample, inverter, imported, dmabuf, &rate);
	vks_buffer_destroy(&sample->gpu, &own);
	if (err)
		return err;

	printf("bandwidth shader on imported memory %.0f MiB/s, on the driver's own %.0f MiB/s\n",
	       rate / MIB, own_rate / MIB);
	return 0;
}

static int compute_on(struct sample *sample, struct ccp_buffer *memory,
		      struct vks_inverter *inverter, struct vks_buffer *buffer)
{
	int err;

	write_pattern(memory);
	err = vks_invert_now(&sample->gpu, inverter, buffer, memory->fd);
	if (!err)
		err = check_inverted(sample, memory);
	if (err)
		return err;
	printf("compute   %" PRIu64 " bytes of heap %s: every word right\n", sample->size,
	       sample->heap);
	return compare_bandwidth(sample, inverter, buffer, memory->fd);
}

static int compute(struct sample *sample)
{
	struct vks_inverter inverter;
	struct ccp_buffer memory;
	struct vks_buffer buffer;
	uint64_t needed;
	int err;

	err = vks_inverter_create(&sample->gpu, &inverter);
	if (err)
		return err;
	err = vks_buffer_needs(&sample->gpu, sample->size, &needed);
	if (!err)
		err = allocate(sample, "compute", sample->size, needed, &memory);
	if (err)
		goto no_memory;
	err = vks_buffer_import(&sample->gpu, memory.fd, 0, sample->size, &buffer);
	if (err)
		goto no_buffer;
	err = compute_on(sample, &memory, &inverter, &buffer);
	vks_buffer_destroy(&sample->gpu, &buffer);
no_buffer:
	ccp_buffer_destroy(&memory);
no_memory:
	vks_inverter_destroy(&sample->gpu, &inverter);
	return err;
}

/* ---- 3. and 4. the picture ---- */

static int wrong_pixels(struct sample *sample, const char *where,
			const struct vks_wrong_pixels *wrong)
{
	return vks_fail(&sample->gpu, -EIO,
			"%s: pixel %u,%u: expected %#08x, found %#08x; %" PRIu64 " pixels wrong",
			where, wrong->x, wrong->y, wrong->expected, wrong->found, wrong->count);
}

static enum vks_tiling tiling_of(const struct vks_gpu *gpu)
{
	return gpu->has[VKS_MODIFIERS] ? VKS_EXPLICIT : VKS_LINEAR;
}

static int draw(struct sample *sample, struct ccp_buffer *memory, const struct vks_layout *layout)
{
	enum vks_tiling tiling = tiling_of(&sample->gpu);
	struct vks_wrong_pixels wrong;
	struct vks_painter painter;
	struct vks_image image;
	bool right;
	int err;

	err = vks_painter_create(&sample->gpu, &painter);
	if (err)
		return err;
	err = vks_image_import(&sample->gpu, memory->fd, layout, tiling, &image);
	if (!err) {
		err = vks_paint_now(&sample->gpu, &painter, &image, memory->fd);
		vks_image_destroy(&sample->gpu, &image);
	}
	vks_painter_destroy(&sample->gpu, &painter);
	if (err)
		return err;

	ccp_dmabuf_begin_cpu_access(memory->fd, DMA_BUF_SYNC_READ);
	right = vks_picture_check(layout, memory->map, &wrong);
	ccp_dmabuf_end_cpu_access(memory->fd, DMA_BUF_SYNC_READ);
	if (!right)
		return wrong_pixels(sample, "picture", &wrong);
	printf("picture   %ux%u, %s: every pixel right\n", layout->width, layout->height,
	       tiling == VKS_EXPLICIT ? "explicit layout" : "the driver's linear layout");
	return 0;
}

static int capture(struct sample *sample, const struct vks_layout *layout)
{
	struct vks_wrong_pixels wrong;
	struct ccp_capture seen;
	bool right;
	int err;

	err = vks_screen_capture(&sample->gpu, CAPTURE, &seen);
	if (err)
		return err;
	right = vks_capture_check(layout, &seen, &wrong);
	ccp_capture_free(&seen);
	if (!right)
		return wrong_pixels(sample, "screen as the host sees it", &wrong);
	printf("screen    " CAPTURE ".png: the host sees every pixel right\n");
	return 0;
}

/*
 * Without a screen that takes the picture, or a host that says what it sees, the rest still counts.
 */
static int show(struct sample *sample, struct vks_screen *screen, const struct ccp_buffer *memory,
		const struct vks_layout *layout)
{
	int err = vks_screen_show(&sample->gpu, screen, memory->fd, layout);

	if (!err)
		err = capture(sample, layout);
	if (err != -ENOTSUP)
		return err;
	printf("screen    not checked: %s\n", sample->gpu.error);
	return 0;
}

static int draw_and_show(struct sample *sample, struct vks_screen *screen)
{
	struct vks_layout layout = vks_layout_packed(screen->width, screen->height);
	struct ccp_buffer memory;
	uint64_t needed;
	int err;

	err = vks_image_needs(&sample->gpu, &layout, tiling_of(&sample->gpu), &needed);
	if (!err)
		err = allocate(sample, "picture", vks_layout_end(&layout), needed, &memory);
	if (err)
		return err;
	err = draw(sample, &memory, &layout);
	if (!err && screen->drm >= 0)
		err = show(sample, screen, &memory, &layout);
	ccp_buffer_destroy(&memory);
	return err;
}

static int picture(struct sample *sample)
{
	struct vks_screen screen;
	int err;

	err = vks_screen_open(&sample->gpu, &screen);
	if (err && err != -ENOTSUP)
		return err;
	if (err) {
		printf("screen    not shown: %s\n", sample->gpu.error);
		screen = (struct vks_screen){ .drm = -1, .width = 640, .height = 400 };
	}
	err = draw_and_show(sample, &screen);
	vks_screen_close(&screen);
	return err;
}

/* ---- the whole ---- */

static int list(struct vks_gpu *gpu)
{
	VkPhysicalDeviceProperties properties[LISTED_MAX];
	int count = vks_list(gpu, properties, LISTED_MAX);

	if (count < 0)
		return count;
	for (int i = 0; i < count && i < LISTED_MAX; i++)
		printf("%d  %s\n", i, properties[i].deviceName);
	return 0;
}

static int run(struct sample *sample, const struct options *options)
{
	int err;

	err = vks_instance_open(&sample->gpu, options->validate);
	if (err)
		return err;
	if (options->list)
		return list(&sample->gpu);

	err = vks_device_open(&sample->gpu, options->device);
	if (err)
		return err;
	printf("device    %s\n", sample->gpu.properties.deviceName);

	/* Before anybody allocates so much: the heap itself has no limit. */
	err = vks_buffer_check_size(&sample->gpu, sample->size);
	if (!err)
		err = choose_heap(sample, options->heap);
	if (!err)
		err = compute(sample);
	if (!err)
		err = picture(sample);
	if (!err && sample->gpu.complaint[0])
		err = vks_fail(&sample->gpu, -EINVAL, "%s", sample->gpu.complaint);
	return err;
}

static const char usage[] =
	"vk-sample [--heap NAME] [--device NAME|INDEX] [--size BYTES] [--validate]\n"
	"vk-sample --list\n"
	"\n"
	"Lets Vulkan compute and draw in memory of a DMA heap, and checks each byte.\n"
	"  --heap      of /dev/dma_heap; " CCP_HEAP_SHARED " where there is one\n"
	"  --device    its name, a part of it, or its number in the list\n"
	"  --size      of the buffer for the compute shader; 16 MiB\n"
	"  --validate  with the Khronos validation layer, synchronization checks included\n";

/* False: the line that says why is printed. */
static bool parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = { { "heap", required_argument, NULL, 'h' },
					       { "device", required_argument, NULL, 'd' },
					       { "size", required_argument, NULL, 's' },
					       { "validate", no_argument, NULL, 'v' },
					       { "list", no_argument, NULL, 'l' },
					       { "help", no_argument, NULL, '?' + 1 },
					       {} };
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (c) {
		case 'h':
			options->heap = optarg;
			break;
		case 'd':
			options->device = optarg;
			break;
		case 's':
			options->size = strtoull(optarg, &end, 0);
			if (*end || end == optarg) {
				fprintf(stderr, "vk-sample: --size: no number: %s\n", optarg);
				return false;
			}
			break;
		case 'v':
			options->validate = true;
			break;
		case 'l':
			options->list = true;
			break;
		case '?' + 1:
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			return false; /* getopt_long() has said it */
		}
	}
	if (optind < argc)
		fprintf(stderr, "vk-sample: no such argument: %s\n", argv[optind]);
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct options options = { .size = 16 * MIB };
	struct sample sample = {};
	int err;

	if (!parse(&options, argc, argv))
		return EXIT_FAILURE;

	sample.size = options.size;
	err = run(&sample, &options);
	vks_gpu_close(&sample.gpu);
	fflush(stdout);
	if (err)
		fprintf(stderr, "vk-sample: %s\n", sample.gpu.error);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

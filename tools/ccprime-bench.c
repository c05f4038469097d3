// SPDX-License-Identifier: MIT
/*
 * ccprime-bench: what shared memory costs beside private memory. Each line of output is a JSON
 * object: a count, which is exact, or a time. The exporters take turns in each round, so that a
 * machine that becomes slower or faster changes all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ccprime.h"

#define ROUNDS	   9
#define PAGE	   4096ul
#define SLOT	   2048ul /* of bounce memory: IO_TLB_SIZE of linux/swiotlb.h */
#define SLOTS_USED "/sys/kernel/debug/swiotlb/io_tlb_used"

static const size_t sizes[] = { PAGE, 64ul << 10, 1ul << 20, 16ul << 20 };

/* ---- where buffers come from ---- */

static int alloc_heap(const char *name, size_t size)
{
	int heap = ccp_heap_open(name), fd;

	if (heap < 0)
		return heap;
	fd = ccp_heap_alloc(heap, size);
	close(heap);
	return fd;
}

static int alloc_udmabuf(const char *name, size_t size)
{
	int device = open(name, O_RDWR | O_CLOEXEC), memfd, fd = -1;
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };

	if (device < 0)
		return -errno;
	memfd = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	create.memfd = (uint32_t)memfd;
	if (memfd >= 0 && !ftruncate(memfd, (off_t)size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0)
		fd = -errno;
	if (memfd >= 0)
		close(memfd);
	close(device);
	return fd;
}

static const struct exporter {
	const char *name, *from;
	int (*alloc)(const char *from, size_t size);
} exporters[] = {
	{ CCP_HEAP_PRIVATE, CCP_HEAP_PRIVATE, alloc_heap },
	{ CCP_HEAP_SHARED, CCP_HEAP_SHARED, alloc_heap },
	{ "udmabuf", "/dev/udmabuf", alloc_udmabuf },
};

/* ---- what is done with them: 0 or a negative errno ---- */

struct bench {
	int importer; /* of DRM, or negative */
};

static int do_alloc(const struct bench *bench, const struct exporter *exporter, int fd, size_t size)
{
	int own = exporter->alloc(exporter->from, size);

	if (own < 0)
		return own;
	return close(own) ? -errno : 0;
}

static int do_fault(const struct bench *bench, const struct exporter *exporter, int fd, size_t size)
{
	volatile char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	for (size_t at = 0; at < size; at += PAGE)
		map[at] = 1;
	return munmap((void *)map, size) ? -errno : 0;
}

static int do_sync(const struct bench *bench, const struct exporter *exporter, int fd, size_t size)
{
	int err = ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_RW);

	return err ? err : ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_RW);
}

static int do_import(const struct bench *bench, const struct exporter *exporter, int fd,
		     size_t size)
{
	uint32_t handle;
	int err = bench->importer < 0 ? -ENODEV : ccp_prime_import(bench->importer, fd, &handle);

	return err ? err : ccp_gem_close(bench->importer, handle);
}

static const struct operation {
	const char *name;
	int (*run)(const struct bench *bench, const struct exporter *exporter, int fd, size_t size);
} operations[] = {
	{ "allocate and free", do_alloc },
	{ "map and touch", do_fault },
	{ "SYNC begin and end", do_sync },
	{ "import into virtio-gpu", do_import },
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- times ---- */

static void time_one(const struct bench *bench, const struct operation *operation,
		     const struct exporter *exporter, size_t size)
{
	/* Long enough for the clock, and never long. */
	unsigned int times = size >= 1ul << 20 ? 4 : 32;
	int fd = exporter->alloc(exporter->from, size), err = fd < 0 ? fd : 0;
	uint64_t start = now(), taken;

	for (unsigned int i = 0; !err && i < times; i++)
		err = operation->run(bench, exporter, fd, size);
	taken = now() - start;
	if (fd >= 0)
		close(fd);
	printf("{\"operation\": \"%s\", \"exporter\": \"%s\", \"size\": %zu, ", operation->name,
	       exporter->name, size);
	if (err)
		printf("\"refused\": \"%s\"}\n", strerror(-err));
	else
		printf("\"ns\": %llu}\n", (unsigned long long)(taken / times));
}

static void time_all(const struct bench *bench)
{
	for (int round = 0; round < ROUNDS; round++)
		for (size_t o = 0; o < ARRAY_SIZE(operations); o++)
			for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
				for (size_t e = 0; e < ARRAY_SIZE(exporters); e++)
					time_one(bench, &operations[o], &exporters[e], sizes[s]);
}

/* ---- counts ---- */

static void count(const char *what, const struct exporter *exporter, size_t size, uint64_t value)
{
	printf("{\"count\": \"%s\", \"exporter\": \"%s\", \"size\": %zu, \"value\": %llu}\n", what,
	       exporter->name, size, (unsigned long long)value);
}

static void count_conversions(struct ccp_hostview *view, const struct exporter *exporter,
			      size_t size)
{
	struct ccp_hv_ledger before, during;
	int fd;

	if (!view || ccp_hostview_ledger(view, &before))
		return;
	fd = exporter->alloc(exporter->from, size);
	if (fd < 0 || ccp_hostview_ledger(view, &during))
		return;
	count("conversion calls of an allocation", exporter, size,
	      during.conversions[CCP_HV_SHARED] - before.conversions[CCP_HV_SHARED]);
	count("pages that became shared", exporter, size,
	      during.pages[CCP_HV_SHARED] - before.pages[CCP_HV_SHARED]);
	close(fd);
}

/* Slots of bounce memory in use; false: nobody tells. */
static bool slots_used(uint64_t *slots)
{
	FILE *file = fopen(SLOTS_USED, "re");
	unsigned long long found;
	bool read;

	if (!file)
		return false;
	read = fscanf(file, "%llu", &found) == 1;
	fclose(file);
	*slots = found;
	return read;
}

/* The least of several: the driver's own commands come and go in bounce memory, too. */
static void count_bounced(const struct bench *bench, const struct exporter *exporter, size_t size)
{
	uint64_t least = UINT64_MAX, before, during;

	for (int round = 0; round < ROUNDS; round++) {
		int fd = exporter->alloc(exporter->from, size);
		uint32_t handle;

		if (fd < 0 || bench->importer < 0 || !slots_used(&before))
			return;
		if (ccp_prime_import(bench->importer, fd, &handle)) {
			close(fd);
			return;
		}
		if (slots_used(&during) && during >= before && during - before < least)
			least = during - before;
		ccp_gem_close(bench->importer, handle);
		close(fd);
	}
	if (least != UINT64_MAX)
		count("bytes of bounce memory of an import", exporter, size, least * SLOT);
}

int main(int argc, char **argv)
{
	struct bench bench = { .importer = ccp_drm_open("virtio_gpu") };
	struct ccp_hostview *view = NULL;

	if (argc != 1) {
		fprintf(stderr, "usage: ccprime-bench\n");
		return 2;
	}
	if (ccp_hostview_open(&view))
		view = NULL;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
		for (size_t e = 0; e < ARRAY_SIZE(exporters); e++) {
			count_conversions(view, &exporters[e], sizes[s]);
			count_bounced(&bench, &exporters[e], sizes[s]);
		}
	time_all(&bench);
	ccp_hostview_close(view);
	if (bench.importer >= 0)
		close(bench.importer);
	return 0;
}

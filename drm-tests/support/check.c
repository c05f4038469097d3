/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <drm/virtgpu_drm.h>
#include <linux/dma-buf.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "check.h"

#define CHUNK	  (64 * 1024)
#define WORD_SIZE sizeof(uint64_t)
#define FREED_NS  2000000000

static const char *const plane_names[] = {
	[CCP_HV_PRIVATE] = "private",
	[CCP_HV_SHARED] = "shared",
};

const char *cc_shared_heap(void)
{
	return getenv("CCPRIME_HEAP") ?: CCP_HEAP_SHARED;
}

void cc_require_heap(const char *heap)
{
	int fd = ccp_heap_open(heap);

	igt_require_f(fd != -ENOENT, "no heap /dev/dma_heap/%s\n", heap);
	igt_assert_f(fd >= 0, "/dev/dma_heap/%s: %s\n", heap, strerror(-fd));
	close(fd);
}

void cc_require_coco(void)
{
	igt_require_f(ccp_platform_detect() != CCP_PLATFORM_NONE, "not in a confidential guest\n");
}

struct ccp_hostview *cc_hostview_open(void)
{
	struct ccp_hostview *view = NULL;
	int err = ccp_hostview_open(&view);

	igt_assert_f(!err || err == -ENODEV, "host view: %s\n", strerror(-err));
	return view;
}

void cc_require_hostview(const struct ccp_hostview *view)
{
	igt_require_f(view, "no monitor below this guest that could show its memory\n");
}

int cc_virtgpu_param(int drm, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam arg = { .param = param, .value = (uintptr_t)&value };

	return ioctl(drm, DRM_IOCTL_VIRTGPU_GETPARAM, &arg) ? 0 : value;
}

/* Why this virtio-gpu takes no imports, or NULL. */
static const char *virtgpu_refusal(int drm)
{
	if (!cc_virtgpu_param(drm, VIRTGPU_PARAM_RESOURCE_BLOB))
		return "this virtio-gpu has no blob resources (QEMU: blob=on)";
	if (cc_virtgpu_param(drm, VIRTGPU_PARAM_3D_FEATURES) &&
	    !cc_virtgpu_param(drm, CC_VIRTGPU_PARAM_RESOURCE_BACKING))
		return "the driver takes no imports where virtio-gpu has 3D (kernel-patches)";
	return NULL;
}

int cc_virtgpu_open(void)
{
	int drm = ccp_drm_open("virtio_gpu");
	const char *refusal;

	igt_require_f(drm >= 0, "no virtio-gpu device: %s\n", strerror(-drm));
	refusal = virtgpu_refusal(drm);
	igt_require_f(!refusal, "%s\n", refusal);
	return drm;
}

int cc_importer_open(const char *driver)
{
	int drm = ccp_drm_open(driver);

	if (drm < 0 || strcmp(driver, "virtio_gpu") || !virtgpu_refusal(drm))
		return drm;
	close(drm);
	return -EOPNOTSUPP;
}

struct ccp_pattern cc_pattern_next(void)
{
	static uint8_t generation;

	/* Not 0: the words of buffer 0 look like zeroes in a picture */
	return (struct ccp_pattern){
		.id = 1 + getpid() % 0xfff,
		.generation = generation++,
	};
}

void cc_buffer_create(struct cc_buffer *buffer, const char *heap, size_t size)
{
	int err = ccp_buffer_create(&buffer->dmabuf, heap, size);

	igt_assert_f(!err, "%zu bytes from %s: %s\n", size, heap, strerror(-err));
	cc_buffer_rewrite(buffer);
}

int cc_heap_ioctl(unsigned long request, void *arg)
{
	int heap = ccp_heap_open(cc_shared_heap());
	int err;

	igt_assert_fd(heap);
	err = ioctl(heap, request, arg) ? -errno : 0;
	close(heap);
	return err;
}

void cc_buffer_rewrite(struct cc_buffer *buffer)
{
	struct ccp_buffer *dmabuf = &buffer->dmabuf;

	buffer->pattern = cc_pattern_next();
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(dmabuf->fd, DMA_BUF_SYNC_WRITE), 0);
	ccp_pattern_fill(&buffer->pattern, dmabuf->map, 0, dmabuf->size);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(dmabuf->fd, DMA_BUF_SYNC_WRITE), 0);
}

void cc_mismatch_add(struct ccp_mismatch *all, const struct ccp_mismatch *found)
{
	uint64_t before = all->wrong_words;

	if (!before)
		*all = *found;
	all->wrong_words = before + found->wrong_words;
}

void cc_assert_no_mismatch(const struct ccp_mismatch *mismatch, const char *where)
{
	char text[CCP_DESCRIBE_SIZE];

	if (!mismatch->wrong_words)
		return;

	ccp_mismatch_describe(mismatch, text, sizeof(text));
	igt_assert_f(!mismatch->wrong_words, "%s: %s\n", where, text);
}

void cc_assert_cpu(const struct ccp_pattern *pattern, const void *map, uint64_t offset, size_t size,
		   const char *what)
{
	struct ccp_mismatch mismatch = {};

	ccp_pattern_check(pattern, map, offset, size, NULL, &mismatch);
	cc_assert_no_mismatch(&mismatch, what);
}

/* Reads up to CHUNK bytes of one plane at offset of the buffer; returns how many. */
static size_t read_plane(struct ccp_hostview *view, enum ccp_hv_plane plane,
			 const struct ccp_buffer *dmabuf, size_t offset, uint64_t *words)
{
	size_t size = dmabuf->size - offset;
	int err;

	if (size > CHUNK)
		size = CHUNK;

	err = ccp_hostview_read(view, plane, (const char *)dmabuf->map + offset, words, size);
	igt_assert_f(!err, "%s plane at 0x%zx: %s\n", plane_names[plane], offset, strerror(-err));
	return size;
}

void cc_assert_plane_holds(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer)
{
	const uint64_t *poison = ccp_hostview_info(view)->poison;
	static uint64_t words[CHUNK / WORD_SIZE];
	struct ccp_mismatch all = {}, found;
	char where[32];

	for (size_t offset = 0, size; offset < buffer->dmabuf.size; offset += size) {
		size = read_plane(view, plane, &buffer->dmabuf, offset, words);
		if (!ccp_pattern_check(&buffer->pattern, words, offset, size, poison, &found))
			cc_mismatch_add(&all, &found);
	}

	snprintf(where, sizeof(where), "%s plane", plane_names[plane]);
	cc_assert_no_mismatch(&all, where);
}

void cc_assert_plane_lacks(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer)
{
	static uint64_t words[CHUNK / WORD_SIZE], own[CHUNK / WORD_SIZE];

	for (size_t offset = 0, size; offset < buffer->dmabuf.size; offset += size) {
		size = read_plane(view, plane, &buffer->dmabuf, offset, words);
		/* At once: a call for each word would take most of the time */
		ccp_pattern_fill(&buffer->pattern, own, offset, size);

		for (size_t i = 0; i < size / WORD_SIZE; i++) {
			size_t at = offset + i * WORD_SIZE;

			igt_assert_f(words[i] != own[i],
				     "%s plane: page %zu + 0x%zx: found the buffer's own word "
				     "0x%016" PRIx64 ", which only the %s plane should hold\n",
				     plane_names[plane], at / CCP_HV_PAGE_SIZE,
				     at % CCP_HV_PAGE_SIZE, words[i], plane_names[!plane]);
		}
	}
}

void cc_assert_ledger_state(struct ccp_hostview *view, enum ccp_hv_plane plane,
			    const struct cc_buffer *buffer)
{
	static uint8_t states[CHUNK];
	size_t pages = buffer->dmabuf.size / CCP_HV_PAGE_SIZE;
	int err;

	igt_assert_lte_u64(pages, sizeof(states));
	err = ccp_hostview_states(view, buffer->dmabuf.map, pages, states);
	igt_assert_f(!err, "states of %zu pages: %s\n", pages, strerror(-err));

	for (size_t i = 0; i < pages; i++)
		igt_assert_f(states[i] == plane, "ledger: page %zu is not %s (state %u)\n", i,
			     plane_names[plane], states[i]);
}

void cc_assert_page_table(struct ccp_hostview *view, enum ccp_hv_plane plane,
			  const struct cc_buffer *buffer)
{
	for (size_t i = 0; i < buffer->dmabuf.size / CCP_HV_PAGE_SIZE; i++) {
		const volatile char *page = (char *)buffer->dmabuf.map + i * CCP_HV_PAGE_SIZE;
		struct ccp_hv_translation at;
		int err;

		(void)*page;
		err = ccp_hostview_translate(view, (const void *)page, &at);
		igt_assert_f(!err, "page table: page %zu: %s\n", i, strerror(-err));
		igt_assert_f(at.plane == plane,
			     "page table: page %zu leads to the %s plane, not to the %s one\n", i,
			     plane_names[at.plane], plane_names[plane]);
	}
}

void cc_assert_shared_intact(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	const struct ccp_buffer *dmabuf = &buffer->dmabuf;

	cc_assert_cpu(&buffer->pattern, dmabuf->map, 0, dmabuf->size, "mapping");
	if (!view)
		return;

	cc_assert_plane_holds(view, CCP_HV_SHARED, buffer);
	cc_assert_plane_lacks(view, CCP_HV_PRIVATE, buffer);
	cc_assert_ledger_state(view, CCP_HV_SHARED, buffer);
}

void cc_assert_same_dmabuf(int fd, int other)
{
	struct stat stat, other_stat;

	igt_assert_eq(fstat(fd, &stat), 0);
	igt_assert_eq(fstat(other, &other_stat), 0);
	igt_assert_eq_u64(stat.st_dev, other_stat.st_dev);
	igt_assert_eq_u64(stat.st_ino, other_stat.st_ino);
}

unsigned int cc_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	igt_assert(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int cc_map_error(int fd, int prot)
{
	void *map = mmap(NULL, CCP_HV_PAGE_SIZE, prot, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, CCP_HV_PAGE_SIZE);
	return 0;
}

struct ccp_hv_ledger cc_ledger(struct ccp_hostview *view)
{
	struct ccp_hv_ledger ledger;

	igt_assert_eq(ccp_hostview_ledger(view, &ledger), 0);
	return ledger;
}

uint64_t cc_shared_pages(struct ccp_hostview *view)
{
	return view ? cc_ledger(view).shared_now : 0;
}

void cc_assert_shared_pages_become(struct ccp_hostview *view, uint64_t pages)
{
	struct timespec start = {};

	while (cc_shared_pages(view) != pages && igt_nsec_elapsed(&start) < FREED_NS)
		sched_yield();
	igt_assert_eq_u64(cc_shared_pages(view), pages);
}

/* SPDX-License-Identifier: MIT */
/*
 * libccprime: system_cc_shared dma-bufs, PRIME, and what the outside sees of them.
 *
 * Conventions: sizes and offsets are bytes; a function that can fail returns 0 or a negative errno
 * (or a non-negative file descriptor where it says so) and leaves its outputs untouched when it
 * fails; the errnos named here are those with a meaning of their own, any other is the kernel's as
 * it came; file descriptors are close-on-exec and belong to the caller; there is no global state,
 * and nothing prints.
 */
#ifndef CCPRIME_H
#define CCPRIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccprime-hostview.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What this file declares is what the shared library exports. */
#pragma GCC visibility push(default)

/* ---- platform: what kind of confidential guest is this? ---- */

enum ccp_platform {
	CCP_PLATFORM_NONE,
	CCP_PLATFORM_SEV,
	CCP_PLATFORM_SEV_ES,
	CCP_PLATFORM_SEV_SNP,
	CCP_PLATFORM_TDX,
	CCP_PLATFORM_CCA,
};

/*
 * Looks at what userspace can see: x86 CPUID (leaf 0x21 for TDX, leaf 0x8000001f for SEV, both only
 * under a hypervisor) and MSR 0xc0010131 through /dev/cpu/0/msr, the arm-cca-dev platform device
 * for CCA. CPUID says that a processor could, not that this guest does; so where the MSR cannot be
 * read, the kernel's own "Memory Encryption Features active" line decides. Never fails: what cannot
 * be seen is CCP_PLATFORM_NONE.
 */
enum ccp_platform ccp_platform_detect(void);

/* "none", "SEV", "SEV-ES", "SEV-SNP", "TDX", "CCA". */
const char *ccp_platform_name(enum ccp_platform platform);

/* ---- heap: /dev/dma_heap (uapi linux/dma-heap.h) ---- */

#define CCP_HEAP_SHARED	 "system_cc_shared"
#define CCP_HEAP_PRIVATE "system"

/*
 * Opens /dev/dma_heap/NAME. Returns an fd; -ENOENT: no such heap; -EINVAL: no plain file name
 * (empty, begins with a dot, has a slash, or is longer than 64 bytes).
 */
int ccp_heap_open(const char *name);

/*
 * DMA_HEAP_IOCTL_ALLOC with O_RDWR | O_CLOEXEC. The kernel rounds size up to whole pages and sets
 * no limit. Returns a dma-buf fd; -EINVAL: size is 0.
 */
int ccp_heap_alloc(int heap, size_t size);

/* ---- pattern: words that say where they belong ---- */

/*
 * Every 8-byte word of a buffer names the buffer (id), the version of its content (generation) and
 * its own place, so that a wrong word tells where it came from. Layout, high to low bits: 0xcc, id
 * 12, generation 8, word index 36.
 */
struct ccp_pattern {
	uint16_t id; /* 0 to 0xfff */
	uint8_t generation;
};

/* The word at byte offset (a multiple of 8, below 2^39) of a buffer with this pattern. */
uint64_t ccp_pattern_word(const struct ccp_pattern *pattern, uint64_t offset);

/*
 * Writes size bytes to dst as the pattern has them at offset. Both are multiples of 8; dst is
 * 8-byte aligned. Stores are volatile 64-bit ones: dst may be a mapping of device-visible memory.
 */
void ccp_pattern_fill(const struct ccp_pattern *pattern, void *dst, uint64_t offset, size_t size);

/* Where a wrong word came from. */
enum ccp_origin {
	CCP_ORIGIN_ZERO,
	CCP_ORIGIN_POISON, /* nobody ever wrote this plane here: the writer wrote the other one */
	CCP_ORIGIN_STALE, /* this place of this buffer, another generation */
	CCP_ORIGIN_OTHER_PAGE, /* this buffer, another place, any generation */
	CCP_ORIGIN_OTHER_BUFFER,
	CCP_ORIGIN_UNKNOWN, /* no word of ours: ciphertext, or foreign data */
};

struct ccp_mismatch {
	uint64_t offset; /* of the first wrong word in the buffer */
	uint64_t expected;
	uint64_t found;
	uint64_t wrong_words; /* in the range that was checked */
	enum ccp_origin origin; /* of the first wrong word */
};

/* "zero", "poison", "stale", "other page", "other buffer", "unknown". */
const char *ccp_origin_name(enum ccp_origin origin);

/*
 * Compares size bytes at src (as ccp_pattern_fill() wrote them at offset, with the same alignment)
 * with the pattern, by volatile 64-bit loads. poison: words that count as poison, by plane
 * (ccp_hv_info.poison), or NULL. Returns true and leaves mismatch alone where all is right; else
 * false and fills it.
 */
bool ccp_pattern_check(const struct ccp_pattern *pattern, const void *src, uint64_t offset,
		       size_t size, const uint64_t poison[2], struct ccp_mismatch *mismatch);

/* Room for any line of ccp_mismatch_describe(). */
#define CCP_DESCRIBE_SIZE 256

/*
 * One line for people, without a newline: "page 3 + 0x10: expected 0x..., found 0x... (stale:
 * generation 1 of page 3 + 0x10); 512 words wrong". Writes at most size bytes, NUL included.
 */
void ccp_mismatch_describe(const struct ccp_mismatch *mismatch, char *text, size_t size);

/* ---- buffer: a dma-buf with a CPU mapping (uapi linux/dma-buf.h) ---- */

struct ccp_buffer {
	int fd; /* dma-buf; -1: closed, the mapping may outlive it */
	size_t size;
	void *map; /* MAP_SHARED, read and write; NULL: not mapped */
};

/*
 * ccp_heap_open(), ccp_heap_alloc(), mmap(). Undo with ccp_buffer_destroy(). Errors are those of
 * the three.
 */
int ccp_buffer_create(struct ccp_buffer *buffer, const char *heap, size_t size);

/*
 * Unmaps and closes what is still mapped and open. A zeroed fd is a valid fd, so call it on created
 * buffers only; a second call does nothing.
 */
void ccp_buffer_destroy(struct ccp_buffer *buffer);

/* Closes the fd only, or unmaps only. */
void ccp_buffer_close_fd(struct ccp_buffer *buffer);
void ccp_buffer_unmap(struct ccp_buffer *buffer);

/*
 * DMA_BUF_IOCTL_SYNC. flags: DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE or both. Restarted on EINTR and
 * EAGAIN.
 */
int ccp_dmabuf_begin_cpu_access(int fd, uint64_t flags);
int ccp_dmabuf_end_cpu_access(int fd, uint64_t flags);

/* DMA_BUF_IOCTL_EXPORT_SYNC_FILE; returns a sync file fd. flags as above. */
int ccp_dmabuf_export_sync_file(int fd, uint32_t flags);

/* DMA_BUF_IOCTL_IMPORT_SYNC_FILE; sync_file stays the caller's. flags as above. */
int ccp_dmabuf_import_sync_file(int fd, uint32_t flags, int sync_file);

/* ---- PRIME and scanout, over libdrm ---- */

/*
 * Opens the primary node (/dev/dri/cardN, lowest N) of the first device whose driver has this name
 * ("vgem", "virtio_gpu"), by DRM_IOCTL_VERSION. Returns an fd; -ENODEV: no such device; -EACCES:
 * there are devices that the caller may not open, and no such one among the others.
 */
int ccp_drm_open(const char *driver);

/*
 * DRM_IOCTL_PRIME_FD_TO_HANDLE. The handle belongs to drm: one ccp_gem_close() closes it, however
 * often the same dma-buf was imported.
 */
int ccp_prime_import(int drm, int dmabuf, uint32_t *handle);

/* DRM_IOCTL_PRIME_HANDLE_TO_FD with DRM_RDWR | DRM_CLOEXEC; returns a dma-buf fd. */
int ccp_prime_export(int drm, uint32_t handle);

/* DRM_IOCTL_GEM_CLOSE. */
int ccp_gem_close(int drm, uint32_t handle);

/* A linear XRGB8888 picture in a GEM buffer, shown on the first connected connector. */
struct ccp_scanout {
	int drm;
	uint32_t fb, crtc;
	uint32_t width, height, stride; /* stride in bytes */
};

/*
 * The first connected connector's preferred mode (its first, where none is preferred). -ENODEV:
 * nothing connected.
 */
int ccp_scanout_size(int drm, uint32_t *width, uint32_t *height);

/*
 * DRM_IOCTL_MODE_ADDFB2 (XRGB8888, ccp_scanout_size()'s size, this stride and byte offset into the
 * handle) and SETCRTC; drm must be master. Undo with ccp_scanout_destroy(); the handle stays the
 * caller's, and drm has to stay open as long. 0 does not mean that the host shows it: look with
 * ccp_capture_take().
 */
int ccp_scanout_create(struct ccp_scanout *scanout, int drm, uint32_t handle, uint32_t stride,
		       uint32_t offset);

/* DRM_IOCTL_MODE_DIRTYFB over the whole picture: the host reads the pages again. */
int ccp_scanout_flush(const struct ccp_scanout *scanout);

/* DRM_IOCTL_MODE_RMFB, which also switches the screen off. */
void ccp_scanout_destroy(struct ccp_scanout *scanout);

/* ---- host view: what a device or the hypervisor sees of this guest's memory ---- */

struct ccp_hostview;

/*
 * Finds a monitor (ccprime-hostview.h). *view belongs to the caller: ccp_hostview_close(). -ENODEV:
 * there is none, as on real hardware; -EPROTO: the monitor is older than this library.
 */
int ccp_hostview_open(struct ccp_hostview **view);
void ccp_hostview_close(struct ccp_hostview *view);

const struct ccp_hv_info *ccp_hostview_info(const struct ccp_hostview *view);

/*
 * Where this process's page table leads to for addr, which must be mapped and touched, else
 * -EFAULT.
 */
int ccp_hostview_translate(struct ccp_hostview *view, const void *addr,
			   struct ccp_hv_translation *translation);

/*
 * Copies what one plane holds at [addr, addr + size) of this process to dst, page by page, whatever
 * the page table says about the plane. This function touches both (addr by reading, dst by
 * writing), so that both are present. On an error dst holds anything.
 */
int ccp_hostview_read(struct ccp_hostview *view, enum ccp_hv_plane plane, const void *addr,
		      void *dst, size_t size);

/*
 * State (enum ccp_hv_plane) of each page of [addr, addr + pages * 4096), by the ledger; addr is
 * page aligned, else -EINVAL; states has room for pages bytes. Touches addr's pages by reading. On
 * an error states holds anything.
 */
int ccp_hostview_states(struct ccp_hostview *view, const void *addr, size_t pages, uint8_t *states);

/*
 * The same for pages of guest memory, whoever has them mapped: gpa is page aligned, and all of
 * [gpa, gpa + pages * 4096) is RAM, else -EINVAL.
 */
int ccp_hostview_gpa_states(struct ccp_hostview *view, uint64_t gpa, size_t pages, uint8_t *states);

int ccp_hostview_ledger(struct ccp_hostview *view, struct ccp_hv_ledger *ledger);

/*
 * What happened between two snapshots of one ledger: now - mark in every counter. shared_now is a
 * difference too; where it is negative, it wraps around, as unsigned numbers do.
 */
struct ccp_hv_ledger ccp_ledger_since(const struct ccp_hv_ledger *mark,
				      const struct ccp_hv_ledger *now);

/*
 * Arms or disarms a conversion failure (struct ccp_hv_fail), for the whole guest. -EINVAL: no such
 * plane or kind. Disarm what may not have happened: it would hit somebody else.
 */
int ccp_hostview_fail(struct ccp_hostview *view, const struct ccp_hv_fail *fail);

/* ---- capture: what the virtio-gpu scanout shows, asked of the host side ---- */

/*
 * Pixels without padding, 3 bytes each: red, green, blue. Read it with ccp_capture_pixel().
 */
struct ccp_capture {
	uint32_t width, height;
	uint8_t *rgb; /* width * height * 3 bytes */
};

/*
 * Asks over the virtio-serial port "ccprime.control", which one process at a time can open. name
 * ([a-z0-9-], 1 to 63 characters, else -EINVAL) becomes the file name of the PNG in the results
 * folder. -ENODEV: no such port, as on real hardware; -EBUSY: somebody else has it open; -EPROTO:
 * the answer makes no sense or ends early; -EIO: the host could not capture, or nobody listens
 * there; -ETIMEDOUT after 30 s. Free with ccp_capture_free().
 */
int ccp_capture_take(const char *name, struct ccp_capture *capture);

/*
 * The same for the QEMU display with this id (-device bochs-display,id=ID; [A-Za-z0-9_-], 1 to 31
 * characters). -EIO where QEMU has none.
 */
int ccp_capture_take_display(const char *name, const char *display, struct ccp_capture *capture);
void ccp_capture_free(struct ccp_capture *capture);

/*
 * From now on (true) or no more (false) the host side sends a byte to the guest's first serial port
 * every second, which wakes a guest that has that port's power/wakeup enabled. Over the same port
 * and with the same errors as ccp_capture_take().
 */
int ccp_wake(bool on);

/* 0xRRGGBB. x and y must lie inside. */
uint32_t ccp_capture_pixel(const struct ccp_capture *capture, uint32_t x, uint32_t y);

/* The byte of each of a word's two pixels that no capture shows. */
#define CCP_CAPTURE_UNUSED 0xff000000ff000000ull

/*
 * The pixels at x and x + 1 as the word that they were in memory (XRGB8888). Its unused bytes are
 * those of the expected word; a black word is 0.
 */
uint64_t ccp_capture_word(const struct ccp_capture *capture, uint32_t x, uint32_t y,
			  uint64_t expected);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif

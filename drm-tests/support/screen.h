/* SPDX-License-Identifier: MIT */
/* Pictures on a screen, and what the host shows of them. */
#ifndef CC_SCREEN_H
#define CC_SCREEN_H

#include "buffer.h"

/*
 * The pixels of a screen that the device has and the functions below can compare: its width is
 * even. Skips where there is none.
 */
void cc_require_screen(int drm, uint32_t *width, uint32_t *height);

/* Shows the picture that begins at offset of a handle, its rows stride bytes apart. */
struct ccp_scanout cc_show(int drm, uint32_t handle, uint32_t stride, uint32_t offset);

/*
 * What the host shows now; skips where there is nobody who could tell. name becomes that of a PNG
 * in the results. Undo with ccp_capture_free().
 */
struct ccp_capture cc_capture_screen(const char *name);

/* The same of the QEMU display with this id, which skips where QEMU has none; NULL: the first one.
 */
struct ccp_capture cc_capture_display(const char *name, const char *display);

/*
 * Each pixel that the host shows is what the pattern has at its place: the picture begins at this
 * offset of the pattern's buffer; its width is even. view may be NULL.
 */
void cc_assert_shown(struct ccp_hostview *view, const struct ccp_scanout *scanout,
		     const struct ccp_pattern *pattern, uint64_t offset, const char *name);

/* The same on the QEMU display with this id. */
void cc_assert_shown_on(struct ccp_hostview *view, const struct ccp_scanout *scanout,
			const struct ccp_pattern *pattern, uint64_t offset, const char *name,
			const char *display);

#endif

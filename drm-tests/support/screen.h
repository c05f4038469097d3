/* SPDX-License-Identifier: MIT */
/*
 * What the host shows of a picture.
 */
#ifndef CC_SCREEN_H
#define CC_SCREEN_H

#include "buffer.h"

/* Pixels; wider pictures cannot be compared. */
#define CC_SCREEN_MAX_WIDTH 4096

/*
 * What the host shows now; skips where there is nobody who could tell. name becomes that of a PNG in
 * the results. Undo with ccp_capture_free().
 */
struct ccp_capture cc_capture_screen(const char *name);

/*
 * Each pixel that the host shows is what the pattern has at its place: the picture begins at this
 * offset of the pattern's buffer; its width is even. view may be NULL.
 */
void cc_assert_shown(struct ccp_hostview *view, const struct ccp_scanout *scanout,
		     const struct ccp_pattern *pattern, uint64_t offset, const char *name);

#endif

// SPDX-License-Identifier: MIT
/*
 * A driver takes the layout of somebody else's memory as it is told. Mesa's lavapipe, for one,
 * takes a pitch shorter than a row and does not count the offset into the memory that an image
 * needs: it would draw over whatever lies behind the buffer.
 */
#include <errno.h>
#include <inttypes.h>

#include "vks.h"

#define MAX_SIDE 16384
#define WORD	 sizeof(uint64_t)

struct vks_layout vks_layout_packed(uint32_t width, uint32_t height)
{
	return (struct vks_layout){ .width = width, .height = height, .pitch = width * VKS_PIXEL };
}

uint64_t vks_layout_end(const struct vks_layout *layout)
{
	return layout->offset + layout->pitch * (layout->height - 1) + layout->width * VKS_PIXEL;
}

int vks_layout_check(struct vks_gpu *gpu, const struct vks_layout *layout, uint64_t size)
{
	if (!layout->width || !layout->height || layout->width > MAX_SIDE ||
	    layout->height > MAX_SIDE)
		return vks_fail(gpu, -EINVAL, "a picture of %ux%u pixels: each side is 1 to %u",
				layout->width, layout->height, MAX_SIDE);
	if (layout->pitch < layout->width * VKS_PIXEL)
		return vks_fail(gpu, -EINVAL, "pitch %" PRIu64 ": a row of %u pixels has %u bytes",
				layout->pitch, layout->width, layout->width * VKS_PIXEL);
	if (layout->pitch % VKS_PIXEL || layout->offset % VKS_PIXEL)
		return vks_fail(gpu, -EINVAL,
				"offset %" PRIu64 ", pitch %" PRIu64 ": not multiples of %u",
				layout->offset, layout->pitch, VKS_PIXEL);
	/* Such sizes, that no sum below overflows */
	if (layout->offset > size || layout->pitch > size || vks_layout_end(layout) > size)
		return vks_fail(gpu, -EINVAL,
				"offset %" PRIu64 ", pitch %" PRIu64 ", %u rows: behind the end of "
				"%" PRIu64 " bytes",
				layout->offset, layout->pitch, layout->height, size);
	return 0;
}

int vks_range_check(struct vks_gpu *gpu, uint64_t offset, uint64_t size, uint64_t total,
		    uint64_t alignment)
{
	if (!size || size % WORD || offset % WORD)
		return vks_fail(gpu, -EINVAL,
				"%" PRIu64 " bytes at offset %" PRIu64 ": not whole words of %zu",
				size, offset, WORD);
	if (offset % alignment)
		return vks_fail(gpu, -EINVAL, "offset %" PRIu64 ": not a multiple of %" PRIu64,
				offset, alignment);
	if (offset > total || size > total - offset)
		return vks_fail(gpu, -EINVAL,
				"%" PRIu64 " bytes at offset %" PRIu64
				": behind the end of %" PRIu64 " bytes",
				size, offset, total);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "decode.h"

/* APM volume 3, 1.2.7: REX prefixes are 40 to 4F; B extends ModRM.rm, R extends ModRM.reg */
#define REX	 0x40
#define REX_MASK 0xf0
#define REX_B	 0x01
#define REX_R	 0x04

int decode_mov_to_cr(const uint8_t *bytes, size_t size, struct mov_to_cr *mov)
{
	uint8_t rex = 0, modrm;
	size_t at = 0;

	if (size && (bytes[0] & REX_MASK) == REX)
		rex = bytes[at++];
	if (size < at + 3 || bytes[at] != 0x0f || bytes[at + 1] != 0x22)
		return -EINVAL;
	modrm = bytes[at + 2];
	mov->length = at + 3;
	mov->cr = (modrm >> 3 & 7) | (rex & REX_R ? 8 : 0);
	mov->gpr = (modrm & 7) | (rex & REX_B ? 8 : 0);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few instructions that the monitor has to read by itself (emulated CPUs have no decode
 * assists).
 */
#ifndef MONITOR_DECODE_H
#define MONITOR_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* Longest instruction that decode_mov_to_cr() takes: a REX prefix, two opcode bytes, ModRM */
#define DECODE_MAX_BYTES 4

struct mov_to_cr {
	unsigned int length;
	unsigned int cr;
	unsigned int gpr; /* as in struct vcpu */
};

/*
 * MOV CRn, reg (APM volume 3: 0F 22 /r, mod is ignored). Returns 0, or -EINVAL: it is something
 * else, or cut off after size bytes.
 */
int decode_mov_to_cr(const uint8_t *bytes, size_t size, struct mov_to_cr *mov);

#endif

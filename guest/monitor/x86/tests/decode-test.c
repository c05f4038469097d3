// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "decode.h"
#include "tap.h"

static void plain_registers(void)
{
	struct mov_to_cr mov;

	check_eq(decode_mov_to_cr((uint8_t[]){ 0x0f, 0x22, 0xd8, 0xcc }, 4, &mov), 0);
	check_eq(mov.length, 3);
	check_eq(mov.cr, 3);
	check_eq(mov.gpr, 0);
	check_eq(decode_mov_to_cr((uint8_t[]){ 0x0f, 0x22, 0xc7 }, 3, &mov), 0);
	check_eq(mov.cr, 0);
	check_eq(mov.gpr, 7);
}

static void rex_extends_registers(void)
{
	struct mov_to_cr mov;

	check_eq(decode_mov_to_cr((uint8_t[]){ 0x41, 0x0f, 0x22, 0xdf }, 4, &mov), 0);
	check_eq(mov.length, 4);
	check_eq(mov.cr, 3);
	check_eq(mov.gpr, 15);
	check_eq(decode_mov_to_cr((uint8_t[]){ 0x44, 0x0f, 0x22, 0xc0 }, 4, &mov), 0);
	check_eq(mov.cr, 8);
}

static void other_instructions(void)
{
	struct mov_to_cr mov;

	/* mov %cr3, %rax; nop; two prefixes */
	check_eq(decode_mov_to_cr((uint8_t[]){ 0x0f, 0x20, 0xd8, 0x90 }, 4, &mov), -EINVAL);
	check_eq(decode_mov_to_cr((uint8_t[]){ 0x90, 0x90, 0x90, 0x90 }, 4, &mov), -EINVAL);
	check_eq(decode_mov_to_cr((uint8_t[]){ 0x41, 0x41, 0x0f, 0x22 }, 4, &mov), -EINVAL);
}

static void cut_off(void)
{
	static const uint8_t bytes[] = { 0x41, 0x0f, 0x22, 0xdf };
	struct mov_to_cr mov;

	for (size_t size = 0; size < sizeof(bytes); size++)
		check_eq(decode_mov_to_cr(bytes, size, &mov), -EINVAL);
}

static const struct tap_test tests[] = {
	{ "plain registers", plain_registers },
	{ "a REX prefix extends registers", rex_extends_registers },
	{ "other instructions are refused", other_instructions },
	{ "a cut off instruction is refused", cut_off },
};

TAP_MAIN(tests)

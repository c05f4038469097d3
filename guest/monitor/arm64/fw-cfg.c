// SPDX-License-Identifier: GPL-2.0-only
#include "fw-cfg.h"
#include "layout.h"
#include "../freestanding.h"
#include "../log.h"
#include "../machine.h"

/* Registers of the memory mapped kind, and the directory of files */
#define DATA	 0
#define SELECTOR 8
#define FILE_DIR 0x19

struct file {
	uint32_t size; /* big endian, as all */
	uint16_t select;
	uint16_t reserved;
	char name[56];
};

static void select(uint16_t key)
{
	volatile uint16_t *selector = machine_ptr(MACHINE_FW_CFG + SELECTOR);

	*selector = __builtin_bswap16(key);
}

static void read(void *to, uint32_t size)
{
	volatile uint8_t *data = machine_ptr(MACHINE_FW_CFG + DATA);
	uint8_t *bytes = to;

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = *data;
}

void fw_cfg_read(const char *name, char *text, uint32_t room)
{
	struct file file;
	uint32_t count;

	select(FILE_DIR);
	read(&count, sizeof(count));
	for (count = __builtin_bswap32(count); count; count--) {
		read(&file, sizeof(file));
		file.name[sizeof(file.name) - 1] = '\0';
		if (strcmp(file.name, name))
			continue;
		file.size = __builtin_bswap32(file.size);
		if (file.size >= room)
			break;
		select(__builtin_bswap16(file.select));
		read(text, file.size);
		text[file.size] = '\0';
		return;
	}
	fatal("fw_cfg: %s is missing or too long", name);
}

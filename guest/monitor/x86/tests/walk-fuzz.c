// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: page tables, CR3 and virtual address are the guest's; nothing outside its RAM may be
 * touched.
 */
#include <string.h>

#include "decode.h"
#include "fake-machine.h"
#include "layout.h"
#include "machine.h"
#include "npt.h"
#include "../../walk.h"

#define RAM    (2ull << 20)
#define TABLES 0x100000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stage2 npt;
static struct planes planes;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_space space = { .planes = &planes, .paging = true };
	struct mov_to_cr mov;
	uint64_t head[2];
	uint8_t page[4096];

	if (!npt.root) {
		fake_machine_reset();
		npt_init(&npt, NPT_BASE, RAM,
			 (struct npt_planes)CONFIDENTIAL_PLANES(CCP_HV_PRIVATE));
		planes_init(&planes, &npt, &(struct planes_config){ .ram = RAM });
		fake_machine_only_planes(0, PRIVATE_BASE, RAM);
	}
	decode_mov_to_cr(data, size, &mov);
	if (size < sizeof(head))
		return 0;
	memcpy(head, data, sizeof(head));
	data += sizeof(head);
	size -= sizeof(head);
	if (size > 4 * PAGE_SIZE)
		size = 4 * PAGE_SIZE;
	memcpy(machine_ptr(TABLES + PRIVATE_BASE), data, size);
	memcpy(machine_ptr(TABLES), data, size);
	/* Half of the inputs start at the tables, or few would get past the first level */
	space.root = head[0] & 1 ? head[0] : TABLES | (head[0] & PLANE_MASK);
	walk_read(&space, head[1], page, sizeof(page));
	walk_write(&space, head[1], page, sizeof(page));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fake-stage2.h"

void fake_stage2_init(struct stage2 *stage2)
{
	memset(stage2, 0, sizeof(*stage2));
	for (uint64_t gpa = 0; gpa < FAKE_RAM; gpa += PAGE_SIZE)
		stage2->present[CCP_HV_PRIVATE][gpa / PAGE_SIZE] = stage2_is_ram(stage2, gpa);
}

bool stage2_is_ram(const struct stage2 *stage2, uint64_t gpa)
{
	return gpa < FAKE_RAM && (gpa < FAKE_HOLE || gpa >= FAKE_HOLE_END);
}

uint64_t stage2_machine(const struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane)
{
	return plane == CCP_HV_PRIVATE && stage2_is_ram(stage2, gpa) ? FAKE_PRIVATE + gpa : gpa;
}

uint64_t stage2_decoy(const struct stage2 *stage2, uint64_t gpa)
{
	return 0;
}

void stage2_set_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane, bool present)
{
	stage2->present[plane][gpa / PAGE_SIZE] = present;
}

bool stage2_is_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane)
{
	return stage2->present[plane][gpa / PAGE_SIZE];
}

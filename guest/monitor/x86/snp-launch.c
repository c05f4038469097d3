// SPDX-License-Identifier: GPL-2.0-only
#include <asm/bootparam.h>

#include "cpuid.h"
#include "snp-launch.h"
#include "../freestanding.h"

/* The secrets page (SEV-SNP firmware ABI, 56860, 8.17), of which only the version is filled in */
#define SECRETS_VERSION 3u
/* The CPUID page (8.18): functions and their answers */
#define CPUID_PAGE_MAX 64u

#define LAUNCH_SECRETS GUEST_LAUNCH
#define LAUNCH_CPUID   (GUEST_LAUNCH + PAGE_SIZE)

/*
 * The guest's link from boot_params to the pages above: setup_data, and Linux' struct
 * cc_blob_sev_info
 */
#define CC_BLOB_MAGIC 0x45444d41u

struct launch_data {
	/* Linux' struct setup_data, which ends in an array, and its data */
	uint64_t next;
	uint32_t type, size;
	uint32_t blob_address;
	struct {
		uint32_t magic;
		uint16_t version, reserved;
		uint64_t secrets;
		uint32_t secrets_size, reserved_1;
		uint64_t cpuid;
		uint32_t cpuid_size, reserved_2;
	} __attribute__((packed)) blob;
} __attribute__((packed));

struct cpuid_page {
	uint32_t count, reserved_0;
	uint64_t reserved_1;
	struct {
		uint32_t leaf, subleaf;
		uint64_t xcr0, xss;
		uint32_t answer[4];
		uint64_t reserved;
	} function[CPUID_PAGE_MAX];
};

static_assert(sizeof(struct cpuid_page) <= PAGE_SIZE, "one page");

/* What goes into the CPUID page. xcr0: the state components that leaf 0Dh's sizes are for. */
static const struct {
	uint32_t leaf, subleaf;
	uint64_t xcr0;
} cpuid_functions[] = {
	{ 0x0, 0, 0 },	      { 0x1, 0, 0 },	    { 0x7, 0, 0 },	  { 0xd, 0, 1 },
	{ 0xd, 1, 1 },	      { 0xd, 2, 0 },	    { 0x40000000, 0, 0 }, { 0x40000001, 0, 0 },
	{ 0x80000000, 0, 0 }, { 0x80000001, 0, 0 }, { 0x80000002, 0, 0 }, { 0x80000003, 0, 0 },
	{ 0x80000004, 0, 0 }, { 0x80000008, 0, 0 }, { 0x8000001f, 0, 0 },
};

static void *launch_page(struct guest *guest, uint64_t gpa)
{
	return memset(planes_ptr(&guest->planes, gpa, CCP_HV_PRIVATE), 0, PAGE_SIZE);
}

void snp_launch(struct guest *guest, struct boot_params *params)
{
	const uint32_t blob = GUEST_SETUP_DATA + offsetof(struct launch_data, blob);
	struct launch_data *data = launch_page(guest, GUEST_SETUP_DATA);
	uint32_t *secrets = launch_page(guest, LAUNCH_SECRETS);
	struct cpuid_page *page = launch_page(guest, LAUNCH_CPUID);

	data->type = SETUP_CC_BLOB;
	data->size = sizeof(data->blob_address);
	data->blob_address = blob;
	data->blob.magic = CC_BLOB_MAGIC;
	data->blob.version = 1;
	data->blob.secrets = LAUNCH_SECRETS;
	data->blob.secrets_size = PAGE_SIZE;
	data->blob.cpuid = LAUNCH_CPUID;
	data->blob.cpuid_size = PAGE_SIZE;
	params->hdr.setup_data = GUEST_SETUP_DATA;

	*secrets = SECRETS_VERSION;

	page->count = sizeof(cpuid_functions) / sizeof(cpuid_functions[0]);
	for (unsigned int i = 0; i < page->count; i++) {
		page->function[i].leaf = cpuid_functions[i].leaf;
		page->function[i].subleaf = cpuid_functions[i].subleaf;
		page->function[i].xcr0 = cpuid_functions[i].xcr0;
		guest_cpuid(guest, cpuid_functions[i].leaf, cpuid_functions[i].subleaf,
			    page->function[i].answer);
	}
}

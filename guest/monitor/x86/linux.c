// SPDX-License-Identifier: GPL-2.0-only
#include <asm/bootparam.h>

#include "efi-tables.h"
#include "layout.h"
#include "linux.h"
#include "mode.h"
#include "../log.h"
#include "../freestanding.h"

/* boot.rst: header fields' values */
#define HEADER_MAGIC	    0x53726448u /* "HdrS" */
#define MIN_PROTOCOL	    0x020c /* has xloadflags */
#define LOADER_UNDEFINED    0xff
#define ENTRY_64	    0x200 /* from the protected-mode code's start */
#define SECTOR		    512
#define DEFAULT_SETUP_SECTS 4

/* Where the kernel prefers to be; the initramfs goes as high as it can. */
#define INITRAMFS_ALIGN PAGE_SIZE

/* Memory in the plane in which Linux finds itself, each block of it open. */
static void *guest_memory(struct vcpu *vcpu, uint64_t gpa, uint64_t size)
{
	struct planes *planes = &vcpu->guest->planes;
	const enum ccp_hv_plane start = vcpu->guest->mode->start;

	for (uint64_t at = gpa & ~(PLANES_BLOCK - 1); at < gpa + size; at += PLANES_BLOCK)
		planes_ptr(planes, at, start);
	return planes_ptr(planes, gpa, start);
}

static void add_region(struct boot_params *params, uint64_t base, uint64_t end, uint32_t type)
{
	if (base >= end || params->e820_entries == E820_MAX_ENTRIES_ZEROPAGE)
		return;
	params->e820_table[params->e820_entries++] =
		(struct boot_e820_entry){ .addr = base, .size = end - base, .type = type };
}

/*
 * The machine's map; the RAM that the guest does not get is reserved, so that nobody puts a device
 * there.
 */
static void fill_e820(struct boot_params *params, const struct memory_map *map, uint64_t ram)
{
	for (unsigned int i = 0; i < map->count; i++) {
		const struct memory_region *region = &map->region[i];
		uint64_t cut = region->end < ram ? region->end : ram;

		if (region->type != E820_RAM) {
			add_region(params, region->base, region->end, region->type);
			continue;
		}
		add_region(params, region->base, cut < GUEST_LAUNCH ? cut : GUEST_LAUNCH, E820_RAM);
		if (region->base < GUEST_LAUNCH)
			add_region(params, GUEST_LAUNCH, GUEST_LAUNCH_END, E820_RESERVED);
		add_region(params,
			   region->base > GUEST_LAUNCH_END ? region->base : GUEST_LAUNCH_END, cut,
			   E820_RAM);
		add_region(params, region->base > cut ? region->base : cut, region->end,
			   E820_RESERVED);
	}
}

static const struct setup_header *check_header(const struct linux_boot *boot)
{
	const struct boot_params *image = boot->kernel;

	if (boot->kernel_size < sizeof(*image) || image->hdr.header != HEADER_MAGIC)
		fatal("kernel: this is no bzImage");
	if (image->hdr.version < MIN_PROTOCOL || !(image->hdr.xloadflags & XLF_KERNEL_64))
		fatal("kernel: no 64-bit entry (boot protocol %x)", image->hdr.version);
	return &image->hdr;
}

static uint64_t load_kernel(const struct linux_boot *boot, const struct setup_header *header,
			    struct vcpu *vcpu)
{
	size_t sects = header->setup_sects ? header->setup_sects : DEFAULT_SETUP_SECTS;
	size_t skip = (sects + 1) * SECTOR;

	if (skip >= boot->kernel_size)
		fatal("kernel: cut off after %lu bytes", boot->kernel_size);
	if (header->pref_address + header->init_size > vcpu->guest->planes.config.ram)
		fatal("kernel: needs 0x%lx bytes at 0x%lx, but RAM ends at 0x%lx",
		      (unsigned long)header->init_size, (unsigned long)header->pref_address,
		      vcpu->guest->planes.config.ram);
	memcpy(guest_memory(vcpu, header->pref_address, boot->kernel_size - skip),
	       boot->kernel + skip, boot->kernel_size - skip);
	return header->pref_address;
}

static uint64_t load_initramfs(const struct linux_boot *boot, uint64_t kernel_end,
			       struct vcpu *vcpu)
{
	uint64_t ram = vcpu->guest->planes.config.ram;
	uint64_t gpa = (ram - boot->initramfs_size) & ~(INITRAMFS_ALIGN - 1);

	if (boot->initramfs_size > ram || gpa < kernel_end)
		fatal("initramfs: %lu bytes do not fit into RAM of %lu", boot->initramfs_size, ram);
	memcpy(guest_memory(vcpu, gpa, boot->initramfs_size), boot->initramfs,
	       boot->initramfs_size);
	return gpa;
}

/* What neither kernel nor initramfs needs, in whole units, is left to the guest to accept. */
static void leave_unaccepted(struct vcpu *vcpu, struct boot_params *params, uint64_t kernel_end,
			     uint64_t initramfs)
{
	uint64_t from = (kernel_end + EFI_UNACCEPTED_UNIT - 1) & ~(EFI_UNACCEPTED_UNIT - 1);
	uint64_t end = initramfs & ~(EFI_UNACCEPTED_UNIT - 1);

	if (from >= end)
		return;
	planes_leave_unaccepted(&vcpu->guest->planes, from, end);
	efi_tables_write(vcpu->guest, params, from, end);
}

/* The firmware that efi-tables.c stands for has no services. */
static void load_command_line(const struct linux_boot *boot, struct vcpu *vcpu)
{
	static const char no_services[] = " efi=noruntime";
	size_t size = strlen(boot->command_line), more = boot->lazy ? sizeof(no_services) - 1 : 0;
	char *line = guest_memory(vcpu, GUEST_COMMAND_LINE, GUEST_COMMAND_SIZE);

	if (size + more >= GUEST_COMMAND_SIZE)
		fatal("command line: %lu bytes, at most %lu", size + more,
		      (unsigned long)GUEST_COMMAND_SIZE - 1);
	memcpy(line, boot->command_line, size);
	memcpy(line + size, no_services, more);
	line[size + more] = '\0';
}

/* Identity map of the first 4 GiB, all in the plane where Linux starts, in 2 MiB pages. */
static void make_page_tables(struct vcpu *vcpu)
{
	const struct stage2 *npt = &vcpu->guest->npt;
	uint64_t pml4 = GUEST_PAGE_TABLES, pdpt = pml4 + PAGE_SIZE, pd = pdpt + PAGE_SIZE;
	uint64_t *entries = guest_memory(vcpu, pml4, PAGE_SIZE);
	const enum ccp_hv_plane start = vcpu->guest->mode->start;
	const uint64_t flags = PTE_PRESENT | PTE_WRITABLE;

	memset(entries, 0, 2 * PAGE_SIZE);
	entries[0] = npt_address(npt, pdpt, start) | flags;
	for (unsigned int gib = 0; gib < 4; gib++) {
		uint64_t table = pd + gib * PAGE_SIZE;
		uint64_t *leaves = guest_memory(vcpu, table, PAGE_SIZE);

		entries[PTE_TABLE_ENTRIES + gib] = npt_address(npt, table, start) | flags;
		for (unsigned int i = 0; i < PTE_TABLE_ENTRIES; i++)
			leaves[i] = npt_address(npt, gib * HUGE_PAGE_SIZE + i * LARGE_PAGE_SIZE,
						start) |
				    flags | PTE_LARGE;
	}
}

void linux_load(const struct linux_boot *boot, struct vcpu *vcpu)
{
	struct boot_params *params = guest_memory(vcpu, GUEST_BOOT_PARAMS, sizeof(*params));
	const struct setup_header *header = check_header(boot);
	uint64_t kernel = load_kernel(boot, header, vcpu);
	uint64_t initramfs = load_initramfs(boot, kernel + header->init_size, vcpu);

	memset(params, 0, sizeof(*params));
	params->hdr = *header;
	params->hdr.type_of_loader = LOADER_UNDEFINED;
	params->hdr.cmd_line_ptr = GUEST_COMMAND_LINE;
	params->hdr.ramdisk_image = initramfs;
	params->hdr.ramdisk_size = boot->initramfs_size;
	if (vcpu->guest->mode->launch)
		vcpu->guest->mode->launch(vcpu->guest, params);
	fill_e820(params, boot->map, vcpu->guest->planes.config.ram);
	if (boot->lazy)
		leave_unaccepted(vcpu, params, kernel + header->init_size, initramfs);
	load_command_line(boot, vcpu);
	make_page_tables(vcpu);
	vcpu->vmcb.rip = kernel + ENTRY_64;
	vcpu->gpr[RSI] = GUEST_BOOT_PARAMS;
}

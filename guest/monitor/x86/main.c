// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor's start: QEMU leaves it in 32-bit mode with two modules (multiboot), boot.S brings it
 * to 64 bit, and monitor_main() builds the planes, loads Linux and runs it. Its command line:
 * ../options.h.
 */
#include "apic.h"
#include "guest.h"
#include "layout.h"
#include "linux.h"
#include "memory-map.h"
#include "mode.h"
#include "msr.h"
#include "multiboot.h"
#include "run.h"
#include "vcpu.h"
#include "../freestanding.h"
#include "../log.h"
#include "../machine.h"
#include "../options.h"

static struct memory_map memory_map;
static struct guest guest;

/* boot.S calls these */
void monitor_main(uint32_t magic, const struct multiboot_info *info, const void *trampoline,
		  size_t trampoline_size);
void monitor_ap(unsigned int code_segment);
void monitor_exception(uint64_t vector, uint64_t error_code, uint64_t rip);

/* An exception of the monitor's own */
void monitor_exception(uint64_t vector, uint64_t error_code, uint64_t rip)
{
	fatal("exception %lu in the monitor itself: error code 0x%lx rip 0x%lx", vector, error_code,
	      rip);
}

static void read_options(const char *line, struct options *options, struct planes_config *config)
{
	options_read(options, line);
	guest.mode = mode_find(options->mode);
	if (!guest.mode)
		fatal("command line: no such mode: %s", options->mode);
	options->lazy &= guest.mode->needs_accept;
	*config = (struct planes_config){
		.ram = options->ram,
		.strict = options->strict,
		.needs_accept = guest.mode->needs_accept,
		.accept_zeroes = guest.mode->accept_zeroes,
		.fill = guest.mode->keeps_bytes ? PLANES_FILL_OLD : options->fill,
	};
}

/* Two planes, with what the firmware left for the guest in both: low memory and ACPI tables. */
static void make_planes(const struct planes_config *config)
{
	npt_init(&guest.npt, NPT_BASE, config->ram, guest.mode->planes);
	planes_init(&guest.planes, &guest.npt, config);
	for (unsigned int i = 0; i < memory_map.count; i++) {
		const struct memory_region *region = &memory_map.region[i];

		if (region->type != E820_RAM && region->base >= config->ram &&
		    region->end <= MACHINE_TOP)
			npt_map_identity(&guest.npt, region->base, region->end);
	}
	memcpy(machine_ptr(guest.mode->planes.private_base), machine_ptr(0), LEGACY_HOLE);
}

/* Block 0, once the boot loader's data there has been read. Page 0 keeps the BIOS data area. */
static void poison_low_memory(void)
{
	for (unsigned int i = 0; i < memory_map.count; i++) {
		const struct memory_region *region = &memory_map.region[i];
		uint64_t from = region->base > PAGE_SIZE ? region->base : PAGE_SIZE;
		uint64_t end = region->end < PLANES_BLOCK ? region->end : PLANES_BLOCK;

		if (region->type == E820_RAM && from < end)
			machine_fill(from, (end - from) & ~63ul, POISON_SHARED);
	}
}

static void load_guest(struct vcpu *vcpu, const struct multiboot_info *info, bool lazy)
{
	const struct multiboot_module *modules = (const void *)(uintptr_t)info->mods_addr;
	const char *string;

	if (info->mods_count != 2)
		fatal("%u modules instead of kernel and initramfs", info->mods_count);
	if (modules[1].end > NPT_BASE)
		fatal("kernel and initramfs end at 0x%x, no room", modules[1].end);
	/* QEMU gives the file's name before the command line */
	for (string = (const char *)(uintptr_t)modules[0].string; *string && *string != ' ';)
		string++;
	linux_load(
		&(struct linux_boot){
			.kernel = machine_ptr(modules[0].start),
			.kernel_size = modules[0].end - modules[0].start,
			.initramfs = machine_ptr(modules[1].start),
			.initramfs_size = modules[1].end - modules[1].start,
			.command_line = *string ? string + 1 : string,
			.map = &memory_map,
			.lazy = lazy,
		},
		vcpu);
}

/*
 * The guest's INIT and SIPI reach the machine's CPUs, which start in machine memory: the shared
 * plane. The guest's own code for them is in the private plane, so every page that a SIPI can name
 * holds the monitor's.
 */
static void place_trampolines(const void *trampoline, size_t size)
{
	for (uint64_t page = PAGE_SIZE; page < TRAMPOLINE_END; page += PAGE_SIZE)
		memcpy(machine_ptr(page), trampoline, size);
}

void monitor_main(uint32_t magic, const struct multiboot_info *info, const void *trampoline,
		  size_t trampoline_size)
{
	struct planes_config config;
	struct options options;
	struct vcpu *vcpu;

	if (magic != MULTIBOOT_LOADER_MAGIC)
		fatal("not started by a multiboot loader");
	read_options((const char *)(uintptr_t)info->cmdline, &options, &config);
	memory_map_init(&memory_map, info);
	make_planes(&config);
	msr_intercept(&guest);
	if (guest.mode->init)
		guest.mode->init(&guest);
	guest_lock(&guest);
	vcpu = vcpu_init(&guest, apic_id());
	vcpu_reset_long_mode(vcpu);
	if (guest.mode->setup)
		guest.mode->setup(vcpu);
	load_guest(vcpu, info, options.lazy);
	/* Else the guest's own code and data are there, and it has one CPU. */
	if (guest.mode->start == CCP_HV_PRIVATE) {
		poison_low_memory();
		place_trampolines(trampoline, trampoline_size);
	}
	log_line("mode %s, ram %lu MiB%s%s", guest.mode->name, config.ram >> 20,
		 config.strict ? ", strict" : "", options.lazy ? ", lazy" : "");
	vcpu_run(vcpu);
}

void monitor_ap(unsigned int code_segment)
{
	struct vcpu *vcpu;

	guest_lock(&guest);
	vcpu = vcpu_init(&guest, apic_id());
	if (guest.mode->start_cpu)
		guest.mode->start_cpu(vcpu);
	else
		vcpu_reset_real_mode(vcpu, code_segment >> 8);
	guest.mode->setup(vcpu);
	vcpu_run(vcpu);
}

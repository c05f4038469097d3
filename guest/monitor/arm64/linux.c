// SPDX-License-Identifier: GPL-2.0-only
#include "device-tree.h"
#include "linux.h"
#include "../freestanding.h"
#include "../log.h"
#include "../machine.h"

/* booting.rst, 4 "Call the kernel image" */
#define IMAGE_MAGIC 0x644d5241u /* "ARM\x64" */

struct image {
	uint32_t code[2];
	uint64_t text_offset, size, flags, reserved[3];
	uint32_t magic, reserved2;
};

/* The tree of `virt` in QEMU: hw/arm/virt.c */
#define NODE_MEMORY "memory@40000000"
#define NODE_UART1  "pl011@9040000"

static void *guest_memory(struct guest *guest, uint64_t gpa)
{
	return planes_ptr(&guest->planes, gpa, CCP_HV_PRIVATE);
}

/* #address-cells and #size-cells of the root are 2: base, size */
static void set_memory(void *tree, uint64_t size)
{
	uint32_t length;
	uint64_t *reg = device_tree_property(tree, NODE_MEMORY, "reg", &length);

	if (!reg || length != 2 * sizeof(*reg))
		fatal("device tree: no %s with one range", NODE_MEMORY);
	size = __builtin_bswap64(size);
	/* 4 bytes is all that a property's alignment is */
	memcpy(reg + 1, &size, sizeof(size));
}

static void load_device_tree(struct guest *guest)
{
	const void *machine = machine_ptr(MACHINE_DTB);
	uint32_t size = device_tree_size(machine);
	void *tree = guest_memory(guest, GUEST_DTB);

	if (!size || size > GUEST_DTB_SIZE)
		fatal("device tree: the machine has none, or one of more than %lu bytes",
		      GUEST_DTB_SIZE);
	memcpy(tree, machine, size);
	set_memory(tree, guest->stage2.ram_end - RAM_BASE);
	device_tree_remove(tree, NODE_UART1);
	if (!device_tree_add(tree, GUEST_DTB_SIZE, CCP_HV_NODE))
		fatal("device tree: no room for another node");
}

void linux_load(struct vcpu *vcpu)
{
	struct guest *guest = vcpu->guest;
	const struct image *image = guest_memory(guest, GUEST_KERNEL);

	if (image->magic != IMAGE_MAGIC)
		fatal("no kernel at 0x%lx", GUEST_KERNEL);
	if (image->size > GUEST_DTB - GUEST_KERNEL || guest->stage2.ram_end <= GUEST_INITRAMFS)
		fatal("kernel of 0x%lx bytes: no room", image->size);
	load_device_tree(guest);
	vcpu->x[0] = GUEST_DTB;
	vcpu->elr = GUEST_KERNEL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Changes to a device tree: it has a root with nodes memory@40000000, pl011@9040000 and last. */
#include <stdint.h>

#include "device-tree.h"
#include "tap.h"

#define BE(word) __builtin_bswap32(word)
#define STRINGS	 "reg"
#define ROOM	 1024

static uint32_t tree[ROOM / 4];

static const uint32_t structure[] = {
	/* clang-format off */
	1, 0, /* root */
	3, 8, 0, 2, 2, /* a property "reg" of its own */
	1, 0x6d656d6f, 0x72794034, 0x30303030, 0x30303000, /* memory@40000000 */
	4,
	3, 16, 0, 0, 0x40000000, 1, 0x40000000,
	1, 0x696e0000, /* in: has a "reg", too */
	3, 4, 0, 77,
	2,
	2,
	1, 0x706c3031, 0x31403930, 0x34303030, 0x30000000, /* pl011@9040000 */
	3, 4, 0, 5,
	1, 0x696e0000,
	2,
	2,
	1, 0x6c617374, 0, /* last */
	2,
	2,
	9,
	/* clang-format on */
};

static void make_tree(void)
{
	const uint32_t offset = 48, size = sizeof(structure);
	const uint32_t header[] = {
		0xd00dfeed, offset + size + 4, offset, offset + size, 40, 17, 16, 0, 4, size
	};

	memset(tree, 0, sizeof(tree));
	for (size_t i = 0; i < sizeof(header) / 4; i++)
		tree[i] = BE(header[i]);
	for (size_t i = 0; i < size / 4; i++)
		tree[offset / 4 + i] = BE(structure[i]);
	memcpy(tree + (offset + size) / 4, STRINGS, sizeof(STRINGS));
}

static uint32_t first_word(const char *node)
{
	uint32_t size, *value = device_tree_property(tree, node, "reg", &size);

	return value ? BE(*value) : 0;
}

static void properties_are_found(void)
{
	uint32_t size, *reg;

	make_tree();
	check_eq(device_tree_size(tree), 48 + sizeof(structure) + 4);
	reg = device_tree_property(tree, "memory@40000000", "reg", &size);
	check(reg);
	check_eq(size, 16);
	check_eq(BE(reg[1]), 0x40000000);
	check_eq(BE(reg[3]), 0x40000000);
	check_eq(first_word("pl011@9040000"), 5);
	check(!device_tree_property(tree, "memory@40000000", "size", &size));
	check(!device_tree_property(tree, "last", "reg", &size));
	check(!device_tree_property(tree, "in", "reg", &size));
}

static void a_node_goes(void)
{
	make_tree();
	device_tree_remove(tree, "pl011@9040000");
	device_tree_remove(tree, "pl011@9040000");
	check_eq(first_word("pl011@9040000"), 0);
	check_eq(BE(device_tree_size(tree)), BE(48 + sizeof(structure) + 4));
	check(device_tree_property(tree, "memory@40000000", "reg", &(uint32_t){}));
	check(device_tree_add(tree, ROOM, "after"));
}

static void a_node_comes(void)
{
	const uint8_t *last;
	uint32_t total;

	make_tree();
	check(!device_tree_add(tree, 300, "new-node"));
	check(device_tree_add(tree, ROOM, "new-node"));
	total = device_tree_size(tree);
	check(total > 0 && total <= ROOM);
	check_eq(first_word("pl011@9040000"), 5);
	/* It is the root's last: begin, name, end of the node, of the root, of the tree */
	last = (uint8_t *)tree + total - 28;
	check(!memcmp(last, "\0\0\0\1new-node\0\0\0\0\0\0\0\2\0\0\0\2\0\0\0\11", 28));
}

static void junk_is_no_tree(void)
{
	make_tree();
	tree[0] ^= 1;
	check_eq(device_tree_size(tree), 0);
	for (int i = 2; i < 4; i++) {
		make_tree();
		tree[i] = BE(ROOM * 4);
		check_eq(device_tree_size(tree), 0);
	}
	make_tree();
	tree[9] = BE(sizeof(structure) + 8);
	check_eq(device_tree_size(tree), 0);
}

static const struct tap_test tests[] = {
	{ "properties are found", properties_are_found },
	{ "a node goes", a_node_goes },
	{ "a node comes", a_node_comes },
	{ "junk is no tree", junk_is_no_tree },
};

TAP_MAIN(tests)

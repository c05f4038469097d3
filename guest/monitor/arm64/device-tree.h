/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes to the machine's flattened device tree (Devicetree Specification, "Flattened Devicetree
 * (DTB) Format"), in place:
 * what the guest is to see of the machine.
 */
#ifndef MONITOR_DEVICE_TREE_H
#define MONITOR_DEVICE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the tree at this address; 0: there is none, or it does not hold together. */
uint32_t device_tree_size(const void *tree);

/*
 * The property of a node of the root, each by its name; NULL: there is none. size becomes the
 * property's. The tree must be one that device_tree_size() takes, here and below.
 */
void *device_tree_property(void *tree, const char *node, const char *property, uint32_t *size);

/* Takes a node of the root away. A node that is not there is no error. */
void device_tree_remove(void *tree, const char *node);

/* Adds an empty node to the root. room: bytes there are for the tree. false: it has no room. */
bool device_tree_add(void *tree, uint32_t room, const char *node);

#endif

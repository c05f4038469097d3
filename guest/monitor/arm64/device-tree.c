// SPDX-License-Identifier: GPL-2.0-only
#include "device-tree.h"
#include "../freestanding.h"

/* "Header" and "Structure block" */
#define MAGIC	   0xd00dfeedu
#define BEGIN_NODE 1u
#define END_NODE   2u
#define PROP	   3u
#define NOP	   4u
#define END	   9u
#define VERSION	   17u

struct header {
	uint32_t magic, total, structure, strings, reservations, version, compatible, boot_cpu;
	uint32_t strings_size, structure_size;
};

struct property {
	uint32_t size, name;
	uint8_t value[];
};

/* A place in the structure block: byte offsets in it. */
struct token {
	uint32_t at, word, next;
	int depth; /* of the nodes around it; the root's own tokens have 1 */
};

static uint32_t get(uint32_t big_endian)
{
	return __builtin_bswap32(big_endian);
}

static uint32_t aligned(uint32_t size)
{
	return (size + 3) & ~3u;
}

static uint8_t *structure(void *tree)
{
	return (uint8_t *)tree + get(((struct header *)tree)->structure);
}

static uint32_t word_at(void *tree, uint32_t at)
{
	return get(*(uint32_t *)(structure(tree) + at));
}

static const char *node_name(void *tree, const struct token *token)
{
	return (const char *)structure(tree) + token->at + 4;
}

static struct property *property_at(void *tree, const struct token *token)
{
	return (struct property *)(structure(tree) + token->at + 4);
}

static uint32_t token_size(void *tree, const struct token *token)
{
	switch (token->word) {
	case BEGIN_NODE:
		return 4 + aligned(strlen(node_name(tree, token)) + 1);
	case PROP:
		return 12 + aligned(get(property_at(tree, token)->size));
	default:
		return 4;
	}
}

/* The next token; false: that was the last, or there is no such. */
static bool next_token(void *tree, struct token *token)
{
	if (token->word == BEGIN_NODE)
		token->depth++;
	token->at = token->next;
	if (token->at >= get(((struct header *)tree)->structure_size))
		return false;
	token->word = word_at(tree, token->at);
	if (token->word == END_NODE)
		token->depth--;
	token->next = token->at + token_size(tree, token);
	return token->word >= BEGIN_NODE && token->word <= NOP;
}

uint32_t device_tree_size(const void *tree)
{
	const struct header *header = tree;
	uint32_t total = get(header->total);

	if (get(header->magic) != MAGIC || get(header->version) != VERSION)
		return 0;
	if (get(header->structure) > total || get(header->strings) > total ||
	    get(header->structure_size) > total - get(header->structure) ||
	    get(header->strings_size) > total - get(header->strings))
		return 0;
	return total;
}

/* The token that begins a node of the root; false: there is none. */
static bool find_node(void *tree, const char *node, struct token *token)
{
	*token = (struct token){};
	while (next_token(tree, token))
		if (token->word == BEGIN_NODE && token->depth == 1 &&
		    !strcmp(node_name(tree, token), node))
			return true;
	return false;
}

void *device_tree_property(void *tree, const char *node, const char *property, uint32_t *size)
{
	const char *strings = (char *)tree + get(((struct header *)tree)->strings);
	struct token token;

	if (!find_node(tree, node, &token))
		return NULL;
	while (next_token(tree, &token) && token.depth >= 2) {
		struct property *found = property_at(tree, &token);

		if (token.word != PROP || token.depth != 2 ||
		    strcmp(strings + get(found->name), property))
			continue;
		*size = get(found->size);
		return found->value;
	}
	return NULL;
}

void device_tree_remove(void *tree, const char *node)
{
	struct token token;
	uint32_t from;

	if (!find_node(tree, node, &token))
		return;
	from = token.at;
	while (next_token(tree, &token) && !(token.word == END_NODE && token.depth == 1))
		;
	for (uint32_t at = from; at < token.next; at += 4)
		*(uint32_t *)(structure(tree) + at) = get(NOP);
}

/* The structure block moves behind all else, where there is room for it to grow. */
bool device_tree_add(void *tree, uint32_t room, const char *node)
{
	struct header *header = tree;
	uint32_t size = get(header->structure_size), total = aligned(get(header->total));
	uint32_t name = aligned(strlen(node) + 1), more = 8 + name;
	struct token token = {};
	uint8_t *moved;

	if (total > room || size + more > room - total)
		return false;
	/* The root's end is the last token but one */
	while (next_token(tree, &token) && !(token.word == END_NODE && !token.depth))
		;
	moved = (uint8_t *)tree + total;
	memcpy(moved, structure(tree), token.at);
	moved += token.at;
	memset(moved, 0, more);
	*(uint32_t *)moved = get(BEGIN_NODE);
	memcpy(moved + 4, node, strlen(node));
	*(uint32_t *)(moved + 4 + name) = get(END_NODE);
	*(uint32_t *)(moved + more) = get(END_NODE);
	*(uint32_t *)(moved + more + 4) = get(END);
	header->structure = get(total);
	header->structure_size = get(token.at + more + 8);
	header->total = get(total + token.at + more + 8);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Heaps of shared dma-bufs, of which one is right and each other is wrong in one place: what a test
 * of system_cc_shared is worth shows in which of them it tells from the right one.
 *
 * A mutant does its damage to its own buffers only. Pages that it leaves shared never go back to
 * the page allocator: whoever got one would fail in ways of his own.
 */
#ifndef CCPRIME_MUTANTS_H
#define CCPRIME_MUTANTS_H

#include <linux/dma-buf.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>

/* The heap of a mutant is called cc_mutant_NAME. */
#define CC_MUTANTS(M)                                                                             \
	M(none) /* the control: right as far as the tests can tell */                             \
	M(convert_nothing)                                                                        \
	M(convert_first_page) /* of each chunk */                                                 \
	M(convert_but_last_page)                                                                  \
	M(convert_first_chunk)                                                                    \
	M(convert_but_last_chunk)                                                                 \
	M(convert_at_mmap)                                                                        \
	M(convert_by_page)                                                                        \
	M(convert_after_kill)                                                                     \
	M(convert_neighbour) /* the page behind a chunk of one page, which is the mutant's own */ \
	M(convert_twice)                                                                          \
	M(convert_despite_refusal)                                                                \
	M(encrypt_nothing)                                                                        \
	M(encrypt_nothing_and_leak)                                                               \
	M(encrypt_first_chunk)                                                                    \
	M(encrypt_but_last_page)                                                                  \
	M(encrypt_twice)                                                                          \
	M(encrypt_at_unmap) /* while the buffer is still in use */                                \
	M(encrypt_refused_and_free)                                                               \
	M(encrypt_and_leak)                                                                       \
	M(unwind_nothing)                                                                         \
	M(unwind_but_refused_chunk)                                                               \
	M(unwind_untried_chunks)                                                                  \
	M(unwind_with_enomem)                                                                     \
	M(clear_nothing)                                                                          \
	M(clear_before_conversion)                                                                \
	M(clear_first_page)                                                                       \
	M(clear_first_chunk)                                                                      \
	M(mmap_private)                                                                           \
	M(mmap_private_in_large_chunks)                                                           \
	M(mmap_from_start)                                                                        \
	M(mmap_keeps_offset)                                                                      \
	M(mmap_reversed)                                                                          \
	M(mmap_writable)                                                                          \
	M(mmap_of_struct_pages)                                                                   \
	M(mmap_keeps_buffer)                                                                      \
	M(vmap_private)                                                                           \
	M(vmap_reversed)                                                                          \
	M(vmap_wrong_last_page)                                                                   \
	M(vmap_stays)                                                                             \
	M(attach_first_chunk)                                                                     \
	M(attach_short_chunks)                                                                    \
	M(attach_reversed)                                                                        \
	M(attach_keeps_buffer)                                                                    \
	M(detach_stays_listed)                                                                    \
	M(map_private)                                                                            \
	M(map_again_private)                                                                      \
	M(map_wrong_direction)                                                                    \
	M(unmap_at_once)                                                                          \
	M(unmap_never)                                                                            \
	M(unmap_private)                                                                          \
	M(sync_nothing)                                                                           \
	M(sync_newest_attachment)                                                                 \
	M(sync_swapped)                                                                           \
	M(fd_always_writable)                                                                     \
	M(export_other_name)                                                                      \
	M(export_larger)

enum cc_mutant {
#define CC_MUTANT(name) cc_mutant_##name,
	CC_MUTANTS(CC_MUTANT)
#undef CC_MUTANT
};

struct cc_buffer {
	enum cc_mutant mutant;
	size_t size;
	struct sg_table table; /* an entry a chunk */
	unsigned int converted; /* chunks, from the first one on */
	bool refused; /* the last one of them was refused */

	struct mutex lock; /* of what follows */
	struct list_head attachments;
	void *vaddr;
	unsigned int vaddr_users;
};

#define CC_IS(buffer, name) ((buffer)->mutant == cc_mutant_##name)

/* chunks.c: the pages of a buffer. Freeing makes private again what was converted. */
int cc_chunks_allocate(struct cc_buffer *buffer);
int cc_chunks_convert(struct cc_buffer *buffer);
void cc_chunks_encrypt(struct cc_buffer *buffer);
void cc_chunks_clear(struct cc_buffer *buffer);
void cc_chunks_free(struct cc_buffer *buffer);

/* buffer.c: what users and devices do with a buffer. */
extern const struct dma_buf_ops cc_buffer_ops;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The importer interface: what a driver offers so that cc_importer can test how it imports
 * dma-bufs.
 *
 * A driver registers a character device /dev/ccprime-importer-NAME, a misc device for example,
 * whose files answer these calls. A file has at most one buffer attached, and one mapping of it.
 * What a call may not do now is -EBUSY or -ENXIO as said below; other errors are the kernel's own.
 * Closing the file undoes everything. docs/writing-an-importer.md walks through a driver that has
 * it.
 *
 * Device memory is memory of the device itself, which the CPU reaches by CCP_IMPORTER_MEMORY only.
 */
#ifndef CCPRIME_IMPORTER_H
#define CCPRIME_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The device reaches buffers by DMA. Without it the driver copies with the CPU. */
#define CCP_IMPORTER_DMA (1u << 0)
/* A transfer goes on after its call; a fence in the buffer's reservation object stands for it. */
#define CCP_IMPORTER_FENCE (1u << 1)

struct ccp_importer_info {
	char device[32]; /* its name on its bus, such as "0000:00:05.0"; "" where it is on none */
	__u32 flags;
	__u32 memory; /* bytes of device memory: no transfer is longer */
	__u64 dma_mask; /* the highest bus address that the device reaches; 0 without DMA */
};

struct ccp_importer_attach {
	__s32 fd; /* dma-buf */
	__u32 dynamic; /* 1: the exporter may move the memory while it is attached */
};

/* As the kernel's enum dma_data_direction has them. */
enum ccp_importer_direction {
	CCP_IMPORTER_BOTH_WAYS,
	CCP_IMPORTER_TO_DEVICE,
	CCP_IMPORTER_FROM_DEVICE,
};

struct ccp_importer_map {
	__u32 direction;
	__u32 entries; /* out: of the mapping, 0 without DMA */
};

struct ccp_importer_entry {
	__u32 index;
	__u32 pad;
	__u64 address; /* out: on the device's bus */
	__u64 length; /* out */
};

/* Between the buffer, from offset on, and the first bytes of device memory. */
struct ccp_importer_transfer {
	__u64 offset;
	__u32 length;
	__u32 direction; /* not CCP_IMPORTER_BOTH_WAYS */
};

struct ccp_importer_memory {
	__u64 data; /* address of the caller's bytes */
	__u32 offset;
	__u32 length;
	__u32 write; /* 1: into device memory, 0: out of it */
	__u32 pad;
};

#define CCP_IMPORTER_INFO _IOR(0xcc, 0, struct ccp_importer_info)
/* -EBUSY: something is attached */
#define CCP_IMPORTER_ATTACH _IOW(0xcc, 1, struct ccp_importer_attach)
/* -EBUSY: it is mapped; -ENXIO: nothing is attached */
#define CCP_IMPORTER_MAP _IOWR(0xcc, 2, struct ccp_importer_map)
/* -ENXIO: nothing is mapped; -EINVAL: no such entry */
#define CCP_IMPORTER_ENTRY _IOWR(0xcc, 3, struct ccp_importer_entry)
/*
 * -ENXIO: nothing is mapped; -EACCES: not mapped for this direction; -EINVAL: longer than device
 * memory, or past the end of the buffer
 */
#define CCP_IMPORTER_TRANSFER _IOW(0xcc, 4, struct ccp_importer_transfer)
/* Waits for the transfers. -ENXIO: nothing is mapped */
#define CCP_IMPORTER_UNMAP _IO(0xcc, 5)
/* Unmaps, too. -ENXIO: nothing is attached */
#define CCP_IMPORTER_DETACH _IO(0xcc, 6)
/* Waits for the transfers. -EINVAL: past the end of device memory */
#define CCP_IMPORTER_MEMORY _IOW(0xcc, 7, struct ccp_importer_memory)

#ifndef __KERNEL__
/*
 * What a shared object has that answers the calls for a driver with calls of its own. Each open is
 * a file; NULL: it cannot be opened. A call returns 0 or a negative errno.
 */
void *ccp_importer_open(void);
int ccp_importer_call(void *file, unsigned long call, void *argument);
void ccp_importer_close(void *file);
#endif

#endif

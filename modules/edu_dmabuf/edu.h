/* SPDX-License-Identifier: GPL-2.0-only */
/* The device (device.c), and the files through which it imports dma-bufs (importer.c). */
#ifndef EDU_DMABUF_EDU_H
#define EDU_DMABUF_EDU_H

#include <linux/completion.h>
#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* QEMU, docs/specs/edu.rst: the device's memory */
#define EDU_MEMORY 4096

struct edu {
	struct kref ref; /* the device's, and one for each open file */
	struct pci_dev *pdev;
	void __iomem *regs;
	struct miscdevice misc;
	char name[48];

	struct mutex lock; /* files, gone, and what files have */
	struct list_head files;
	bool gone;

	struct mutex engine; /* the registers of DMA, and page */
	struct completion done;
	void *page; /* through which the CPU sees device memory */
	dma_addr_t page_dma;
	dma_addr_t first; /* of mistakes.c */

	/* Transfers are done in order: their fences are of one timeline. */
	struct workqueue_struct *queue;
	spinlock_t fence_lock;
	u64 fence_context;
	u64 fence_seqno; /* under lock */
};

void edu_put(struct edu *edu);

/* One DMA, between RAM and device memory at offset. The engine is locked. -EIO: no answer. */
int edu_dma(struct edu *edu, dma_addr_t address, u32 offset, u32 length, bool to_device);

/* The same between device memory and bytes of the kernel. Locks the engine. */
int edu_peek(struct edu *edu, u32 offset, void *data, u32 length);
int edu_poke(struct edu *edu, u32 offset, const void *data, u32 length);

extern const struct file_operations edu_fops;

/* The device goes: nothing of it is mapped afterwards, whatever is open. Under lock. */
void edu_close_files(struct edu *edu);

#endif

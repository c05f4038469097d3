// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's "edu" device (docs/specs/edu.rst there): it copies between RAM and its own 4 KiB, up to 4
 * KiB and 100 ms a time, and interrupts when it is done.
 */
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "ccprime-importer.h"
#include "edu.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

#define REG_IRQ_STATUS 0x24
#define REG_IRQ_ACK    0x64
#define REG_SOURCE     0x80
#define REG_TARGET     0x88
#define REG_COUNT      0x90
#define REG_COMMAND    0x98
#define COMMAND_START  BIT(0)
#define COMMAND_TO_RAM BIT(1)
#define COMMAND_IRQ    BIT(2)
/* Where the device's memory begins, for itself. */
#define MEMORY_BASE 0x40000

#define DONE_TIMEOUT (10 * HZ)

static unsigned int dma_bits = 64;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "how many address bits the device has (-device edu,dma_mask=)");

static void edu_free(struct kref *ref)
{
	struct edu *edu = container_of(ref, struct edu, ref);

	pci_dev_put(edu->pdev);
	kfree(edu);
}

void edu_put(struct edu *edu)
{
	kref_put(&edu->ref, edu_free);
}

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *edu = data;
	u32 status = readl(edu->regs + REG_IRQ_STATUS);

	if (!status)
		return IRQ_NONE;
	writel(status, edu->regs + REG_IRQ_ACK);
	complete(&edu->done);
	return IRQ_HANDLED;
}

int edu_dma(struct edu *edu, dma_addr_t address, u32 offset, u32 length, bool to_device)
{
	u64 memory = MEMORY_BASE + offset;

	lockdep_assert_held(&edu->engine);
	reinit_completion(&edu->done);
	writeq(to_device ? address : memory, edu->regs + REG_SOURCE);
	writeq(to_device ? memory : address, edu->regs + REG_TARGET);
	writeq(length, edu->regs + REG_COUNT);
	writeq(COMMAND_START | COMMAND_IRQ | (to_device ? 0 : COMMAND_TO_RAM),
	       edu->regs + REG_COMMAND);
	return wait_for_completion_timeout(&edu->done, DONE_TIMEOUT) ? 0 : -EIO;
}

int edu_peek(struct edu *edu, u32 offset, void *data, u32 length)
{
	int err;

	if (!edu->page)
		return -ENOMEM;
	mutex_lock(&edu->engine);
	err = edu_dma(edu, edu->page_dma, offset, length, false);
	if (!err)
		memcpy(data, edu->page, length);
	mutex_unlock(&edu->engine);
	return err;
}

int edu_poke(struct edu *edu, u32 offset, const void *data, u32 length)
{
	int err;

	if (!edu->page)
		return -ENOMEM;
	mutex_lock(&edu->engine);
	memcpy(edu->page, data, length);
	err = edu_dma(edu, edu->page_dma, offset, length, true);
	mutex_unlock(&edu->engine);
	return err;
}

static struct edu *edu_alloc(struct pci_dev *pdev)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);

	if (!edu)
		return NULL;
	kref_init(&edu->ref);
	edu->pdev = pci_dev_get(pdev);
	mutex_init(&edu->lock);
	mutex_init(&edu->engine);
	init_completion(&edu->done);
	spin_lock_init(&edu->fence_lock);
	INIT_LIST_HEAD(&edu->files);
	edu->fence_context = dma_fence_context_alloc(1);
	return edu;
}

static int edu_register(struct edu *edu)
{
	snprintf(edu->name, sizeof(edu->name), "ccprime-importer-edu-%s", pci_name(edu->pdev));
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.name = edu->name;
	edu->misc.parent = &edu->pdev->dev;
	edu->misc.fops = &edu_fops;
	return misc_register(&edu->misc);
}

static int edu_start(struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	int err;

	edu->queue = alloc_ordered_workqueue("%s", 0, dev_name(dev));
	if (!edu->queue)
		return -ENOMEM;

	err = request_irq(pci_irq_vector(edu->pdev, 0), edu_irq, IRQF_SHARED, "edu_dmabuf", edu);
	if (err)
		goto err_queue;

	err = edu_register(edu);
	if (err)
		goto err_irq;
	return 0;

err_irq:
	free_irq(pci_irq_vector(edu->pdev, 0), edu);
err_queue:
	destroy_workqueue(edu->queue);
	return err;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;

	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(dma_bits));
	if (err)
		return err;
	/* An entry may be of any length: transfers are cut in pieces. */
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);

	edu = edu_alloc(pdev);
	if (!edu)
		return -ENOMEM;

	edu->regs = pcim_iomap_region(pdev, 0, "edu_dmabuf");
	err = PTR_ERR_OR_ZERO(edu->regs);
	if (err)
		goto err_edu;

	/* Behind an IOMMU, Linux 7.3 has none for a confidential guest: iommu_dma_alloc() */
	edu->page = dmam_alloc_coherent(&pdev->dev, EDU_MEMORY, &edu->page_dma, GFP_KERNEL);

	pci_set_master(pdev);
	err = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (err < 0)
		goto err_edu;

	pci_set_drvdata(pdev, edu);
	err = edu_start(edu);
	if (err)
		goto err_vectors;
	return 0;

err_vectors:
	pci_free_irq_vectors(pdev);
err_edu:
	edu_put(edu);
	return err;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	misc_deregister(&edu->misc);
	mutex_lock(&edu->lock);
	edu->gone = true;
	edu_close_files(edu);
	mutex_unlock(&edu->lock);

	destroy_workqueue(edu->queue);
	free_irq(pci_irq_vector(pdev, 0), edu);
	pci_free_irq_vectors(pdev);
	edu_put(edu);
}

static const struct pci_device_id edu_ids[] = { { PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) }, {} };
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu_dmabuf",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Imports dma-bufs into QEMU's edu device");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");

// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "edu.h"
#include "mistakes.h"

static char *mistake = "";
module_param(mistake, charp, 0644);
MODULE_PARM_DESC(mistake, "which mistake of docs/writing-an-importer.md to make");

bool edu_mistake(const char *name)
{
	bool is;

	kernel_param_lock(THIS_MODULE);
	is = sysfs_streq(mistake, name);
	kernel_param_unlock(THIS_MODULE);
	return is;
}

bool edu_makes_mistake(void)
{
	return !edu_mistake("");
}

/* The CPU copies for the device, through a mapping that says private whatever the memory is. */
static int copy_by_vmap(struct edu *edu, struct scatterlist *sg, u64 skip, u32 offset, u32 length)
{
	struct page *page = sg_page(sg) + (skip >> PAGE_SHIFT), *pages[] = { page, page + 1 };
	void *map = vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);

	if (!map)
		return -ENOMEM;
	memcpy(edu->page, map + offset_in_page(skip), length);
	vunmap(map);
	return edu_dma(edu, edu->page_dma, offset, length, true);
}

int edu_mistaken_dma(struct edu *edu, struct scatterlist *sg, u64 skip, u32 offset, u32 length,
		     bool to_device)
{
	dma_addr_t address = sg_dma_address(sg);

	if (to_device && edu_mistake("vmap_page_kernel"))
		return copy_by_vmap(edu, sg, skip, offset, length);
	if (edu_mistake("page_to_phys"))
		address = page_to_phys(sg_page(sg));
	if (edu_mistake("maps_once")) {
		edu->first = edu->first ?: address;
		address = edu->first;
	}
	return edu_dma(edu, address + skip, offset, length, to_device);
}

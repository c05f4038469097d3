// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest importer that cc_importer can test: no device, the CPU copies through the exporter's
 * own kernel mapping. docs/writing-an-importer.md says what each step is for.
 */
#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ccprime-importer.h"

struct example {
	struct mutex lock;
	struct dma_buf *dmabuf; /* NULL: nothing is attached */
	struct iosys_map map;
	bool mapped;
	u32 direction;
	u8 memory[PAGE_SIZE]; /* the device's, if this were one */
};

static int attach(struct example *example, const struct ccp_importer_attach *arg)
{
	struct dma_buf *dmabuf;

	if (example->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(arg->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	example->dmabuf = dmabuf;
	return 0;
}

/* The exporter knows whether its memory is shared. A vmap() of our own would not. */
static int map(struct example *example, struct ccp_importer_map *arg)
{
	int err;

	if (!example->dmabuf)
		return -ENXIO;
	if (example->mapped)
		return -EBUSY;
	if (arg->direction > CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;
	err = dma_buf_vmap_unlocked(example->dmabuf, &example->map);
	if (err)
		return err;
	example->direction = arg->direction;
	example->mapped = true;
	return 0;
}

static int unmap(struct example *example)
{
	if (!example->mapped)
		return -ENXIO;
	dma_buf_vunmap_unlocked(example->dmabuf, &example->map);
	example->mapped = false;
	return 0;
}

static int detach(struct example *example)
{
	if (!example->dmabuf)
		return -ENXIO;
	unmap(example);
	dma_buf_put(example->dmabuf);
	example->dmabuf = NULL;
	return 0;
}

static int check(const struct example *example, const struct ccp_importer_transfer *arg)
{
	size_t size;

	if (!example->mapped)
		return -ENXIO;
	if (arg->direction != CCP_IMPORTER_TO_DEVICE && arg->direction != CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;
	if (example->direction != CCP_IMPORTER_BOTH_WAYS && example->direction != arg->direction)
		return -EACCES;
	size = example->dmabuf->size;
	if (!arg->length || arg->length > sizeof(example->memory) || arg->length > size ||
	    arg->offset > size - arg->length)
		return -EINVAL;
	return 0;
}

/* The CPU's turn is between begin and end, and begins when the fences of others have signalled. */
static int transfer(struct example *example, const struct ccp_importer_transfer *arg)
{
	bool writes = arg->direction == CCP_IMPORTER_FROM_DEVICE;
	enum dma_data_direction access = writes ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	int err = check(example, arg);

	if (err)
		return err;
	err = dma_buf_begin_cpu_access(example->dmabuf, access);
	if (err)
		return err;
	if (writes)
		iosys_map_memcpy_to(&example->map, arg->offset, example->memory, arg->length);
	else
		iosys_map_memcpy_from(example->memory, &example->map, arg->offset, arg->length);
	return dma_buf_end_cpu_access(example->dmabuf, access);
}

static int memory(struct example *example, const struct ccp_importer_memory *arg)
{
	void __user *user = u64_to_user_ptr(arg->data);
	u8 *at = example->memory + arg->offset;
	unsigned long left;

	if (arg->length > sizeof(example->memory) ||
	    arg->offset > sizeof(example->memory) - arg->length)
		return -EINVAL;
	left = arg->write ? copy_from_user(at, user, arg->length)
			  : copy_to_user(user, at, arg->length);
	return left ? -EFAULT : 0;
}

union argument {
	struct ccp_importer_info info;
	struct ccp_importer_attach attach;
	struct ccp_importer_map map;
	struct ccp_importer_transfer transfer;
	struct ccp_importer_memory memory;
};

static int call(struct example *example, unsigned int command, union argument *arg)
{
	switch (command) {
	case CCP_IMPORTER_INFO:
		arg->info.memory = sizeof(example->memory);
		return 0;
	case CCP_IMPORTER_ATTACH:
		return attach(example, &arg->attach);
	case CCP_IMPORTER_MAP:
		return map(example, &arg->map);
	case CCP_IMPORTER_TRANSFER:
		return transfer(example, &arg->transfer);
	case CCP_IMPORTER_UNMAP:
		return unmap(example);
	case CCP_IMPORTER_DETACH:
		return detach(example);
	case CCP_IMPORTER_MEMORY:
		return memory(example, &arg->memory);
	default:
		return -ENOTTY;
	}
}

static long example_ioctl(struct file *file, unsigned int command, unsigned long user)
{
	struct example *example = file->private_data;
	unsigned int size = _IOC_SIZE(command);
	union argument arg = {};
	long err;

	if (size > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(command) & _IOC_WRITE && copy_from_user(&arg, (void __user *)user, size))
		return -EFAULT;
	mutex_lock(&example->lock);
	err = call(example, command, &arg);
	mutex_unlock(&example->lock);
	if (!err && _IOC_DIR(command) & _IOC_READ && copy_to_user((void __user *)user, &arg, size))
		return -EFAULT;
	return err;
}

static int example_open(struct inode *inode, struct file *file)
{
	struct example *example = kzalloc(sizeof(*example), GFP_KERNEL);

	if (!example)
		return -ENOMEM;
	mutex_init(&example->lock);
	file->private_data = example;
	return 0;
}

static int example_release(struct inode *inode, struct file *file)
{
	struct example *example = file->private_data;

	detach(example);
	kfree(example);
	return 0;
}

static const struct file_operations example_fops = {
	.owner = THIS_MODULE,
	.open = example_open,
	.release = example_release,
	.unlocked_ioctl = example_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice example_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ccprime-importer-example",
	.fops = &example_fops,
};
module_misc_device(example_device);

MODULE_DESCRIPTION("The smallest importer that cc_importer can test");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");

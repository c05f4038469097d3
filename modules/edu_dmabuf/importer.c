// SPDX-License-Identifier: GPL-2.0-only
/* A file of the device: attaches one dma-buf, maps it, and copies between it and the device. */
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ccprime-importer.h"
#include "edu.h"
#include "mistakes.h"

#define FENCE_TIMEOUT (10 * HZ)

struct edu_file {
	struct edu *edu;
	struct list_head node;
	struct dma_buf_attachment *attach; /* NULL: nothing is attached */
	struct sg_table *table; /* NULL: nothing is mapped */
	enum dma_data_direction direction;
	bool moved; /* the exporter has taken the memory back: map it anew */
};

/* A transfer that goes on. */
struct edu_job {
	struct work_struct work;
	struct dma_fence fence;
	struct edu *edu;
	struct sg_table *table;
	struct ccp_importer_transfer transfer;
};

/* ---- fences ---- */

static const char *edu_fence_name(struct dma_fence *fence)
{
	return "edu_dmabuf";
}

static void edu_fence_release(struct dma_fence *fence)
{
	kfree_rcu(container_of(fence, struct edu_job, fence), fence.rcu);
}

static const struct dma_fence_ops edu_fence_ops = {
	.get_driver_name = edu_fence_name,
	.get_timeline_name = edu_fence_name,
	.release = edu_fence_release,
};

/* ---- DMA ---- */

/*
 * The device is told DMA addresses, which are those of the mapping's entries and of nothing else:
 * an entry of the mapping may be bounce memory, or several of the exporter's pages.
 */
static int copy_entries(struct edu *edu, struct sg_table *table,
			const struct ccp_importer_transfer *transfer)
{
	bool to_device = transfer->direction == CCP_IMPORTER_TO_DEVICE;
	u64 skip = transfer->offset;
	struct scatterlist *sg;
	u32 done = 0;
	int i, err;

	for_each_sgtable_dma_sg(table, sg, i)
	{
		u32 length;

		if (skip >= sg_dma_len(sg)) {
			skip -= sg_dma_len(sg);
			continue;
		}
		length = min_t(u64, sg_dma_len(sg) - skip, transfer->length - done);
		if (edu_makes_mistake())
			err = edu_mistaken_dma(edu, sg, skip, done, length, to_device);
		else
			err = edu_dma(edu, sg_dma_address(sg) + skip, done, length, to_device);
		if (err)
			return err;
		done += length;
		skip = 0;
		if (done == transfer->length)
			return 0;
	}
	return -EINVAL;
}

static void edu_job_run(struct work_struct *work)
{
	struct edu_job *job = container_of(work, struct edu_job, work);
	int err;

	mutex_lock(&job->edu->engine);
	err = copy_entries(job->edu, job->table, &job->transfer);
	mutex_unlock(&job->edu->engine);
	if (err)
		dma_fence_set_error(&job->fence, err);
	dma_fence_signal(&job->fence);
	dma_fence_put(&job->fence);
}

/* ---- mapping. The reservation object is locked, as for every mapping. ---- */

static int map(struct edu_file *file)
{
	enum dma_data_direction direction = file->direction;
	struct sg_table *table;

	if (edu_mistake("ignores_direction"))
		direction = DMA_TO_DEVICE;
	table = dma_buf_map_attachment(file->attach, direction);
	if (IS_ERR(table))
		return PTR_ERR(table);
	file->table = table;
	file->moved = false;
	return 0;
}

/* What has a fence is in use: wait for it first. */
static void unmap(struct edu_file *file)
{
	enum dma_data_direction direction = file->direction;

	if (edu_mistake("ignores_direction"))
		direction = DMA_TO_DEVICE;
	if (!edu_mistake("forgets_unmap"))
		dma_buf_unmap_attachment(file->attach, file->table, direction);
	if (!edu_mistake("touches_after_unmap"))
		file->table = NULL;
}

static int remap(struct edu_file *file)
{
	if (!file->moved)
		return 0;
	unmap(file);
	return map(file);
}

/* The exporter moves the memory when our fences have signalled; the next transfer maps it anew. */
static void edu_invalidate(struct dma_buf_attachment *attach)
{
	struct edu_file *file = attach->importer_priv;

	file->moved = true;
}

static const struct dma_buf_attach_ops edu_attach_ops = {
	.invalidate_mappings = edu_invalidate,
};

static int edu_attach(struct edu_file *file, const struct ccp_importer_attach *arg)
{
	struct device *dev = &file->edu->pdev->dev;
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;

	if (file->attach)
		return -EBUSY;
	dmabuf = dma_buf_get(arg->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	attach = arg->dynamic ? dma_buf_dynamic_attach(dmabuf, dev, &edu_attach_ops, file)
			      : dma_buf_attach(dmabuf, dev);
	if (IS_ERR(attach)) {
		dma_buf_put(dmabuf);
		return PTR_ERR(attach);
	}
	file->attach = attach;
	return 0;
}

static int edu_map(struct edu_file *file, struct ccp_importer_map *arg)
{
	struct dma_resv *resv;
	int err;

	if (!file->attach)
		return -ENXIO;
	if (file->table)
		return -EBUSY;
	if (arg->direction > CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;

	resv = file->attach->dmabuf->resv;
	file->direction = (enum dma_data_direction)arg->direction;
	err = dma_resv_lock_interruptible(resv, NULL);
	if (err)
		return err;
	err = map(file);
	dma_resv_unlock(resv);
	if (!err)
		arg->entries = file->table->nents;
	return err;
}

static int edu_unmap(struct edu_file *file)
{
	struct dma_resv *resv;

	if (!file->attach || !file->table)
		return -ENXIO;
	flush_workqueue(file->edu->queue);
	resv = file->attach->dmabuf->resv;
	dma_resv_lock(resv, NULL);
	unmap(file);
	dma_resv_unlock(resv);
	return 0;
}

static int edu_detach(struct edu_file *file)
{
	struct dma_buf_attachment *attach = file->attach;
	struct dma_buf *dmabuf;

	if (!attach)
		return -ENXIO;
	edu_unmap(file);
	file->table = NULL;
	file->attach = NULL;
	dmabuf = attach->dmabuf;
	dma_buf_detach(dmabuf, attach);
	dma_buf_put(dmabuf);
	return 0;
}

static int edu_entry(struct edu_file *file, struct ccp_importer_entry *arg)
{
	struct scatterlist *sg;
	int i;

	if (!file->table)
		return -ENXIO;
	for_each_sgtable_dma_sg(file->table, sg, i)
	{
		if (i != arg->index)
			continue;
		arg->address = sg_dma_address(sg);
		arg->length = sg_dma_len(sg);
		return 0;
	}
	return -EINVAL;
}

/* ---- transfers ---- */

static int check_transfer(const struct edu_file *file, const struct ccp_importer_transfer *arg)
{
	size_t size;

	if (!file->attach || !file->table)
		return -ENXIO;
	if (arg->direction != CCP_IMPORTER_TO_DEVICE && arg->direction != CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;
	if (file->direction != DMA_BIDIRECTIONAL &&
	    file->direction != (enum dma_data_direction)arg->direction)
		return -EACCES;
	size = file->attach->dmabuf->size;
	if (!arg->length || arg->length > EDU_MEMORY || arg->length > size ||
	    arg->offset > size - arg->length)
		return -EINVAL;
	return 0;
}

static struct edu_job *new_job(struct edu_file *file, const struct ccp_importer_transfer *arg)
{
	struct edu_job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	struct edu *edu = file->edu;

	if (!job)
		return NULL;
	INIT_WORK(&job->work, edu_job_run);
	job->edu = edu;
	job->transfer = *arg;
	dma_fence_init(&job->fence, &edu_fence_ops, &edu->fence_lock, edu->fence_context,
		       ++edu->fence_seqno);
	return job;
}

/*
 * Others see the device at work by the fence, and the device starts when others are done: readers
 * wait for the last writer, writers for everybody.
 */
static int start(struct edu_file *file, const struct ccp_importer_transfer *arg)
{
	bool writes = arg->direction == CCP_IMPORTER_FROM_DEVICE;
	struct dma_resv *resv = file->attach->dmabuf->resv;
	struct edu_job *job;
	long left;
	int err;

	err = remap(file);
	if (err)
		return err;
	left = edu_mistake("ignores_fences")
		       ? 1
		       : dma_resv_wait_timeout(resv, dma_resv_usage_rw(writes), true,
					       FENCE_TIMEOUT);
	if (left <= 0)
		return left ? left : -ETIMEDOUT;
	err = dma_resv_reserve_fences(resv, 1);
	if (err)
		return err;
	job = new_job(file, arg);
	if (!job)
		return -ENOMEM;

	job->table = file->table;
	if (!edu_mistake("no_fence"))
		dma_resv_add_fence(resv, &job->fence,
				   writes ? DMA_RESV_USAGE_WRITE : DMA_RESV_USAGE_READ);
	queue_work(file->edu->queue, &job->work);
	return 0;
}

static int edu_transfer(struct edu_file *file, struct ccp_importer_transfer *arg)
{
	struct dma_resv *resv;
	int err = check_transfer(file, arg);

	if (err)
		return err;
	resv = file->attach->dmabuf->resv;
	err = dma_resv_lock_interruptible(resv, NULL);
	if (err)
		return err;
	err = start(file, arg);
	dma_resv_unlock(resv);
	return err;
}

static int edu_memory(struct edu_file *file, const struct ccp_importer_memory *arg)
{
	void __user *user = u64_to_user_ptr(arg->data);
	struct edu *edu = file->edu;
	void *data;
	int err;

	if (arg->length > EDU_MEMORY || arg->offset > EDU_MEMORY - arg->length)
		return -EINVAL;
	if (!arg->length)
		return 0;
	flush_workqueue(edu->queue);
	data = kmalloc(EDU_MEMORY, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	err = -EFAULT;
	if (!arg->write)
		err = edu_peek(edu, arg->offset, data, arg->length);
	else if (!copy_from_user(data, user, arg->length))
		err = edu_poke(edu, arg->offset, data, arg->length);
	if (!err && !arg->write && copy_to_user(user, data, arg->length))
		err = -EFAULT;
	kfree(data);
	return err;
}

static int edu_info(struct edu_file *file, struct ccp_importer_info *info)
{
	struct device *dev = &file->edu->pdev->dev;

	strscpy(info->device, dev_name(dev), sizeof(info->device));
	info->flags = CCP_IMPORTER_DMA | CCP_IMPORTER_FENCE;
	info->memory = EDU_MEMORY;
	info->dma_mask = dma_get_mask(dev);
	return 0;
}

/* ---- files ---- */

union argument {
	struct ccp_importer_info info;
	struct ccp_importer_attach attach;
	struct ccp_importer_map map;
	struct ccp_importer_entry entry;
	struct ccp_importer_transfer transfer;
	struct ccp_importer_memory memory;
};

static int call(struct edu_file *file, unsigned int command, union argument *arg)
{
	switch (command) {
	case CCP_IMPORTER_INFO:
		return edu_info(file, &arg->info);
	case CCP_IMPORTER_ATTACH:
		return edu_attach(file, &arg->attach);
	case CCP_IMPORTER_MAP:
		return edu_map(file, &arg->map);
	case CCP_IMPORTER_ENTRY:
		return edu_entry(file, &arg->entry);
	case CCP_IMPORTER_TRANSFER:
		return edu_transfer(file, &arg->transfer);
	case CCP_IMPORTER_UNMAP:
		return edu_unmap(file);
	case CCP_IMPORTER_DETACH:
		return edu_detach(file);
	case CCP_IMPORTER_MEMORY:
		return edu_memory(file, &arg->memory);
	default:
		return -ENOTTY;
	}
}

static long edu_ioctl(struct file *filp, unsigned int command, unsigned long user)
{
	struct edu_file *file = filp->private_data;
	unsigned int size = _IOC_SIZE(command);
	union argument arg = {};
	long err;

	if (size > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(command) & _IOC_WRITE && copy_from_user(&arg, (void __user *)user, size))
		return -EFAULT;

	mutex_lock(&file->edu->lock);
	err = file->edu->gone ? -ENODEV : call(file, command, &arg);
	mutex_unlock(&file->edu->lock);

	if (!err && _IOC_DIR(command) & _IOC_READ && copy_to_user((void __user *)user, &arg, size))
		return -EFAULT;
	return err;
}

static int edu_open(struct inode *inode, struct file *filp)
{
	struct edu *edu = container_of(filp->private_data, struct edu, misc);
	struct edu_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	file->edu = edu;
	kref_get(&edu->ref);
	mutex_lock(&edu->lock);
	list_add(&file->node, &edu->files);
	mutex_unlock(&edu->lock);
	filp->private_data = file;
	return 0;
}

static int edu_release(struct inode *inode, struct file *filp)
{
	struct edu_file *file = filp->private_data;
	struct edu *edu = file->edu;

	mutex_lock(&edu->lock);
	if (file->attach)
		edu_detach(file);
	list_del(&file->node);
	mutex_unlock(&edu->lock);
	kfree(file);
	edu_put(edu);
	return 0;
}

void edu_close_files(struct edu *edu)
{
	struct edu_file *file;

	lockdep_assert_held(&edu->lock);
	list_for_each_entry(file, &edu->files, node)
		if (file->attach)
			edu_detach(file);
}

const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.open = edu_open,
	.release = edu_release,
	.unlocked_ioctl = edu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

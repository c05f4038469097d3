// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "hostview-backend.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Each says -ENODEV where its monitor is not, or cannot be. */
static const struct ccp_hostview_backend *const backends[] = {
	&ccp_hostview_x86,
	&ccp_hostview_arm64,
};

struct ccp_hostview {
	const struct ccp_hostview_backend *backend;
	void *state; /* the backend's */
	struct ccp_hv_info info;
};

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int call(struct ccp_hostview *view, enum ccp_hv_call number, uint64_t a, uint64_t b,
		uint64_t c, uint64_t d)
{
	const uint64_t args[4] = { a, b, c, d };

	return view->backend->call(view->state, number, args);
}

/*
 * The monitor takes no page faults: each page that it is to follow must be present, and writable
 * where it writes.
 */
static void touch_read(const void *addr, size_t size)
{
	const uint8_t *page = addr;

	for (size_t at = 0; at < size;
	     at += CCP_HV_PAGE_SIZE - (uintptr_t)(page + at) % CCP_HV_PAGE_SIZE)
		(void)*(const volatile uint8_t *)(page + at);
}

static void touch_write(void *addr, size_t size)
{
	uint8_t *page = addr;

	for (size_t at = 0; at < size;
	     at += CCP_HV_PAGE_SIZE - (uintptr_t)(page + at) % CCP_HV_PAGE_SIZE)
		*(volatile uint8_t *)(page + at) = 0;
}

static int read_info(struct ccp_hostview *view)
{
	int err;

	view->info.size = sizeof(view->info);
	err = call(view, CCP_HV_INFO, (uintptr_t)&view->info, 0, 0, 0);
	if (err)
		return err;

	if (view->info.size < sizeof(view->info) || view->info.calls <= CCP_HV_STATES)
		return -EPROTO;

	view->info.mode[sizeof(view->info.mode) - 1] = '\0';
	return 0;
}

int ccp_hostview_open_backend(struct ccp_hostview **view,
			      const struct ccp_hostview_backend *backend)
{
	struct ccp_hostview *found;
	int err;

	found = calloc(1, sizeof(*found));
	if (!found)
		return -ENOMEM;

	found->backend = backend;
	err = backend->open(&found->state);
	if (err)
		goto err_free;

	err = read_info(found);
	if (err)
		goto err_close;

	*view = found;
	return 0;

err_close:
	backend->close(found->state);
err_free:
	free(found);
	return err;
}

int ccp_hostview_open(struct ccp_hostview **view)
{
	int err = -ENODEV;

	for (size_t i = 0; i < ARRAY_SIZE(backends) && err == -ENODEV; i++)
		err = ccp_hostview_open_backend(view, backends[i]);

	return err;
}

void ccp_hostview_close(struct ccp_hostview *view)
{
	if (!view)
		return;

	view->backend->close(view->state);
	free(view);
}

const struct ccp_hv_info *ccp_hostview_info(const struct ccp_hostview *view)
{
	return &view->info;
}

int ccp_hostview_translate(struct ccp_hostview *view, const void *addr,
			   struct ccp_hv_translation *translation)
{
	struct ccp_hv_translation found = { 0 };
	int err;

	err = call(view, CCP_HV_TRANSLATE, (uintptr_t)addr, (uintptr_t)&found, 0, 0);
	if (err)
		return err;

	*translation = found;
	return 0;
}

int ccp_hostview_read(struct ccp_hostview *view, enum ccp_hv_plane plane, const void *addr,
		      void *dst, size_t size)
{
	const uint8_t *from = addr;
	uint8_t *to = dst;
	int err = 0;

	touch_read(addr, size);
	touch_write(dst, size);

	for (size_t done = 0, piece; done < size && !err; done += piece) {
		piece = min(size - done, CCP_HV_MAX_COPY);
		err = call(view, CCP_HV_COPY, plane, (uintptr_t)(from + done),
			   (uintptr_t)(to + done), piece);
	}

	return err;
}

/*
 * By virtual address: neighbours in a mapping of a dma-buf need not be neighbours in guest memory.
 */
int ccp_hostview_states(struct ccp_hostview *view, const void *addr, size_t pages, uint8_t *states)
{
	const uint8_t *from = addr;
	int err = 0;

	if ((uintptr_t)addr % CCP_HV_PAGE_SIZE)
		return -EINVAL;

	touch_read(addr, pages * CCP_HV_PAGE_SIZE);
	touch_write(states, pages);

	for (size_t done = 0, piece; done < pages && !err; done += piece) {
		piece = min(pages - done, CCP_HV_MAX_STATES);
		err = call(view, CCP_HV_STATES, (uintptr_t)(from + done * CCP_HV_PAGE_SIZE), piece,
			   (uintptr_t)(states + done), 0);
	}

	return err;
}

int ccp_hostview_gpa_states(struct ccp_hostview *view, uint64_t gpa, size_t pages, uint8_t *states)
{
	touch_write(states, pages);

	return call(view, CCP_HV_STATE, gpa, pages, (uintptr_t)states, 0);
}

int ccp_hostview_ledger(struct ccp_hostview *view, struct ccp_hv_ledger *ledger)
{
	struct ccp_hv_ledger found = { 0 };
	int err;

	err = call(view, CCP_HV_LEDGER, (uintptr_t)&found, 0, 0, 0);
	if (err)
		return err;

	*ledger = found;
	return 0;
}

struct ccp_hv_ledger ccp_ledger_since(const struct ccp_hv_ledger *mark,
				      const struct ccp_hv_ledger *now)
{
	struct ccp_hv_ledger since = {
		.shared_now = now->shared_now - mark->shared_now,
		.violations = now->violations - mark->violations,
		.accepted = now->accepted - mark->accepted,
		.accepted_twice = now->accepted_twice - mark->accepted_twice,
	};

	for (int to = CCP_HV_PRIVATE; to <= CCP_HV_SHARED; to++) {
		since.conversions[to] = now->conversions[to] - mark->conversions[to];
		since.pages[to] = now->pages[to] - mark->pages[to];
		since.redundant[to] = now->redundant[to] - mark->redundant[to];
		since.refused[to] = now->refused[to] - mark->refused[to];
	}

	return since;
}

int ccp_hostview_fail(struct ccp_hostview *view, const struct ccp_hv_fail *fail)
{
	struct ccp_hv_fail copy = *fail; /* on our stack, hence present */

	return call(view, CCP_HV_FAIL, (uintptr_t)&copy, 0, 0, 0);
}

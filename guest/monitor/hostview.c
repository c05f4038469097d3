// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "freestanding.h"
#include "hostview.h"
#include "machine.h"

static int put(const struct hostview_call *call, uint64_t va, const void *src, size_t size)
{
	return walk_write(&call->space, va, src, size) ? 0 : -EFAULT;
}

static const struct ledger *ledger_of(const struct hostview_call *call)
{
	return &call->space.planes->ledger;
}

/* The caller says how much it has room for: it may be older than the monitor. */
static int call_info(const struct hostview_call *call)
{
	const struct planes_config *config = &call->space.planes->config;
	struct ccp_hv_info info = {
		.strict = config->strict,
		.ram_size = config->ram,
		.poison = { [CCP_HV_PRIVATE] = POISON_PRIVATE, [CCP_HV_SHARED] = POISON_SHARED },
		.calls = CCP_HV_STATES + 1,
	};
	uint32_t room;

	if (!walk_read(&call->space, call->arg[0], &room, sizeof(room)))
		return -EFAULT;
	info.size = room < sizeof(info) ? room : sizeof(info);
	memcpy(info.mode, call->platform, strlen(call->platform));
	return put(call, call->arg[0], &info, info.size);
}

static int call_translate(const struct hostview_call *call)
{
	struct ccp_hv_translation translation = {};
	struct walk walk;

	if (!walk_guest(&call->space, call->arg[0], &walk))
		return -EFAULT;
	translation.gpa = walk.gpa;
	translation.plane = walk.plane;
	translation.writable = walk.writable;
	return put(call, call->arg[1], &translation, sizeof(translation));
}

/* A page's bytes in a plane or in the decoy; NULL: there is no such. */
static void *bytes_of(struct planes *planes, uint64_t gpa, uint64_t plane)
{
	uint64_t decoy;

	if (plane <= CCP_HV_SHARED)
		return planes_ptr(planes, gpa, plane);
	decoy = plane == CCP_HV_DECOY ? stage2_decoy(planes->stage2, gpa) : 0;
	return decoy ? machine_ptr(decoy) : NULL;
}

static int call_read(const struct hostview_call *call)
{
	uint64_t plane = call->arg[0], gpa = call->arg[1], size = call->arg[3];
	const void *bytes;

	if (size > PAGE_SIZE - gpa % PAGE_SIZE || !planes_is_ram(call->space.planes, gpa))
		return -EINVAL;
	bytes = bytes_of(call->space.planes, gpa, plane);
	return bytes ? put(call, call->arg[2], bytes, size) : -EINVAL;
}

/* Page by page of the source; walk_write() minds those of the destination. */
static int call_copy(const struct hostview_call *call)
{
	uint64_t plane = call->arg[0], va = call->arg[1], size = call->arg[3], piece;
	const void *bytes;
	struct walk walk;
	int err = 0;

	if (size > CCP_HV_MAX_COPY)
		return -EINVAL;
	for (uint64_t done = 0; done < size && !err; done += piece) {
		piece = PAGE_SIZE - (va + done) % PAGE_SIZE;
		if (piece > size - done)
			piece = size - done;
		if (!walk_guest(&call->space, va + done, &walk))
			return -EFAULT;
		bytes = bytes_of(call->space.planes, walk.gpa, plane);
		err = bytes ? put(call, call->arg[2] + done, bytes, piece) : -EINVAL;
	}
	return err;
}

static int call_state(const struct hostview_call *call)
{
	const struct ledger *ledger = ledger_of(call);
	uint64_t gpa = call->arg[0], count = call->arg[1];

	if (gpa % PAGE_SIZE || !ledger_covers(ledger, gpa / PAGE_SIZE, count))
		return -EINVAL;
	return put(call, call->arg[2], &ledger->state[gpa / PAGE_SIZE], count);
}

static int call_states(const struct hostview_call *call)
{
	uint64_t va = call->arg[0], count = call->arg[1];
	const struct ledger *ledger = ledger_of(call);
	struct walk walk;
	int err = 0;

	if (va % PAGE_SIZE || count > CCP_HV_MAX_STATES)
		return -EINVAL;
	for (uint64_t i = 0; i < count && !err; i++) {
		if (!walk_guest(&call->space, va + i * PAGE_SIZE, &walk))
			return -EFAULT;
		err = put(call, call->arg[2] + i, &ledger->state[walk.gpa / PAGE_SIZE], 1);
	}
	return err;
}

static int call_ledger(const struct hostview_call *call)
{
	const struct ccp_hv_ledger *count = &ledger_of(call)->count;

	return put(call, call->arg[0], count, sizeof(*count));
}

static int call_fail(const struct hostview_call *call)
{
	struct ccp_hv_fail fail;

	if (!walk_read(&call->space, call->arg[0], &fail, sizeof(fail)))
		return -EFAULT;
	return ledger_arm(&call->space.planes->ledger, &fail);
}

static int (*const calls[])(const struct hostview_call *call) = {
	[CCP_HV_INFO] = call_info,   [CCP_HV_TRANSLATE] = call_translate, [CCP_HV_READ] = call_read,
	[CCP_HV_STATE] = call_state, [CCP_HV_LEDGER] = call_ledger,	  [CCP_HV_FAIL] = call_fail,
	[CCP_HV_COPY] = call_copy,   [CCP_HV_STATES] = call_states,
};

int hostview_answer(const struct hostview_call *call)
{
	if (call->number >= sizeof(calls) / sizeof(calls[0]))
		return -ENOSYS;
	return calls[call->number](call);
}

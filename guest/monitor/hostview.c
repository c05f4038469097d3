// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "guest.h"
#include "hostview.h"
#include "layout.h"
#include "mode.h"
#include "../freestanding.h"

static int put(struct vcpu *vcpu, uint64_t va, const void *src, size_t size)
{
	struct guest_space space = vcpu_space(vcpu);

	return walk_write(&space, va, src, size) ? 0 : -EFAULT;
}

/* The caller says how much it has room for: it may be older than the monitor. */
static int call_info(struct vcpu *vcpu)
{
	const struct guest *guest = vcpu->guest;
	struct guest_space space = vcpu_space(vcpu);
	struct ccp_hv_info info = {
		.strict = guest->planes.config.strict,
		.ram_size = guest->planes.config.ram,
		.poison = { [CCP_HV_PRIVATE] = POISON_PRIVATE, [CCP_HV_SHARED] = POISON_SHARED },
		.calls = CCP_HV_STATES + 1,
	};
	uint32_t room;

	if (!walk_read(&space, vcpu->gpr[RBX], &room, sizeof(room)))
		return -EFAULT;
	info.size = room < sizeof(info) ? room : sizeof(info);
	memcpy(info.mode, guest->mode->platform, strlen(guest->mode->platform));
	return put(vcpu, vcpu->gpr[RBX], &info, info.size);
}

static int call_translate(struct vcpu *vcpu)
{
	struct guest_space space = vcpu_space(vcpu);
	struct ccp_hv_translation translation = {};
	struct walk walk;

	if (!walk_guest(&space, vcpu->gpr[RBX], &walk))
		return -EFAULT;
	translation.gpa = walk.gpa;
	translation.plane = walk.plane;
	translation.writable = walk.writable;
	return put(vcpu, vcpu->gpr[RCX], &translation, sizeof(translation));
}

static int call_read(struct vcpu *vcpu)
{
	uint64_t plane = vcpu->gpr[RBX], gpa = vcpu->gpr[RCX], size = vcpu->gpr[RSI];

	if (plane > CCP_HV_SHARED || size > PAGE_SIZE - gpa % PAGE_SIZE ||
	    !planes_is_ram(&vcpu->guest->planes, gpa))
		return -EINVAL;
	return put(vcpu, vcpu->gpr[RDX], planes_ptr(&vcpu->guest->planes, gpa, plane), size);
}

/* Page by page of the source; walk_write() minds those of the destination. */
static int call_copy(struct vcpu *vcpu)
{
	uint64_t plane = vcpu->gpr[RBX], va = vcpu->gpr[RCX], size = vcpu->gpr[RSI], piece;
	struct guest_space space = vcpu_space(vcpu);
	struct walk walk;
	int err = 0;

	if (plane > CCP_HV_SHARED || size > CCP_HV_MAX_COPY)
		return -EINVAL;
	for (uint64_t done = 0; done < size && !err; done += piece) {
		piece = PAGE_SIZE - (va + done) % PAGE_SIZE;
		if (piece > size - done)
			piece = size - done;
		if (!walk_guest(&space, va + done, &walk))
			return -EFAULT;
		err = put(vcpu, vcpu->gpr[RDX] + done, planes_ptr(space.planes, walk.gpa, plane),
			  piece);
	}
	return err;
}

static int call_state(struct vcpu *vcpu)
{
	const struct ledger *ledger = &vcpu->guest->planes.ledger;
	uint64_t gpa = vcpu->gpr[RBX], count = vcpu->gpr[RCX];

	if (gpa % PAGE_SIZE || !ledger_covers(ledger, gpa / PAGE_SIZE, count))
		return -EINVAL;
	return put(vcpu, vcpu->gpr[RDX], &ledger->state[gpa / PAGE_SIZE], count);
}

static int call_states(struct vcpu *vcpu)
{
	uint64_t va = vcpu->gpr[RBX], count = vcpu->gpr[RCX];
	const struct ledger *ledger = &vcpu->guest->planes.ledger;
	struct guest_space space = vcpu_space(vcpu);
	struct walk walk;
	int err = 0;

	if (va % PAGE_SIZE || count > CCP_HV_MAX_STATES)
		return -EINVAL;
	for (uint64_t i = 0; i < count && !err; i++) {
		if (!walk_guest(&space, va + i * PAGE_SIZE, &walk))
			return -EFAULT;
		err = put(vcpu, vcpu->gpr[RDX] + i, &ledger->state[walk.gpa / PAGE_SIZE], 1);
	}
	return err;
}

static int call_ledger(struct vcpu *vcpu)
{
	const struct ccp_hv_ledger *count = &vcpu->guest->planes.ledger.count;

	return put(vcpu, vcpu->gpr[RBX], count, sizeof(*count));
}

static int call_fail(struct vcpu *vcpu)
{
	struct guest_space space = vcpu_space(vcpu);
	struct ccp_hv_fail fail;

	if (!walk_read(&space, vcpu->gpr[RBX], &fail, sizeof(fail)))
		return -EFAULT;
	return ledger_arm(&vcpu->guest->planes.ledger, &fail);
}

static int (*const calls[])(struct vcpu *vcpu) = {
	[CCP_HV_INFO] = call_info,   [CCP_HV_TRANSLATE] = call_translate, [CCP_HV_READ] = call_read,
	[CCP_HV_STATE] = call_state, [CCP_HV_LEDGER] = call_ledger,	  [CCP_HV_FAIL] = call_fail,
	[CCP_HV_COPY] = call_copy,   [CCP_HV_STATES] = call_states,
};

bool hostview_call(struct vcpu *vcpu)
{
	uint64_t number = vcpu->gpr[RAX] ^ CCP_HV_CALL;

	if (number & ~(uint64_t)~CCP_HV_CALL_MASK)
		return false;
	if (number < sizeof(calls) / sizeof(calls[0]))
		vcpu->gpr[RAX] = calls[number](vcpu);
	else
		vcpu->gpr[RAX] = -ENOSYS;
	return true;
}

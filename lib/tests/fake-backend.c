// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "fake-backend.h"

struct fake_monitor fake;

void fake_reset(const void *base)
{
	memset(&fake, 0, sizeof(fake));
	fake.base = base;
	fake.info_size = sizeof(struct ccp_hv_info);
	fake.info_calls = CCP_HV_STATES + 1;

	for (unsigned int page = 0; page < FAKE_PAGES; page++) {
		fake.gpa_page[page] = FAKE_PAGES - 1 - page;
		fake.state[page] = page % 3 % 2;
		for (unsigned int i = 0; i < 4096; i++) {
			fake.plane[CCP_HV_PRIVATE][page][i] =
				(uint8_t)(page * 31 + i * 7 + (i >> 8));
			fake.plane[CCP_HV_SHARED][page][i] =
				(uint8_t)(page * 57 + i * 11 + (i >> 8) + 1);
		}
	}
}

uint8_t fake_byte(enum ccp_hv_plane plane, size_t offset)
{
	return fake.plane[plane][fake.gpa_page[offset / 4096]][offset % 4096];
}

static void *pointer(uint64_t arg)
{
	return (void *)(uintptr_t)arg;
}

static int fake_info(const uint64_t args[4])
{
	struct ccp_hv_info *info = pointer(args[0]);

	if (info->size < sizeof(*info))
		return -EFAULT;

	*info = (struct ccp_hv_info){
		.size = fake.info_size,
		.ram_size = FAKE_PAGES * 4096,
		.poison = { 1, 2 },
		.calls = fake.info_calls,
	};
	memset(info->mode, 'm', sizeof(info->mode));
	return 0;
}

static int fake_translate(const uint64_t args[4])
{
	uint64_t offset = args[0] - (uintptr_t)fake.base;
	struct ccp_hv_translation *translation = pointer(args[1]);

	if (offset >= FAKE_PAGES * 4096)
		return -EFAULT;

	translation->gpa = fake.gpa_page[offset / 4096] * 4096ull + offset % 4096;
	translation->plane = fake.state[fake.gpa_page[offset / 4096]];
	translation->writable = 1;
	return 0;
}

static int fake_read(const uint64_t args[4])
{
	uint64_t page = args[1] / 4096, at = args[1] % 4096;

	if (args[0] > CCP_HV_SHARED || page >= FAKE_PAGES || at + args[3] > 4096)
		return -EINVAL;

	memcpy(pointer(args[2]), fake.plane[args[0]][page] + at, args[3]);
	return 0;
}

static int fake_states(const uint64_t args[4])
{
	if (args[0] % 4096 || args[0] / 4096 + args[1] > FAKE_PAGES)
		return -EINVAL;

	memcpy(pointer(args[2]), fake.state + args[0] / 4096, args[1]);
	return 0;
}

static int fake_copy(const uint64_t args[4])
{
	uint64_t offset = args[1] - (uintptr_t)fake.base;
	uint8_t *dst = pointer(args[2]);

	if (args[0] > CCP_HV_SHARED || args[3] > CCP_HV_MAX_COPY)
		return -EINVAL;
	if (offset > FAKE_PAGES * 4096 || args[3] > FAKE_PAGES * 4096 - offset)
		return -EFAULT;

	for (uint64_t i = 0; i < args[3]; i++)
		dst[i] = fake_byte(args[0], offset + i);
	return 0;
}

static int fake_mapped_states(const uint64_t args[4])
{
	uint64_t first = (args[0] - (uintptr_t)fake.base) / 4096;
	uint8_t *dst = pointer(args[2]);

	if (args[0] % 4096 || args[1] > CCP_HV_MAX_STATES)
		return -EINVAL;
	if (first > FAKE_PAGES || args[1] > FAKE_PAGES - first)
		return -EFAULT;

	for (uint64_t i = 0; i < args[1]; i++)
		dst[i] = fake.state[fake.gpa_page[first + i]];
	return 0;
}

static int fake_ledger(const uint64_t args[4])
{
	struct ccp_hv_ledger *ledger = pointer(args[0]);

	*ledger = (struct ccp_hv_ledger){ .shared_now = 1, .pages = { 2, 3 }, .violations = 4 };
	return 0;
}

static int fake_fail(const uint64_t args[4])
{
	const struct ccp_hv_fail *fail = pointer(args[0]);

	if (fail->plane > CCP_HV_SHARED)
		return -EINVAL;

	fake.armed = *fail;
	return 0;
}

static int fake_open(void **state)
{
	if (fake.absent)
		return -ENODEV;

	fake.opened = true;
	*state = &fake;
	return 0;
}

static void fake_close(void *state)
{
	fake.closed = state == &fake;
}

static int fake_call(void *state, enum ccp_hv_call number, const uint64_t args[4])
{
	static int (*const handlers[])(const uint64_t args[4]) = {
		[CCP_HV_INFO] = fake_info,     [CCP_HV_TRANSLATE] = fake_translate,
		[CCP_HV_READ] = fake_read,     [CCP_HV_STATE] = fake_states,
		[CCP_HV_LEDGER] = fake_ledger, [CCP_HV_FAIL] = fake_fail,
		[CCP_HV_COPY] = fake_copy,     [CCP_HV_STATES] = fake_mapped_states,
	};
	struct fake_call *call = &fake.calls[fake.call_count++ % 64];

	call->number = number;
	memcpy(call->args, args, sizeof(call->args));
	if (fake.fail_error && number == fake.fail_number)
		return fake.fail_error;
	return handlers[number](args);
}

const struct ccp_hostview_backend fake_backend = {
	.open = fake_open,
	.close = fake_close,
	.call = fake_call,
};

// SPDX-License-Identifier: MIT
/* The x86 monitor: found by CPUID, called by VMMCALL. */
#include <string.h>

#include "hostview-backend.h"
#include "x86.h"

static int x86_open(void **state)
{
	char signature[sizeof(CCP_HV_SIGNATURE)] = "";
	struct ccp_cpuid regs;

	if (!ccp_x86_hypervisor())
		return -ENODEV;

	regs = ccp_x86_cpuid(CCP_HV_CPUID_LEAF);
	memcpy(signature, &regs.ebx, 4);
	memcpy(signature + 4, &regs.ecx, 4);
	memcpy(signature + 8, &regs.edx, 4);
	if (strcmp(signature, CCP_HV_SIGNATURE))
		return -ENODEV;

	*state = NULL;
	return 0;
}

static void x86_close(void *state)
{
}

static int x86_call(void *state, enum ccp_hv_call number, const uint64_t args[4])
{
	return (int)ccp_x86_vmmcall(CCP_HV_CALL | number, args);
}

const struct ccp_hostview_backend ccp_hostview_x86 = {
	.open = x86_open,
	.close = x86_close,
	.call = x86_call,
};

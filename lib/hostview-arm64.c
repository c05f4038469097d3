// SPDX-License-Identifier: MIT
/* The arm64 monitor: found in the device tree, called by BRK. */
#include <errno.h>
#include <unistd.h>

#include "hostview-backend.h"

static const char node[] = "/sys/firmware/devicetree/base/" CCP_HV_NODE;

static int arm64_open(void **state)
{
	if (access(node, F_OK))
		return -ENODEV;

	*state = NULL;
	return 0;
}

static void arm64_close(void *state)
{
}

#ifdef __aarch64__

static int arm64_call(void *state, enum ccp_hv_call number, const uint64_t args[4])
{
	register uint64_t x0 asm("x0") = CCP_HV_CALL | number;
	register uint64_t x1 asm("x1") = args[0];
	register uint64_t x2 asm("x2") = args[1];
	register uint64_t x3 asm("x3") = args[2];
	register uint64_t x4 asm("x4") = args[3];

	asm volatile("brk %1"
		     : "+r"(x0)
		     : "i"(CCP_HV_BRK), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
		     : "memory");
	return (int)x0;
}

#else

static int arm64_call(void *state, enum ccp_hv_call number, const uint64_t args[4])
{
	return -ENODEV;
}

#endif

const struct ccp_hostview_backend ccp_hostview_arm64 = {
	.open = arm64_open,
	.close = arm64_close,
	.call = arm64_call,
};

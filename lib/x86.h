/* SPDX-License-Identifier: MIT */
/*
 * The x86 instructions of the library. Elsewhere every CPUID leaf is empty, so nothing is ever
 * found by them.
 */
#ifndef CCP_X86_H
#define CCP_X86_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct ccp_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

#define CCP_CPUID_1_ECX_HYPERVISOR (1u << 31)

#ifdef __x86_64__

#include <cpuid.h>

static inline struct ccp_cpuid ccp_x86_cpuid(uint32_t leaf)
{
	struct ccp_cpuid regs;

	__cpuid_count(leaf, 0, regs.eax, regs.ebx, regs.ecx, regs.edx);
	return regs;
}

static inline int64_t ccp_x86_vmmcall(uint64_t rax, const uint64_t args[4])
{
	int64_t ret;

	/* .byte: assemblers know the mnemonic only with SVM switched on */
	asm volatile(".byte 0x0f, 0x01, 0xd9"
		     : "=a"(ret)
		     : "a"(rax), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3])
		     : "memory", "cc");
	return ret;
}

#else

static inline struct ccp_cpuid ccp_x86_cpuid(uint32_t leaf)
{
	return (struct ccp_cpuid){ 0 };
}

static inline int64_t ccp_x86_vmmcall(uint64_t rax, const uint64_t args[4])
{
	return -ENODEV;
}

#endif

/* The leaves that a hypervisor adds mean something only under one. */
static inline bool ccp_x86_hypervisor(void)
{
	return ccp_x86_cpuid(1).ecx & CCP_CPUID_1_ECX_HYPERVISOR;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What AMD's confidential guests see of themselves (APM volume 2, 15.34 to 15.36; volume 3,
 * E.4.17), and KVM's signature, under which Linux looks for its hypercalls.
 */
#ifndef MONITOR_SEV_H
#define MONITOR_SEV_H

#include <asm/kvm_para.h>

#include "layout.h"

/* 15.34.10: SEV_STATUS */
#define MSR_SEV_STATUS	   0xc0010131u
#define SEV_STATUS_SEV	   1ul
#define SEV_STATUS_SEV_ES  2ul
#define SEV_STATUS_SEV_SNP 4ul

/* Fn8000_0000: highest extended function */
#define CPUID_EXTENDED_MAX 0x80000000u
/*
 * Fn8000_001F. EAX: what is supported; EBX: C-bit position, bits 11:6 the address bits that it
 * costs
 */
#define CPUID_ENCRYPTION 0x8000001fu
#define CPUID_SME	 (1u << 0)
#define CPUID_SEV	 (1u << 1)
#define CPUID_SEV_ES	 (1u << 3)
#define CPUID_SEV_SNP	 (1u << 4)
#define CPUID_C_BIT	 (PLANE_BIT | 1u << 6)
/* EBX bit 31: caches are coherent without the guest evicting lines */
#define CPUID_COHERENCY (1u << 31)

#define KVM_SIGNATURE_ROW         \
	{ KVM_CPUID_SIGNATURE,    \
	  CPUID_ANY_SUBLEAF,      \
	  { ~0u, ~0u, ~0u, ~0u }, \
	  { KVM_CPUID_FEATURES, 0x4b4d564b, 0x564b4d56, 0x0000004d } }

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest-hypervisor communication block (AMD document 56421, "SEV-ES Guest-Hypervisor
 * Communication Block Standardization", revision 2.0x): what a guest asks for by VMGEXIT. Linux has
 * the same numbers in asm/sev-common.h and asm/svm.h.
 */
#ifndef MONITOR_GHCB_H
#define MONITOR_GHCB_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define MSR_GHCB 0xc0010130u

/* 2.3.1, table 3: GHCB MSR protocol, requests and responses in GHCBInfo (bits 11:0) */
#define GHCB_INFO_MASK		 0xffful
#define GHCB_INFO_SEV_RESPONSE	 0x001u
#define GHCB_INFO_SEV_REQUEST	 0x002u
#define GHCB_INFO_CPUID_REQUEST	 0x004u
#define GHCB_INFO_CPUID_RESPONSE 0x005u
#define GHCB_INFO_PREFERRED	 0x010u
#define GHCB_INFO_REGISTER	 0x012u
#define GHCB_INFO_PSC		 0x014u
#define GHCB_INFO_FEATURES	 0x080u
#define GHCB_INFO_TERMINATE	 0x100u
#define GHCB_NO_PREFERENCE	 0xfffffffffffff000ul
#define GHCB_PSC_FAILED		 (1ul << 32)

/* 4.1.1: protocol versions */
#define GHCB_PROTOCOL_MAX 2ul
#define GHCB_PROTOCOL_MIN 1ul

/* 4.1.9: hypervisor features */
#define GHCB_FEATURE_SNP	 1ul
#define GHCB_FEATURE_AP_CREATION 2ul

/* 4.1, table 6: non-automatic exits, in sw_exit_code */
#define GHCB_EXIT_NMI_COMPLETE 0x80000003ul
#define GHCB_EXIT_AP_HOLD      0x80000004ul
#define GHCB_EXIT_PSC	       0x80000010ul
#define GHCB_EXIT_AP_CREATION  0x80000013ul
#define GHCB_EXIT_FEATURES     0x8000fffdul
#define GHCB_EXIT_TERMINATE    0x8000fffeul

/* 4.1.6 and 4.1.8.1: page state change */
#define GHCB_PSC_PRIVATE	1u
#define GHCB_PSC_SHARED		2u
#define GHCB_PSC_MAX_ENTRY	252u
#define GHCB_PSC_GENERIC_ERROR	(0x100ul << 32)
#define GHCB_PSC_INVALID_HEADER (1ul << 32 | 1)
#define GHCB_PSC_INVALID_ENTRY	(1ul << 32 | 2)

/* 4.1.10: AP creation, in sw_exit_info_1 bits 31:0 */
#define GHCB_AP_CREATE_ON_INIT 0u
#define GHCB_AP_CREATE	       1u
#define GHCB_AP_DESTROY	       2u

/* 4.1, "malformed input": sw_exit_info_1 and the reasons in sw_exit_info_2 */
#define GHCB_MALFORMED		 2ul
#define GHCB_ERROR_SCRATCH	 3ul
#define GHCB_ERROR_MISSING_INPUT 4ul
#define GHCB_ERROR_INPUT	 5ul
#define GHCB_ERROR_EVENT	 6ul

/* 2.6, table 5: layout; each 8 bytes below valid_bitmap have a bit there */
#define GHCB_BUFFER_SIZE 2032u

struct ghcb {
	uint8_t reserved_000[0x1f8];
	uint64_t rax; /* 1F8h */
	uint8_t reserved_200[0x308 - 0x200];
	uint64_t rcx, rdx, rbx; /* 308h */
	uint8_t reserved_320[0x390 - 0x320];
	uint64_t sw_exit_code, sw_exit_info_1, sw_exit_info_2, sw_scratch; /* 390h */
	uint8_t reserved_3b0[0x3f0 - 0x3b0];
	uint64_t valid_bitmap[2]; /* 3F0h */
	uint8_t reserved_400[0x800 - 0x400];
	uint8_t buffer[GHCB_BUFFER_SIZE]; /* 800h */
	uint8_t reserved_ff0[10];
	uint16_t protocol_version;
	uint32_t usage;
};

static_assert(offsetof(struct ghcb, rbx) == 0x318, "GHCB layout");
static_assert(offsetof(struct ghcb, sw_scratch) == 0x3a8, "GHCB layout");
static_assert(offsetof(struct ghcb, buffer) == 0x800, "GHCB layout");
static_assert(sizeof(struct ghcb) == 4096, "GHCB layout");

struct ghcb_psc_header {
	uint16_t cur_entry, end_entry;
	uint32_t reserved;
};

/* Bits of an entry: cur_page 11:0, gfn 51:12, operation 55:52, 2 MiB 56 */
#define GHCB_PSC_GFN(entry)	  ((entry) >> 12 & 0xfffffffffful)
#define GHCB_PSC_OPERATION(entry) ((entry) >> 52 & 0xf)
#define GHCB_PSC_LARGE(entry)	  ((entry) >> 56 & 1)

#endif

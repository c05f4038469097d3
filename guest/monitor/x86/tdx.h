/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel TDX as its specifications have it: the TDX Module ABI (document 348551) for TDCALL, and the
 * Guest-Hypervisor Communication Interface (GHCI, 348552) for TDG.VP.VMCALL. The chapter or table
 * stands beside each constant; Linux has the same numbers in arch/x86/include/asm/shared/tdx.h and
 * tdx_errno.h.
 */
#ifndef MONITOR_TDX_H
#define MONITOR_TDX_H

#include <stdint.h>

/*
 * TDX Module base specification, "TDX enumeration": leaf 21h says "IntelTDX    " in EBX, EDX, ECX
 */
#define CPUID_TDX     0x21u
#define CPUID_TDX_EBX 0x65746e49u
#define CPUID_TDX_EDX 0x5844546cu
#define CPUID_TDX_ECX 0x20202020u

/* ABI, "Guest-side (TDCALL) interface functions": leaf numbers in RAX */
#define TDG_VP_VMCALL	    0u
#define TDG_VP_INFO	    1u
#define TDG_MEM_PAGE_ACCEPT 6u
#define TDG_VM_RD	    7u
#define TDG_VM_WR	    8u

/* ABI, "Interface function completion status codes": RAX on return */
#define TDX_SUCCESS		     0ul
#define TDX_OPERAND_INVALID	     0xc000010000000000ul
#define TDX_PAGE_ALREADY_ACCEPTED    0x00000b0a00000000ul
#define TDX_PAGE_SIZE_MISMATCH	     0xc0000b0b00000000ul
#define TDX_METADATA_FIELD_INCORRECT 0xc0000c0000000000ul
#define TDX_OPERAND_ID_RCX	     1ul

/* ABI, "TD attributes": no #VE for a private page that is not accepted; the TD stops instead */
#define TDX_ATTRIBUTE_SEPT_VE_DISABLE (1ul << 28)

/* ABI, "TD-scope metadata (TDCS)": field identifiers */
#define TDCS_CONFIG_FLAGS	      0x1110000300000016ul
#define TDCS_TD_CTLS		      0x1110000300000017ul
#define TDCS_NOTIFY_ENABLES	      0x9100000000000010ul
#define TDCS_TOPOLOGY_ENUM_CONFIGURED 0x9100000000000019ul

/* GHCI, "TDG.VP.VMCALL leaves": R11, where R10 is 0 */
#define TDVMCALL_CPUID		    10u
#define TDVMCALL_HLT		    12u
#define TDVMCALL_IO		    30u
#define TDVMCALL_MAP_GPA	    0x10001u
#define TDVMCALL_REPORT_FATAL_ERROR 0x10003u

/* GHCI, "TDG.VP.VMCALL status codes": R10 on return */
#define TDVMCALL_SUCCESS	 0ul
#define TDVMCALL_RETRY		 1ul
#define TDVMCALL_INVALID_OPERAND 0x8000000000000000ul
#define TDVMCALL_ALIGN_ERROR	 0x8000000000000002ul
#define TDVMCALL_UNSUPPORTED	 0x8000000000000003ul

#endif

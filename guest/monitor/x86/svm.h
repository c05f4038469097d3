/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM as the architecture manual has it (AMD64 Architecture Programmer's Manual, volume 2). The
 * section or table stands beside each constant.
 */
#ifndef MONITOR_SVM_H
#define MONITOR_SVM_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Appendix B, table B-1: VMCB, control area */
#define SVM_INTERCEPT_CR_WRITE(n)  (1u << (16 + (n))) /* 000h */
#define SVM_INTERCEPT_EXCEPTION(n) (1u << (n)) /* 008h */

#define SVM_INTERCEPT_INTR     (1u << 0) /* 00Ch */
#define SVM_INTERCEPT_NMI      (1u << 1)
#define SVM_INTERCEPT_CPUID    (1u << 18)
#define SVM_INTERCEPT_MSR      (1u << 28)
#define SVM_INTERCEPT_SHUTDOWN (1u << 31)

#define SVM_INTERCEPT_VMRUN   (1u << 0) /* 010h */
#define SVM_INTERCEPT_VMMCALL (1u << 1)
#define SVM_INTERCEPT_VMLOAD  (1u << 2)
#define SVM_INTERCEPT_VMSAVE  (1u << 3)
#define SVM_INTERCEPT_STGI    (1u << 4)
#define SVM_INTERCEPT_CLGI    (1u << 5)
#define SVM_INTERCEPT_SKINIT  (1u << 6)

#define SVM_TLB_FLUSH_ALL 1u /* 058h, bits 39:32 */
#define SVM_NESTED_PAGING (1ul << 0) /* 090h */

/* 0A8h, 15.20: event injection */
#define SVM_EVENT_VALID	     (1ul << 31)
#define SVM_EVENT_ERROR_CODE (1ul << 11)
#define SVM_EVENT_NMI	     (2ul << 8 | 2)
#define SVM_EVENT_EXCEPTION  (3ul << 8)

/* 15.25.6: EXITINFO1 of a nested page fault; the low bits are those of a page fault's error code */
#define SVM_NPF_WRITE	   (1ul << 1)
#define SVM_NPF_FETCH	   (1ul << 4)
#define SVM_NPF_TABLE_WALK (1ul << 33)

/*
 * 15.11: the MSR permission map: 2 bits an MSR (read, write), 3 ranges of 2000h MSRs, 8 KiB in all
 */
#define SVM_MSRPM_BYTES	      8192
#define SVM_MSRPM_RANGE_MSRS  0x2000u
#define SVM_MSRPM_RANGE_BYTES 0x800u

/* 15.30 */
#define MSR_VM_HSAVE_PA 0xc0010117u
/* 3.1.7 */
#define MSR_EFER  0xc0000080u
#define EFER_LME  (1ul << 8)
#define EFER_LMA  (1ul << 10)
#define EFER_SVME (1ul << 12)

/* 3.1.1, 3.1.3 */
#define CR0_PE	 (1ul << 0)
#define CR0_ET	 (1ul << 4)
#define CR0_NE	 (1ul << 5)
#define CR0_WP	 (1ul << 16)
#define CR0_PG	 (1ul << 31)
#define CR4_PAE	 (1ul << 5)
#define CR4_LA57 (1ul << 12)

/* 5.4: page tables, nested ones too (15.25.5) */
#define PTE_PRESENT	  (1ul << 0)
#define PTE_WRITABLE	  (1ul << 1)
#define PTE_USER	  (1ul << 2)
#define PTE_ACCESSED	  (1ul << 5)
#define PTE_DIRTY	  (1ul << 6)
#define PTE_LARGE	  (1ul << 7)
#define PTE_ADDRESS	  0x000ffffffffff000ul
#define PTE_TABLE_ENTRIES 512u

/* Table 14-1: CR0 after INIT */
#define CR0_RESET 0x60000010ul

/* 8.2: exception vectors */
#define EXCEPTION_UD 6u
#define EXCEPTION_GP 13u
#define EXCEPTION_PF 14u

/* 15.5.1 and 10.7: segment attributes, the descriptor's bits 55:52 and 47:40 without the gap */
#define SEGMENT_CODE64	   0x0a9bu /* G, L, present, code, accessed */
#define SEGMENT_DATA	   0x0c93u /* G, D, present, data, writable, accessed */
#define SEGMENT_CODE16	   0x009bu
#define SEGMENT_DATA16	   0x0093u
#define SEGMENT_LDT	   0x0082u
#define SEGMENT_TSS64_BUSY 0x008bu

/* Table B-2: VMCB, state save area */
struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes;
	uint32_t limit;
	uint64_t base;
};

/* Table B-4: so much of the VMSA is laid out like the state save area */
#define VMSA_COMMON_BYTES 0x298

struct vmcb {
	/* Table B-1 */
	uint32_t intercept_cr; /* 000h */
	uint32_t intercept_dr;
	uint32_t intercept_exception; /* 008h */
	uint32_t intercept_misc1;
	uint32_t intercept_misc2; /* 010h */
	uint8_t reserved_014[0x40 - 0x14];
	uint64_t iopm_base; /* 040h */
	uint64_t msrpm_base;
	uint64_t tsc_offset;
	uint32_t asid; /* 058h */
	uint32_t tlb_control;
	uint64_t virtual_interrupt;
	uint64_t interrupt_shadow;
	uint64_t exit_code; /* 070h */
	uint64_t exit_info1;
	uint64_t exit_info2;
	uint64_t exit_int_info;
	uint64_t nested_control; /* 090h */
	uint8_t reserved_098[0xa8 - 0x98];
	uint64_t event_injection; /* 0A8h */
	uint64_t nested_cr3; /* 0B0h */
	uint8_t reserved_0b8[0x400 - 0xb8];
	/* Table B-2, offsets from 400h */
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr; /* 000h */
	uint8_t reserved_4a0[0xcb - 0xa0];
	uint8_t cpl; /* 0CBh */
	uint32_t reserved_4cc;
	uint64_t efer; /* 0D0h */
	uint8_t reserved_4d8[0x148 - 0xd8];
	uint64_t cr4; /* 148h */
	uint64_t cr3;
	uint64_t cr0;
	uint64_t dr7;
	uint64_t dr6;
	uint64_t rflags;
	uint64_t rip; /* 178h */
	uint8_t reserved_580[0x1d8 - 0x180];
	uint64_t rsp; /* 1D8h */
	uint8_t reserved_5e0[0x1f8 - 0x1e0];
	uint64_t rax; /* 1F8h */
	uint8_t reserved_600[0x240 - 0x200];
	uint64_t cr2; /* 240h */
	uint8_t reserved_648[0x268 - 0x248];
	uint64_t g_pat; /* 268h */
	uint8_t reserved_670[0x1000 - 0x670];
};

static_assert(offsetof(struct vmcb, iopm_base) == 0x40, "table B-1");
static_assert(offsetof(struct vmcb, exit_code) == 0x70, "table B-1");
static_assert(offsetof(struct vmcb, nested_cr3) == 0xb0, "table B-1");
static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "table B-2");
static_assert(offsetof(struct vmcb, cr4) == 0x548, "table B-2");
static_assert(offsetof(struct vmcb, rip) == 0x578, "table B-2");
static_assert(offsetof(struct vmcb, rax) == 0x5f8, "table B-2");
static_assert(offsetof(struct vmcb, cr2) == 0x640, "table B-2");
static_assert(offsetof(struct vmcb, g_pat) == 0x668, "table B-2");
static_assert(sizeof(struct vmcb) == 4096, "15.5.1: one page");

#endif

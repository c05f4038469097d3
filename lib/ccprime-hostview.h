/* SPDX-License-Identifier: MIT */
/*
 * The host view's wire format: what a test process and a monitor say to each other.
 *
 * Shared by lib/hostview.c and guest/monitor/. All integers are little endian; every structure has
 * the same layout for both sides and only grows at its end (ccp_hv_info.size says how much the
 * monitor knows).
 *
 * x86: CPUID leaf CCP_HV_CPUID_LEAF answers "ccprime view" in EBX, ECX, EDX. Only then may a
 * process execute VMMCALL with RAX = CCP_HV_CALL | number and the arguments in RBX, RCX, RDX, RSI.
 * RAX returns 0 or a negative errno.
 *
 * arm64: the device tree has a node CCP_HV_NODE. Only then may a process execute BRK CCP_HV_BRK
 * with X0 = CCP_HV_CALL | number and the arguments in X1 to X4, in the same order. X0 returns the
 * same.
 *
 * Pointers are the caller's virtual addresses; the memory behind
 * them must be present (touch it first) and, for results, writable, else -EFAULT.
 */
#ifndef CCPRIME_HOSTVIEW_H
#define CCPRIME_HOSTVIEW_H

#include <stdint.h>

/*
 * A slot of the hypervisor CPUID range beside KVM's at 0x40000000 (Linux looks at every 0x100th
 * leaf).
 */
#define CCP_HV_CPUID_LEAF 0x40000100u
#define CCP_HV_SIGNATURE  "ccprime view"

/* A node of the device tree's root, and a number that Linux gives to no BRK (asm/brk-imm.h) */
#define CCP_HV_NODE "ccprime-hostview"
#define CCP_HV_BRK  0x6363

#define CCP_HV_CALL	 0x63637000u
#define CCP_HV_CALL_MASK 0xfffff000u

/* Sections of guest memory are counted in pages of this many bytes. */
#define CCP_HV_PAGE_SIZE 4096u

enum ccp_hv_call {
	CCP_HV_INFO, /* RBX: struct ccp_hv_info * */
	CCP_HV_TRANSLATE, /* RBX: virtual address; RCX: struct ccp_hv_translation * */
	CCP_HV_READ, /* RBX: plane; RCX: GPA; RDX: destination; RSI: bytes, within one page */
	CCP_HV_STATE, /* RBX: GPA, page aligned; RCX: pages; RDX: uint8_t *, a ccp_hv_plane each */
	CCP_HV_LEDGER, /* RBX: struct ccp_hv_ledger * */
	CCP_HV_FAIL, /* RBX: struct ccp_hv_fail *: arm or disarm a conversion failure */
	/*
	 * RBX: plane; RCX: virtual address; RDX: destination; RSI: bytes, CCP_HV_MAX_COPY at most
	 */
	CCP_HV_COPY,
	/*
	 * RBX: virtual address, page aligned; RCX: pages, CCP_HV_MAX_STATES at most;
	 * RDX: uint8_t *, as above
	 */
	CCP_HV_STATES,
};

/*
 * A call costs what its exit from the guest costs, so those two take many pages, but no more than
 * leaves the guest's interrupts waiting for a moment only.
 */
#define CCP_HV_MAX_COPY	  65536u
#define CCP_HV_MAX_STATES 1024u

/*
 * In place of a plane, for CCP_HV_READ and CCP_HV_COPY: what a device gets to that was given the
 * address of a private page. -EINVAL: that is the shared plane, as on x86.
 */
#define CCP_HV_DECOY 2u

/* A page's state, and the plane of memory that holds its bytes in that state. */
enum ccp_hv_plane {
	CCP_HV_PRIVATE,
	CCP_HV_SHARED, /* the only plane that a device reaches */
};

struct ccp_hv_info {
	uint32_t size; /* in: bytes there is room for; out: bytes that the monitor filled in */
	uint32_t strict; /* 1: an access in the wrong plane is a violation */
	uint64_t ram_size; /* GPA of the end of guest RAM; both planes have as much */
	uint64_t poison[2]; /* by plane: the word that fills what nobody has written yet */
	char mode[16]; /* "sev", ...; NUL terminated */
	uint64_t calls; /* how many of enum ccp_hv_call the monitor knows */
};

struct ccp_hv_translation {
	uint64_t gpa; /* without the C-bit / shared bit */
	uint32_t plane; /* enum ccp_hv_plane, as the guest's page table says */
	uint32_t writable; /* 1: writable at every level of the page table */
};

/* Counters since boot, except shared_now. */
struct ccp_hv_ledger {
	uint64_t shared_now; /* pages of RAM that are shared at this moment */
	uint64_t conversions[2]; /* by target plane: conversion calls, refused ones too */
	uint64_t pages[2]; /* by target plane: pages whose state changed */
	uint64_t redundant[2]; /* by target plane: pages that had the state already */
	uint64_t violations; /* accesses in the wrong plane; counted in strict mode only */
	uint64_t refused[2]; /* by target plane: calls that failed because a test wanted it */
	uint64_t accepted; /* private pages that the guest accepted or validated */
	uint64_t accepted_twice; /* ... that were accepted already */
};

/*
 * Makes the Nth next conversion call to a plane fail, in the words of the architecture: TDX answers
 * MapGPA with "invalid operand" or "retry"; CCA rejects the change, says "error input", or goes
 * only as far as the pages below, which Linux takes for progress; SNP's page state change ends in
 * an error, upon which Linux terminates the guest; SEV's hypercall returns an error, which Linux
 * ignores. One failure a plane; it is gone once it has happened.
 */
struct ccp_hv_fail {
	uint32_t plane; /* enum ccp_hv_plane: the conversion's target */
	uint32_t kind; /* enum ccp_hv_fail_kind */
	uint64_t nth; /* 1: the next call; 0: disarm */
	uint64_t pages; /* of that call, convert so many first */
};

enum ccp_hv_fail_kind {
	CCP_HV_FAIL_REFUSE,
	CCP_HV_FAIL_RETRY, /* "not now" */
	CCP_HV_FAIL_ERROR, /* "no such range", where the architecture has another word for that */
};

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "layout.h"
#include "pvalidate.h"
#include "vcpu.h"
#include "../log.h"

/* APM volume 3: PVALIDATE F2 0F 01 FF, RMPADJUST F3 0F 01 FE */
#define LENGTH 4
static const uint8_t pvalidate_bytes[LENGTH] = { 0xf2, 0x0f, 0x01, 0xff };
static const uint8_t rmpadjust_bytes[LENGTH] = { 0xf3, 0x0f, 0x01, 0xfe };

/* Return codes of PVALIDATE and RMPADJUST in EAX */
#define SNP_SUCCESS	       0u
#define SNP_FAIL_INPUT	       1u
#define SNP_FAIL_SIZE_MISMATCH 6u
/* RFLAGS (3.1.6): CF, and the other status flags, which both instructions clear */
#define RFLAGS_CF     1ul
#define RFLAGS_STATUS 0x8d5ul

/* The page behind a virtual address, by a private mapping. */
static bool private_page(struct vcpu *vcpu, uint64_t va, uint64_t *gpa)
{
	struct guest_space space = vcpu_space(vcpu);
	struct walk walk;

	if (!walk_guest(&space, va, &walk) || walk.plane != CCP_HV_PRIVATE)
		return false;
	*gpa = walk.gpa & ~(PAGE_SIZE - 1);
	return true;
}

static void set_result(struct vcpu *vcpu, uint32_t code, bool unchanged)
{
	vcpu->gpr[RAX] = code;
	vcpu->vmcb.rflags &= ~RFLAGS_STATUS;
	if (unchanged)
		vcpu->vmcb.rflags |= RFLAGS_CF;
}

/*
 * RAX: virtual address; ECX: 1 for 2 MiB; EDX: 1 to validate, 0 to rescind. Carry: the page is like
 * this already. Only memory that was never accepted is backed by 2 MiB pages.
 */
static void pvalidate(struct vcpu *vcpu)
{
	uint64_t gpa;
	int err;

	if (!private_page(vcpu, vcpu->gpr[RAX], &gpa)) {
		set_result(vcpu, SNP_FAIL_INPUT, false);
		return;
	}
	if (vcpu->gpr[RCX] & 1) {
		err = vcpu->gpr[RDX] & 1 ? guest_accept_block(vcpu, gpa) : -EINVAL;
		set_result(vcpu, err ? SNP_FAIL_SIZE_MISMATCH : SNP_SUCCESS, false);
		return;
	}
	err = vcpu->gpr[RDX] & 1 ? guest_accept(vcpu, gpa) : guest_rescind(vcpu, gpa);
	if (err == -EINVAL)
		fatal("PVALIDATE of shared page 0x%lx: rip 0x%lx", gpa, vcpu->vmcb.rip);
	set_result(vcpu, SNP_SUCCESS, err == -EALREADY);
}

/* Permissions of lower VMPLs, of which there are none: any private page will do. */
static void rmpadjust(struct vcpu *vcpu)
{
	uint64_t gpa;

	set_result(vcpu, private_page(vcpu, vcpu->gpr[RAX], &gpa) ? SNP_SUCCESS : SNP_FAIL_INPUT,
		   false);
}

static const struct {
	const uint8_t *bytes;
	void (*handle)(struct vcpu *vcpu);
} instructions[] = {
	{ pvalidate_bytes, pvalidate },
	{ rmpadjust_bytes, rmpadjust },
};

enum exit_result exit_pvalidate(struct vcpu *vcpu)
{
	struct guest_space space = vcpu_space(vcpu);
	struct walk walk;

	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		if (vcpu->vmcb.cpl || !vcpu_executes(vcpu, instructions[i].bytes, LENGTH))
			continue;
		/* Linux maps memory when it first faults, and may accept it before */
		if (space.paging && !walk_guest(&space, vcpu->gpr[RAX], &walk)) {
			vcpu_inject_page_fault(vcpu, vcpu->gpr[RAX]);
			return EXIT_HANDLED;
		}
		instructions[i].handle(vcpu);
		vcpu_skip(vcpu, LENGTH);
		return EXIT_HANDLED;
	}
	vcpu_inject(vcpu, EXCEPTION_UD);
	return EXIT_HANDLED;
}

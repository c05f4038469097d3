// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SEV-SNP (APM volume 2, 15.36): the guest changes page states by VMGEXIT and validates its private pages with PVALIDATE, which the
 * emulated CPU does not know: it arrives as #UD.
 *
 * No #VC is ever injected: CPUID is answered directly, port I/O, MMIO and MSRs reach the machine.
 */
#include <asm/bootparam.h>
#include <asm/svm.h>
#include <errno.h>

#include "cpuid.h"
#include "ghcb.h"
#include "mode.h"
#include "msr.h"
#include "sev-paging.h"
#include "sev.h"
#include "vcpu.h"
#include "../freestanding.h"
#include "../log.h"

/* APM volume 3: PVALIDATE F2 0F 01 FF, RMPADJUST F3 0F 01 FE, VMGEXIT F3 0F 01 D9 (or F2) */
#define LENGTH_SNP 4
static const uint8_t pvalidate_bytes[LENGTH_SNP] = { 0xf2, 0x0f, 0x01, 0xff };
static const uint8_t rmpadjust_bytes[LENGTH_SNP] = { 0xf3, 0x0f, 0x01, 0xfe };
static const uint8_t vmgexit_bytes[LENGTH_SNP] = { 0xf3, 0x0f, 0x01, 0xd9 };

/* Return codes of PVALIDATE and RMPADJUST in EAX */
#define SNP_SUCCESS	       0u
#define SNP_FAIL_INPUT	       1u
#define SNP_FAIL_SIZE_MISMATCH 6u
/* RFLAGS (3.1.6): CF, and the other status flags, which both instructions clear */
#define RFLAGS_CF     1ul
#define RFLAGS_STATUS 0x8d5ul

/* The secrets page (SEV-SNP firmware ABI, 56860, 8.17), of which only the version is filled in */
#define SECRETS_VERSION 3u
/* The CPUID page (8.18): functions and their answers */
#define CPUID_PAGE_MAX 64u

#define LAUNCH_SECRETS GUEST_LAUNCH
#define LAUNCH_CPUID   (GUEST_LAUNCH + PAGE_SIZE)

/* The guest's link from boot_params to the pages above: setup_data, and Linux' struct cc_blob_sev_info */
#define CC_BLOB_MAGIC 0x45444d41u

struct launch_data {
	/* Linux' struct setup_data, which ends in an array, and its data */
	uint64_t next;
	uint32_t type, size;
	uint32_t blob_address;
	struct {
		uint32_t magic;
		uint16_t version, reserved;
		uint64_t secrets;
		uint32_t secrets_size, reserved_1;
		uint64_t cpuid;
		uint32_t cpuid_size, reserved_2;
	} __attribute__((packed)) blob;
} __attribute__((packed));

struct cpuid_page {
	uint32_t count, reserved_0;
	uint64_t reserved_1;
	struct {
		uint32_t leaf, subleaf;
		uint64_t xcr0, xss;
		uint32_t answer[4];
		uint64_t reserved;
	} function[CPUID_PAGE_MAX];
};

static_assert(sizeof(struct cpuid_page) <= PAGE_SIZE, "one page");

/* What goes into the CPUID page. xcr0: the state components that leaf 0Dh's sizes are for. */
static const struct {
	uint32_t leaf, subleaf;
	uint64_t xcr0;
} cpuid_functions[] = {
	{ 0x0, 0, 0 },	      { 0x1, 0, 0 },	    { 0x7, 0, 0 },	  { 0xd, 0, 1 },
	{ 0xd, 1, 1 },	      { 0xd, 2, 0 },	    { 0x40000000, 0, 0 }, { 0x40000001, 0, 0 },
	{ 0x80000000, 0, 0 }, { 0x80000001, 0, 0 }, { 0x80000002, 0, 0 }, { 0x80000003, 0, 0 },
	{ 0x80000004, 0, 0 }, { 0x80000008, 0, 0 }, { 0x8000001f, 0, 0 },
};

static const struct cpuid_entry snp_cpuid[] = {
	{ CPUID_EXTENDED_MAX, CPUID_ANY_SUBLEAF, { ~0u }, { CPUID_ENCRYPTION } },
	{ CPUID_ENCRYPTION,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CPUID_SEV | CPUID_SEV_ES | CPUID_SEV_SNP, CPUID_C_BIT | CPUID_COHERENCY } },
	KVM_SIGNATURE_ROW,
	/* None of KVM's: with the hypercall Linux would announce conversions twice */
	{ KVM_CPUID_FEATURES, CPUID_ANY_SUBLEAF, { ~0u, ~0u, ~0u, ~0u }, {} },
	{},
};

static const struct msr_entry snp_msrs[] = {
	{ MSR_SEV_STATUS, SEV_STATUS_SEV | SEV_STATUS_SEV_ES | SEV_STATUS_SEV_SNP, false },
	{ MSR_GHCB, 0, false }, /* snp_msr() answers */
	{},
};

static void *launch_page(struct guest *guest, uint64_t gpa)
{
	return memset(planes_ptr(&guest->planes, gpa, CCP_HV_PRIVATE), 0, PAGE_SIZE);
}

static void snp_launch(struct guest *guest, struct boot_params *params)
{
	const uint32_t blob = GUEST_SETUP_DATA + offsetof(struct launch_data, blob);
	struct launch_data *data = launch_page(guest, GUEST_SETUP_DATA);
	uint32_t *secrets = launch_page(guest, LAUNCH_SECRETS);
	struct cpuid_page *page = launch_page(guest, LAUNCH_CPUID);

	data->type = SETUP_CC_BLOB;
	data->size = sizeof(data->blob_address);
	data->blob_address = blob;
	data->blob.magic = CC_BLOB_MAGIC;
	data->blob.version = 1;
	data->blob.secrets = LAUNCH_SECRETS;
	data->blob.secrets_size = PAGE_SIZE;
	data->blob.cpuid = LAUNCH_CPUID;
	data->blob.cpuid_size = PAGE_SIZE;
	params->hdr.setup_data = GUEST_SETUP_DATA;

	*secrets = SECRETS_VERSION;

	page->count = sizeof(cpuid_functions) / sizeof(cpuid_functions[0]);
	for (unsigned int i = 0; i < page->count; i++) {
		page->function[i].leaf = cpuid_functions[i].leaf;
		page->function[i].subleaf = cpuid_functions[i].subleaf;
		page->function[i].xcr0 = cpuid_functions[i].xcr0;
		guest_cpuid(guest, cpuid_functions[i].leaf, cpuid_functions[i].subleaf,
			    page->function[i].answer);
	}
}

static enum exit_result snp_msr(struct vcpu *vcpu)
{
	if ((uint32_t)vcpu->gpr[RCX] != MSR_GHCB)
		return EXIT_UNHANDLED;
	if (vcpu->vmcb.exit_info1 & 1) {
		vcpu->ghcb = vcpu->gpr[RDX] << 32 | (uint32_t)vcpu->gpr[RAX];
	} else {
		vcpu->gpr[RAX] = (uint32_t)vcpu->ghcb;
		vcpu->gpr[RDX] = vcpu->ghcb >> 32;
	}
	vcpu_skip(vcpu, LENGTH_MSR);
	return EXIT_HANDLED;
}

static bool fetched(struct vcpu *vcpu, const uint8_t expected[LENGTH_SNP])
{
	struct guest_space space = vcpu_space(vcpu);
	uint8_t bytes[LENGTH_SNP];

	return walk_read(&space, vcpu->vmcb.cs.base + vcpu->vmcb.rip, bytes, sizeof(bytes)) &&
	       !memcmp(bytes, expected, sizeof(bytes));
}

/* A VMMCALL without prefix is the host view's. */
static enum exit_result snp_vmmcall(struct vcpu *vcpu)
{
	if (!fetched(vcpu, vmgexit_bytes))
		return EXIT_UNHANDLED;
	if (vcpu->vmcb.cpl) {
		vcpu_inject(vcpu, EXCEPTION_UD);
		return EXIT_HANDLED;
	}
	ghcb_exit(vcpu);
	vcpu_skip(vcpu, LENGTH_SNP);
	return EXIT_HANDLED;
}

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
 * RAX: virtual address; ECX: 1 for 2 MiB; EDX: 1 to validate, 0 to rescind. Carry: the page is like this already.
 * Memory is backed by 4 KiB pages, which 2 MiB do not match.
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
		set_result(vcpu, SNP_FAIL_SIZE_MISMATCH, false);
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

static enum exit_result snp_undefined(struct vcpu *vcpu)
{
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		if (vcpu->vmcb.cpl || !fetched(vcpu, instructions[i].bytes))
			continue;
		instructions[i].handle(vcpu);
		vcpu_skip(vcpu, LENGTH_SNP);
		return EXIT_HANDLED;
	}
	vcpu_inject(vcpu, EXCEPTION_UD);
	return EXIT_HANDLED;
}

static const struct exit_entry snp_exits[] = {
	{ SVM_EXIT_WRITE_CR0, sev_cr0_write },
	{ SVM_EXIT_WRITE_CR3, sev_cr3_write },
	{ SVM_EXIT_EXCP_BASE + EXCEPTION_UD, snp_undefined },
	{ SVM_EXIT_MSR, snp_msr },
	{ SVM_EXIT_VMMCALL, snp_vmmcall },
	{},
};

static void snp_setup(struct vcpu *vcpu)
{
	vcpu->vmcb.intercept_exception |= SVM_INTERCEPT_EXCEPTION(EXCEPTION_UD);
	sev_setup(vcpu);
}

/* The VMSA begins like the VMCB's state save area (table B-4), up to 298h. */
static void snp_start_cpu(struct vcpu *vcpu)
{
	uint64_t vmsa = vcpu->guest->vmsa[vcpu->index];

	if (!vmsa)
		fatal("cpu %u started without AP creation", vcpu->index);
	memcpy(&vcpu->vmcb.es, planes_ptr(&vcpu->guest->planes, vmsa, CCP_HV_PRIVATE),
	       VMSA_COMMON_BYTES);
	vcpu->vmcb.efer |= EFER_SVME;
	vcpu->gpr[RAX] = vcpu->vmcb.rax;
	vcpu->gpr[RSP] = vcpu->vmcb.rsp;
}

const struct mode mode_snp = {
	.name = "snp",
	.platform = "sev-snp",
	.with_bit = CCP_HV_PRIVATE,
	.needs_accept = true,
	.cpuid = snp_cpuid,
	.msrs = snp_msrs,
	.exits = snp_exits,
	.setup = snp_setup,
	.launch = snp_launch,
	.start_cpu = snp_start_cpu,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel TDX: the shared bit, the highest of the guest physical address, chooses the shared plane. The guest talks to the TDX
 * module by TDCALL, which the emulated CPU does not know: it arrives as #UD.
 *
 * No #VE is ever injected: CPUID is answered directly, port I/O, MMIO and MSRs reach the machine.
 */
#include <asm/svm.h>
#include <errno.h>

#include "clock.h"
#include "io.h"
#include "layout.h"
#include "mode.h"
#include "tdx.h"
#include "vcpu.h"
#include "../log.h"
#include "../freestanding.h"

/* 66 0F 01 CC (Intel SDM volume 2) */
static const uint8_t tdcall_bytes[] = { 0x66, 0x0f, 0x01, 0xcc };

/*
 * Leaf 15h: TSC frequency = ECX * EBX / EAX, where ECX is the crystal's, which also drives the APIC timer: 1 GHz in QEMU. Linux
 * multiplies kHz by EBX in 32 bits, hence megahertz over a thousand.
 */
#define CPUID_TSC	     0x15u
#define CPUID_TSC_DIVISOR    1000
#define CPUID_TSC_CRYSTAL_HZ 1000000000

enum { TDX_CPUID_TSC_ROW };

static struct cpuid_entry tdx_cpuid[] = {
	[TDX_CPUID_TSC_ROW] = { CPUID_TSC,
				CPUID_ANY_SUBLEAF,
				{ ~0u, ~0u, ~0u, ~0u },
				{ CPUID_TSC_DIVISOR, 0, CPUID_TSC_CRYSTAL_HZ } },
	/* "GenuineIntel", and leaf 21h is the last one */
	{ 0,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CPUID_TDX, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	/* Sapphire Rapids, family 6 model 8Fh: the first with TDX */
	{ 0x1, CPUID_ANY_SUBLEAF, { ~0u }, { 0x806f8 } },
	{ CPUID_TDX,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { 0, CPUID_TDX_EBX, CPUID_TDX_ECX, CPUID_TDX_EDX } },
	{},
};

static const struct msr_entry tdx_msrs[] = {
	{},
};

/* TDG.VM.RD: fields that Linux asks for, and what this TD is like */
static const struct {
	uint64_t id, value;
} tdcs_fields[] = {
	{ TDCS_CONFIG_FLAGS, 0 },
	{ TDCS_TD_CTLS, 0 },
	{ TDCS_NOTIFY_ENABLES, 0 },
	{ TDCS_TOPOLOGY_ENUM_CONFIGURED, 1 },
};

static uint64_t vp_info(struct vcpu *vcpu)
{
	vcpu->gpr[RCX] = PLANE_BIT + 1; /* GPAW: the shared bit is the highest */
	vcpu->gpr[RDX] = TDX_ATTRIBUTE_SEPT_VE_DISABLE;
	vcpu->gpr[R8] = (uint64_t)MAX_CPUS << 32 | MAX_CPUS; /* most vCPUs, vCPUs */
	vcpu->gpr[R9] = vcpu->index;
	vcpu->gpr[R10] = 0;
	return TDX_SUCCESS;
}

static uint64_t vm_read(struct vcpu *vcpu)
{
	for (size_t i = 0; i < sizeof(tdcs_fields) / sizeof(tdcs_fields[0]); i++) {
		if (tdcs_fields[i].id != vcpu->gpr[RDX])
			continue;
		vcpu->gpr[R8] = tdcs_fields[i].value;
		return TDX_SUCCESS;
	}
	vcpu->gpr[R8] = 0;
	return TDX_METADATA_FIELD_INCORRECT;
}

/* The controls are about #VE, of which there is none. */
static uint64_t vm_write(struct vcpu *vcpu)
{
	return vm_read(vcpu);
}

/* RCX: GPA, and in bits 2:0 the size. RAM is backed by 4 KiB pages. */
static uint64_t page_accept(struct vcpu *vcpu)
{
	uint64_t gpa = vcpu->gpr[RCX] & PTE_ADDRESS, level = vcpu->gpr[RCX] & 7;

	if (level)
		return TDX_PAGE_SIZE_MISMATCH | TDX_OPERAND_ID_RCX;
	if (!planes_is_ram(&vcpu->guest->planes, gpa))
		return TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	switch (guest_accept(vcpu, gpa)) {
	case 0:
		return TDX_SUCCESS;
	case -EALREADY:
		return TDX_PAGE_ALREADY_ACCEPTED;
	default:
		fatal("TDG.MEM.PAGE.ACCEPT of shared page 0x%lx: rip 0x%lx", gpa, vcpu->vmcb.rip);
	}
}

static uint64_t vmcall_hlt(struct vcpu *vcpu)
{
	vcpu_wait(vcpu);
	return TDVMCALL_SUCCESS;
}

/* R12: bytes; R13: 1 to write; R14: port; R15: value. R11 returns what was read. */
static uint64_t vmcall_io(struct vcpu *vcpu)
{
	uint64_t size = vcpu->gpr[R12], write = vcpu->gpr[R13], value = vcpu->gpr[R15];
	uint16_t port = vcpu->gpr[R14];

	switch (size << 1 | (write & 1)) {
	case 1 << 1:
		vcpu->gpr[R11] = inb(port);
		break;
	case 1 << 1 | 1:
		outb(port, value);
		break;
	case 2 << 1:
		vcpu->gpr[R11] = inw(port);
		break;
	case 2 << 1 | 1:
		outw(port, value);
		break;
	case 4 << 1:
		vcpu->gpr[R11] = inl(port);
		break;
	case 4 << 1 | 1:
		outl(port, value);
		break;
	default:
		return TDVMCALL_INVALID_OPERAND;
	}
	return TDVMCALL_SUCCESS;
}

/* R12: GPA, whose shared bit says where to; R13: bytes. R11 returns the first GPA that was not converted. */
static uint64_t vmcall_map_gpa(struct vcpu *vcpu)
{
	uint64_t address = vcpu->gpr[R12], gpa = npt_gpa(address);
	uint64_t count = vcpu->gpr[R13] / PAGE_SIZE;
	enum ledger_answer answer;

	if (gpa % PAGE_SIZE || vcpu->gpr[R13] % PAGE_SIZE)
		return TDVMCALL_ALIGN_ERROR;
	if (!count || !ledger_covers(&vcpu->guest->planes.ledger, gpa / PAGE_SIZE, count))
		return TDVMCALL_INVALID_OPERAND;
	answer = guest_convert(vcpu, gpa, &count, npt_plane(&vcpu->guest->npt, address));
	if (answer == LEDGER_CONVERTED)
		return TDVMCALL_SUCCESS;
	vcpu->gpr[R11] = address + count * PAGE_SIZE;
	return answer == LEDGER_RETRY ? TDVMCALL_RETRY : TDVMCALL_INVALID_OPERAND;
}

/* The message is in R14, R15, RBX, RDI, RSI, R8, R9, RDX, in this order. */
static uint64_t vmcall_fatal(struct vcpu *vcpu)
{
	static const enum gpr order[] = { R14, R15, RBX, RDI, RSI, R8, R9, RDX };
	char message[sizeof(order) / sizeof(order[0]) * 8 + 1] = "";

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		memcpy(message + 8 * i, &vcpu->gpr[order[i]], 8);
	fatal("the TD reported a fatal error: %s", message);
}

static const struct {
	uint64_t leaf;
	uint64_t (*handle)(struct vcpu *vcpu);
} vmcalls[] = {
	{ TDVMCALL_HLT, vmcall_hlt },
	{ TDVMCALL_IO, vmcall_io },
	{ TDVMCALL_MAP_GPA, vmcall_map_gpa },
	{ TDVMCALL_REPORT_FATAL_ERROR, vmcall_fatal },
};

static uint64_t vp_vmcall(struct vcpu *vcpu)
{
	uint64_t status = TDVMCALL_UNSUPPORTED;

	for (size_t i = 0; !vcpu->gpr[R10] && i < sizeof(vmcalls) / sizeof(vmcalls[0]); i++)
		if (vmcalls[i].leaf == vcpu->gpr[R11])
			status = vmcalls[i].handle(vcpu);
	vcpu->gpr[R10] = status;
	return TDX_SUCCESS;
}

static uint64_t (*const tdcalls[])(struct vcpu *vcpu) = {
	[TDG_VP_VMCALL] = vp_vmcall, [TDG_VP_INFO] = vp_info, [TDG_MEM_PAGE_ACCEPT] = page_accept,
	[TDG_VM_RD] = vm_read,	     [TDG_VM_WR] = vm_write,
};

static void tdcall(struct vcpu *vcpu)
{
	uint64_t leaf = vcpu->gpr[RAX];

	if (leaf < sizeof(tdcalls) / sizeof(tdcalls[0]) && tdcalls[leaf])
		vcpu->gpr[RAX] = tdcalls[leaf](vcpu);
	else
		vcpu->gpr[RAX] = TDX_OPERAND_INVALID;
}

static enum exit_result tdx_undefined(struct vcpu *vcpu)
{
	struct guest_space space = vcpu_space(vcpu);
	uint8_t bytes[sizeof(tdcall_bytes)];

	if (!walk_read(&space, vcpu->vmcb.rip, bytes, sizeof(bytes)) ||
	    memcmp(bytes, tdcall_bytes, sizeof(bytes))) {
		vcpu_inject(vcpu, EXCEPTION_UD);
		return EXIT_HANDLED;
	}
	if (vcpu->vmcb.cpl) {
		vcpu_inject(vcpu, EXCEPTION_GP);
		return EXIT_HANDLED;
	}
	tdcall(vcpu);
	vcpu_skip(vcpu, sizeof(tdcall_bytes));
	return EXIT_HANDLED;
}

static const struct exit_entry tdx_exits[] = {
	{ SVM_EXIT_EXCP_BASE + EXCEPTION_UD, tdx_undefined },
	{},
};

static void tdx_init(struct guest *guest)
{
	tdx_cpuid[TDX_CPUID_TSC_ROW].set[1] = clock_tsc_mhz();
}

static void tdx_setup(struct vcpu *vcpu)
{
	vcpu->vmcb.intercept_exception |= SVM_INTERCEPT_EXCEPTION(EXCEPTION_UD);
}

const struct mode mode_tdx = {
	.name = "tdx",
	.platform = "tdx",
	.with_bit = CCP_HV_SHARED,
	.needs_accept = true,
	.accept_zeroes = true,
	.cpuid = tdx_cpuid,
	.msrs = tdx_msrs,
	.exits = tdx_exits,
	.init = tdx_init,
	.setup = tdx_setup,
};

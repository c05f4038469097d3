// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "io.h"
#include "layout.h"
#include "tdcall.h"
#include "tdx.h"
#include "vcpu.h"
#include "../freestanding.h"
#include "../log.h"

/* 66 0F 01 CC (Intel SDM volume 2) */
static const uint8_t tdcall_bytes[] = { 0x66, 0x0f, 0x01, 0xcc };

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

/*
 * RCX: GPA, and in bits 2:0 the size: 0 is 4 KiB, 1 is 2 MiB. Only memory that was never accepted
 * is backed by 2 MiB pages.
 */
static uint64_t page_accept(struct vcpu *vcpu)
{
	uint64_t gpa = vcpu->gpr[RCX] & PTE_ADDRESS, level = vcpu->gpr[RCX] & 7;

	if (level == 1 && !guest_accept_block(vcpu, gpa))
		return TDX_SUCCESS;
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

/*
 * R12: GPA, whose shared bit says where to; R13: bytes. R11 returns the first GPA that was not
 * converted.
 */
static uint64_t vmcall_map_gpa(struct vcpu *vcpu)
{
	uint64_t address = vcpu->gpr[R12], gpa = npt_gpa(&vcpu->guest->npt, address);
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

enum exit_result exit_tdcall(struct vcpu *vcpu)
{
	if (!vcpu_executes(vcpu, tdcall_bytes, sizeof(tdcall_bytes))) {
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

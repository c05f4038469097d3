// SPDX-License-Identifier: GPL-2.0-only
#include <asm/svm.h>

#include "io.h"
#include "mode.h"
#include "vcpu.h"
#include "../freestanding.h"

/* 15.16: the guest has one address space, the idle code another, the monitor has 0 */
#define GUEST_ASID 1u
#define IDLE_ASID  2u

#define RFLAGS_FIXED 2ul /* 3.1.6: bit 1 is always one */
#define RESET_PAT    0x0007040600070406ul /* 7.8.2 */
#define RESET_DR6    0xffff0ff0ul
#define RESET_DR7    0x400ul

/* vmrun.S: halts for ever, with interrupts on */
extern const char idle_code[];

static void init_common(struct vmcb *vmcb)
{
	/* VMRUN wants SVME (15.5.1); the guest sees it in EFER, but not in CPUID */
	vmcb->efer = EFER_SVME;
	vmcb->dr6 = RESET_DR6;
	vmcb->dr7 = RESET_DR7;
	vmcb->rflags = RFLAGS_FIXED;
	vmcb->g_pat = RESET_PAT;
}

/* Documentation/arch/x86/boot.rst, 64-bit boot protocol: __BOOT_CS 0x10, __BOOT_DS 0x18 */
static void set_flat_segments(struct vmcb *vmcb)
{
	vmcb->cs = (struct vmcb_segment){ 0x10, SEGMENT_CODE64, UINT32_MAX, 0 };
	vmcb->ds = (struct vmcb_segment){ 0x18, SEGMENT_DATA, UINT32_MAX, 0 };
	vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = vmcb->ds;
}

/*
 * The monitor's own state, in a VMCB whose code halts; an interrupt is intercepted, so it stays
 * pending.
 */
static void init_idle(struct vmcb *idle)
{
	init_common(idle);
	set_flat_segments(idle);
	idle->intercept_misc1 = SVM_INTERCEPT_INTR | SVM_INTERCEPT_NMI | SVM_INTERCEPT_SHUTDOWN;
	idle->intercept_misc2 = SVM_INTERCEPT_VMRUN;
	idle->asid = IDLE_ASID;
	idle->efer = read_msr(MSR_EFER);
	asm("mov %%cr0, %0" : "=r"(idle->cr0));
	asm("mov %%cr3, %0" : "=r"(idle->cr3));
	asm("mov %%cr4, %0" : "=r"(idle->cr4));
}

static void init_guest(struct vcpu *vcpu)
{
	struct vmcb *vmcb = &vcpu->vmcb;

	init_common(vmcb);
	vmcb->intercept_misc1 = SVM_INTERCEPT_NMI | SVM_INTERCEPT_CPUID | SVM_INTERCEPT_MSR |
				SVM_INTERCEPT_SHUTDOWN;
	vmcb->intercept_misc2 = SVM_INTERCEPT_VMRUN | SVM_INTERCEPT_VMMCALL | SVM_INTERCEPT_VMLOAD |
				SVM_INTERCEPT_VMSAVE | SVM_INTERCEPT_STGI | SVM_INTERCEPT_CLGI |
				SVM_INTERCEPT_SKINIT;
	vmcb->msrpm_base = (uintptr_t)vcpu->guest->msrpm;
	vmcb->asid = GUEST_ASID;
	vmcb->nested_control = SVM_NESTED_PAGING;
	vmcb->nested_cr3 = vcpu->guest->npt.root;
	vmcb->ldtr.attributes = SEGMENT_LDT;
	vmcb->tr.attributes = SEGMENT_TSS64_BUSY;
	vmcb->ldtr.limit = vmcb->tr.limit = 0xffff;
}

struct vcpu *vcpu_init(struct guest *guest, unsigned int index)
{
	struct vcpu *vcpu = &guest->cpus[index];

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->guest = guest;
	vcpu->index = index;
	write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SVME);
	write_msr(MSR_VM_HSAVE_PA, (uintptr_t)vcpu->host_save);
	init_guest(vcpu);
	init_idle(&vcpu->idle);
	return vcpu;
}

void vcpu_reset_long_mode(struct vcpu *vcpu)
{
	struct vmcb *vmcb = &vcpu->vmcb;

	set_flat_segments(vmcb);
	vmcb->efer = EFER_LME | EFER_LMA | EFER_SVME;
	vmcb->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	vmcb->cr4 = CR4_PAE;
	vmcb->cr3 = npt_address(&vcpu->guest->npt, GUEST_PAGE_TABLES, vcpu->guest->mode->start);
}

void vcpu_reset_real_mode(struct vcpu *vcpu, unsigned int vector)
{
	struct vmcb *vmcb = &vcpu->vmcb;
	uint32_t eax = 1, ebx, ecx = 0, edx;

	vmcb->ds = (struct vmcb_segment){ 0, SEGMENT_DATA16, 0xffff, 0 };
	vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = vmcb->ds;
	vmcb->cs = (struct vmcb_segment){ vector << 8, SEGMENT_CODE16, 0xffff, vector << 12 };
	vmcb->gdtr.limit = vmcb->idtr.limit = 0xffff;
	vmcb->cr0 = CR0_RESET;
	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	vcpu->gpr[RDX] = eax; /* table 14-1: family, model, stepping */
}

void vcpu_skip(struct vcpu *vcpu, unsigned int length)
{
	vcpu->vmcb.rip += length;
	vcpu->vmcb.interrupt_shadow = 0;
}

void vcpu_inject(struct vcpu *vcpu, unsigned int vector)
{
	uint64_t error_code = vector == EXCEPTION_GP ? SVM_EVENT_ERROR_CODE : 0;

	vcpu->vmcb.event_injection = SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | error_code | vector;
}

/* 8.4.2: the error code of a read in kernel mode of a page that is not present is 0 */
void vcpu_inject_page_fault(struct vcpu *vcpu, uint64_t address)
{
	vcpu->vmcb.cr2 = address;
	vcpu->vmcb.event_injection =
		SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | SVM_EVENT_ERROR_CODE | EXCEPTION_PF;
}

void vcpu_inject_nmi(struct vcpu *vcpu)
{
	vcpu->vmcb.event_injection = SVM_EVENT_VALID | SVM_EVENT_NMI;
}

struct guest_space vcpu_space(const struct vcpu *vcpu)
{
	return (struct guest_space){
		.planes = &vcpu->guest->planes,
		.paging = vcpu->vmcb.cr0 & CR0_PG,
		.root = vcpu->vmcb.cr3,
		.user = vcpu->vmcb.cpl == 3,
	};
}

bool vcpu_executes(const struct vcpu *vcpu, const uint8_t *bytes, size_t size)
{
	struct guest_space space = vcpu_space(vcpu);
	uint8_t found[INSTRUCTION_MAX];

	return walk_read(&space, vcpu->vmcb.cs.base + vcpu->vmcb.rip, found, size) &&
	       !memcmp(found, bytes, size);
}

/* A kick ends the wait too: the guest looks for its interrupt and waits again. */
void vcpu_wait(struct vcpu *vcpu)
{
	uint64_t gpr[GPR_COUNT];

	vcpu->idle.rip = (uintptr_t)idle_code;
	vcpu->idle.interrupt_shadow = 0;
	guest_enter(vcpu, &vcpu->idle, gpr);
	if (vcpu->idle.exit_code == SVM_EXIT_NMI && !guest_was_kicked(vcpu))
		vcpu_inject_nmi(vcpu);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's start at EL2, its exception vectors, and the way into the guest and out of it.
 * struct vcpu begins with X0 to X30; TPIDR_EL2 points to it while the guest runs.
 */

#define STACK_SIZE	16384
#define MAX_CPUS	4

/*
 * The monitor's own memory, one to one in blocks of 1 GiB (Arm ARM, "Translation table
 * descriptor formats" and MAIR_EL2, TCR_EL2, SCTLR_EL2): without the MMU
 * all memory is a device's, which emulation makes slow.
 */
#define MAIR		0x04ff		/* 0: write back; 1: Device-nGnRE */
#define TCR		0x80823519	/* 39 bits, 4 KiB, inner shareable, write back, 40 bits out */
#define SCTLR		0x30c51835	/* bits that are one; MMU and caches on */
#define BLOCK		0x741		/* valid, AF, inner shareable, bit 6 is one */
#define DEVICE		0x40000000000745

	.text
	.globl	_start
_start:
	mov	x0, #0

/* PSCI_CPU_ON brings a CPU here, with its number in X0. */
	.globl	cpu_entry_point
cpu_entry_point:
	cmp	x0, #MAX_CPUS
	b.hs	hang
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	add	x2, x0, #1
	mov	x3, #STACK_SIZE
	madd	x1, x2, x3, x1
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el2, x1
	mov	x1, #MAIR
	msr	mair_el2, x1
	ldr	x1, =TCR
	msr	tcr_el2, x1
	adrp	x1, blocks
	msr	ttbr0_el2, x1
	tlbi	alle2
	dsb	sy
	isb
	ldr	x1, =SCTLR
	msr	sctlr_el2, x1
	isb
	cbnz	x0, 1f
	bl	monitor_main
1:	bl	monitor_ap
hang:	wfi
	b	hang

/* vcpu_enter(struct vcpu *): the guest goes on. SP stays as it is, for the next exit. */
	.globl	vcpu_enter
vcpu_enter:
	msr	tpidr_el2, x0
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

guest_exit:
	str	x0, [sp, #-16]!
	mrs	x0, tpidr_el2
	stp	x1, x2, [x0, #8]
	stp	x3, x4, [x0, #24]
	stp	x5, x6, [x0, #40]
	stp	x7, x8, [x0, #56]
	stp	x9, x10, [x0, #72]
	stp	x11, x12, [x0, #88]
	stp	x13, x14, [x0, #104]
	stp	x15, x16, [x0, #120]
	stp	x17, x18, [x0, #136]
	stp	x19, x20, [x0, #152]
	stp	x21, x22, [x0, #168]
	stp	x23, x24, [x0, #184]
	stp	x25, x26, [x0, #200]
	stp	x27, x28, [x0, #216]
	stp	x29, x30, [x0, #232]
	ldr	x1, [sp], #16
	str	x1, [x0]
	bl	monitor_exit
	mrs	x0, tpidr_el2
	b	vcpu_enter

own_exception:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	bl	monitor_exception

/* Arm ARM, "Exception vectors": 16 vectors of 128 bytes. The ninth is a lower level's synchronous exception. */
	.balign	2048
vectors:
	.set	vector, 0
	.rept	16
	.balign	128
	.if	vector == 8
	b	guest_exit
	.else
	b	own_exception
	.endif
	.set	vector, vector + 1
	.endr

	.data
	.balign	4096
blocks:	.quad	DEVICE
	.set	gib, 1
	.rept	7
	.quad	(gib << 30) + BLOCK
	.set	gib, gib + 1
	.endr
	.fill	504, 8, 0

	.bss
	.balign	16
stacks:	.skip	STACK_SIZE * MAX_CPUS

	.section .note.GNU-stack, "", @progbits

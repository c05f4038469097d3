/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest is entered here, and left. */
	.text
/*
 * void svm_enter(uint64_t vmcb, uint64_t *gpr)
 *
 * gpr is in the instruction set's order. RAX and RSP travel in the VMCB. The monitor must not use
 * FS, GS, TR, LDTR or the system call MSRs: VMRUN does not switch them (15.5.2), they are the
 * guest's all the time.
 */
	.globl	svm_enter
svm_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	mov	%rdi, %rax
	mov	1*8(%rsi), %rcx
	mov	2*8(%rsi), %rdx
	mov	3*8(%rsi), %rbx
	mov	5*8(%rsi), %rbp
	mov	7*8(%rsi), %rdi
	mov	8*8(%rsi), %r8
	mov	9*8(%rsi), %r9
	mov	10*8(%rsi), %r10
	mov	11*8(%rsi), %r11
	mov	12*8(%rsi), %r12
	mov	13*8(%rsi), %r13
	mov	14*8(%rsi), %r14
	mov	15*8(%rsi), %r15
	mov	6*8(%rsi), %rsi
	vmrun	%rax
	xchg	%rsi, (%rsp)
	mov	%rcx, 1*8(%rsi)
	mov	%rdx, 2*8(%rsi)
	mov	%rbx, 3*8(%rsi)
	mov	%rbp, 5*8(%rsi)
	mov	%rdi, 7*8(%rsi)
	mov	%r8, 8*8(%rsi)
	mov	%r9, 9*8(%rsi)
	mov	%r10, 10*8(%rsi)
	mov	%r11, 11*8(%rsi)
	mov	%r12, 12*8(%rsi)
	mov	%r13, 13*8(%rsi)
	mov	%r14, 14*8(%rsi)
	mov	%r15, 15*8(%rsi)
	pop	%rax
	mov	%rax, 6*8(%rsi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* void take_nmi(void): an intercepted NMI stays pending (15.13.3) until the monitor takes it. */
	.globl	take_nmi
take_nmi:
	stgi
	nop
	clgi
	ret

	.globl	idle_code
idle_code:
	sti
	hlt
	jmp	idle_code

	.section .note.GNU-stack, "", @progbits

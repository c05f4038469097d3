/* SPDX-License-Identifier: GPL-2.0-only */
	.text
/*
 * void machine_fill(uint64_t address, uint64_t size, uint64_t word)
 *
 * Emulation pays for every store, so these are the widest that all CPUs have. The vector registers
 * are the guest's.
 */
	.globl	machine_fill
machine_fill:
	sub	$24, %rsp
	movups	%xmm0, (%rsp)
	movq	%rdx, %xmm0
	punpcklqdq %xmm0, %xmm0
	add	%rdi, %rsi
1:	cmp	%rsi, %rdi
	jae	2f
	movaps	%xmm0, (%rdi)
	movaps	%xmm0, 16(%rdi)
	movaps	%xmm0, 32(%rdi)
	movaps	%xmm0, 48(%rdi)
	add	$64, %rdi
	jmp	1b
2:	movups	(%rsp), %xmm0
	add	$24, %rsp
	ret

	.section .note.GNU-stack, "", @progbits

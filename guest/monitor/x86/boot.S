/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the multiboot loader's 32-bit mode, or a started CPU's real mode, to main.c in 64-bit mode;
 * the monitor's exceptions.
 */
#include "multiboot.h"

#define CODE64		0x08
#define DATA		0x10
#define HUGE_PAGE	0x83		/* present, writable, large */
#define TABLE		0x03
#define CR0_PG		0x80000000
#define CR4_PAE		0x20
#define CR4_OSFXSR	0x200
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define MAX_CPUS	4
#define STACK_SIZE	16384
#define CR0_PE		1
#define VECTORS		32
#define NMI		2
#define STUB_SIZE	16

/* Exceptions that push an error code: 8, 10 to 14, 17, 21, 29, 30 */
#define WITH_ERROR_CODE	0x60227d00

	.section .multiboot, "a"
	.balign 4
	.long	MULTIBOOT_HEADER_MAGIC
	.long	MULTIBOOT_MEMORY_INFO
	.long	-(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

	.text
	.code32
	.globl	_start
_start:
	cli
	cld
	mov	$stacks + STACK_SIZE, %esp
	mov	%eax, %edi		/* magic and boot information: the arguments */
	mov	%ebx, %esi

	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$CR4_PAE + CR4_OSFXSR, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$CODE64, $start64

	.code64
start64:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$stacks + STACK_SIZE, %esp
	mov	%edi, %edi
	mov	%esi, %esi
	call	fill_idt
	lidt	idt_pointer
	mov	$ap_trampoline, %edx
	mov	$ap_trampoline_end - ap_trampoline, %ecx
	call	monitor_main

/* A started CPU is here in real mode, at the beginning of whatever page its SIPI named. */
	.code16
ap_trampoline:
	cli
	cld
	mov	%cs, %di
	movzwl	%di, %edi		/* the argument: tells the page */
	lgdtl	%cs:ap_gdt_pointer - ap_trampoline
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$CR4_PAE + CR4_OSFXSR, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	$CR0_PG + CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$CODE64, $ap_start64
	.balign	8
ap_gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.long	gdt
ap_trampoline_end:

	.code64
ap_start64:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	lidt	idt_pointer
	mov	$1, %eax
	cpuid
	shr	$24, %ebx		/* APIC ID: the stack's number */
	cmp	$MAX_CPUS, %ebx
	jae	too_many
	inc	%ebx
	imul	$STACK_SIZE, %ebx, %ebx
	lea	stacks(%rbx), %esp
	call	monitor_ap
too_many:
	hlt
	jmp	too_many

/* Gates (APM volume 2, 4.8.4) to the stubs below; everything lies below 4 GiB. */
fill_idt:
	mov	$exception_stubs, %eax
	mov	$idt, %edx
	mov	$VECTORS, %ecx
1:	mov	%ax, (%rdx)
	movw	$CODE64, 2(%rdx)
	movw	$0x8e00, 4(%rdx)
	mov	%eax, %r8d
	shr	$16, %r8d
	mov	%r8w, 6(%rdx)
	add	$STUB_SIZE, %eax
	add	$16, %edx
	dec	%ecx
	jnz	1b
	ret

	.balign	STUB_SIZE
exception_stubs:
	.set	vector, 0
	.rept	VECTORS
	.balign	STUB_SIZE
	.if	vector == NMI
	iretq
	.endif
	.if	!(WITH_ERROR_CODE >> vector & 1)
	push	$0
	.endif
	push	$vector
	jmp	exception
	.set	vector, vector + 1
	.endr

exception:
	pop	%rdi
	pop	%rsi
	mov	(%rsp), %rdx
	and	$-16, %rsp
	call	monitor_exception

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* CODE64 */
	.quad	0x00cf93000000ffff	/* DATA */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
	.balign	8
idt_pointer:
	.word	VECTORS * 16 - 1
	.quad	idt

/* The machine's first 8 GiB one to one, in pages of 1 GiB */
	.data
	.balign	4096
pml4:
	.quad	pdpt + TABLE
	.fill	511, 8, 0
pdpt:
	.set	gib, 0
	.rept	8
	.quad	(gib << 30) + HUGE_PAGE
	.set	gib, gib + 1
	.endr
	.fill	504, 8, 0

	.bss
	.balign	4096
idt:	.skip	VECTORS * 16
	.balign	16
stacks:	.skip	STACK_SIZE * MAX_CPUS

	.section .note.GNU-stack, "", @progbits

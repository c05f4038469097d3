/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of system registers that the monitor reads or writes (Arm Architecture Reference Manual,
 * DDI 0487, "AArch64 System Register Descriptions", by the register's name).
 */
#ifndef MONITOR_SYSREG_H
#define MONITOR_SYSREG_H

/* HCR_EL2: second stage on; 64-bit EL1; SMC traps; pointer authentication does not */
#define HCR_VM	(1ul << 0)
#define HCR_TSC (1ul << 19)
#define HCR_RW	(1ul << 31)
#define HCR_APK (1ul << 40)
#define HCR_API (1ul << 41)

/* MDCR_EL2: debug exceptions of EL0 and EL1 come to EL2 */
#define MDCR_TDE (1ul << 8)

/* CPTR_EL2: bits that are one; no trap of floating point */
#define CPTR_RES1 0x32fful

/* CNTHCTL_EL2: EL1 may use physical counter and timer */
#define CNTHCTL_EL1 3ul

/* ICC_SRE_EL2: the GIC's system registers, at EL1, too */
#define ICC_SRE_ALL 0xful

/*
 * VTCR_EL2: IPA_BITS of input from level 1 on, 4 KiB granules, walks through caches, 40 bits of
 * output
 */
#define VTCR_T0SZ(bits)	 (64ul - (bits))
#define VTCR_SL0_LEVEL_1 (1ul << 6)
#define VTCR_IRGN0_WB	 (1ul << 8)
#define VTCR_ORGN0_WB	 (1ul << 10)
#define VTCR_SH0_INNER	 (3ul << 12)
#define VTCR_PS_40	 (2ul << 16)
#define VTCR_RES1	 (1ul << 31)

/* SCTLR_EL1 as the guest finds it: bits that are one, MMU and caches off */
#define SCTLR_RESET 0x30d00800ul
#define SCTLR_M	    (1ul << 0)
#define SCTLR_SPAN  (1ul << 23) /* zero: an exception sets PAN */

/* SPSR_EL2: EL1 with its own stack pointer, D, A, I and F masked */
#define SPSR_EL1H     0x3c5ul
#define SPSR_PAN      (1ul << 22)
#define SPSR_MODE     0xful
#define SPSR_EL0      0x0ul
#define SPSR_MODE_EL1 0x5ul

/* TCR_EL1: size of EL0's half, and its granule (0: 4 KiB) */
#define TCR_T0SZ    0x3ful
#define TCR_T0SZ_48 16ul
#define TCR_TG0	    (3ul << 14)
/* TTBR0_EL1: the table's address, without the ASID */
#define TTBR_ADDRESS 0x0000fffffffffffeul

/* ESR_EL2 */
#define ESR_EC(esr)	   ((esr) >> 26 & 0x3f)
#define ESR_EC_SHIFT	   26
#define ESR_IL		   (1ul << 25)
#define ESR_EC_UNKNOWN	   0x00u
#define ESR_EC_HVC	   0x16u
#define ESR_EC_SMC	   0x17u
#define ESR_EC_SYSREG	   0x18u
#define ESR_EC_FETCH_LOWER 0x20u
#define ESR_EC_DATA_LOWER  0x24u
#define ESR_EC_BREAK_LOWER 0x30u
#define ESR_EC_STEP_LOWER  0x32u
#define ESR_EC_WATCH_LOWER 0x34u
#define ESR_EC_BRK	   0x3cu
/* One more than the EC of the same exception from a lower level */
#define ESR_EC_SAME_LEVEL 0x01u
/* ISS of aborts */
#define ESR_ABORT_WNR	   (1ul << 6)
#define ESR_ABORT_S1PTW	   (1ul << 7)
#define ESR_ABORT_EXTERNAL 0x10ul /* DFSC, IFSC: synchronous external abort */
/* ISS of a BRK: its number */
#define ESR_BRK_NUMBER 0xfffful
/* ISS of MSR and MRS */
#define ESR_SYSREG_READ	    1ul
#define ESR_SYSREG_RT(esr)  ((esr) >> 5 & 31)
#define ESR_SYSREG_OP0(esr) ((esr) >> 20 & 3)

/* HPFAR_EL2: bits 47:12 of the IPA that faulted */
#define HPFAR_IPA(hpfar) (((hpfar) & 0xfffffffff0ul) << 8)

/* "Translation table descriptor formats", of both stages */
#define DESC_VALID   (1ul << 0)
#define DESC_TABLE   (1ul << 1) /* and a page at level 3 */
#define DESC_AF	     (1ul << 10)
#define DESC_ADDRESS 0x0000fffffffff000ul
#define DESC_ENTRIES 512ul
/* First stage: EL0 may; nobody may write */
#define DESC_USER     (1ul << 6)
#define DESC_READONLY (1ul << 7)
/* Second stage */
#define STAGE2_DEVICE (1ul << 2) /* MemAttr: Device-nGnRE */
#define STAGE2_NORMAL (15ul << 2) /* MemAttr: write back */
#define STAGE2_RW     (3ul << 6)
#define STAGE2_INNER  (3ul << 8)

#endif

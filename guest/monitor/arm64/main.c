// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor's start and its exits: QEMU leaves it at EL2 with kernel and initramfs in the
 * private plane, boot.S calls monitor_main(), which builds the planes and runs Linux at EL1. Its
 * command line (../options.h) is a file of fw_cfg.
 */
#include "fw-cfg.h"
#include "guest.h"
#include "linux.h"
#include "sysreg.h"
#include "../freestanding.h"
#include "../log.h"
#include "../machine.h"
#include "../options.h"

#define OPTIONS_FILE "opt/ccprime/options"
#define OPTIONS_MAX  256

#define READ(name)                                             \
	({                                                     \
		uint64_t value_;                               \
		asm volatile("mrs %0, " #name : "=r"(value_)); \
		value_;                                        \
	})
#define WRITE(name, value) asm volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

static struct guest guest;

/* boot.S has these, and calls those */
__attribute__((noreturn)) void vcpu_enter(struct vcpu *vcpu);
__attribute__((noreturn)) void monitor_main(void);
__attribute__((noreturn)) void monitor_ap(uint64_t index);
__attribute__((noreturn)) void monitor_exception(uint64_t esr, uint64_t elr, uint64_t far);
void monitor_exit(struct vcpu *vcpu);

/* An exception of the monitor's own, or one of the guest's that it does not take */
void monitor_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
	fatal("exception in the monitor itself: esr 0x%lx elr 0x%lx far 0x%lx", esr, elr, far);
}

static void lock(void)
{
	while (__atomic_test_and_set(&guest.locked, __ATOMIC_ACQUIRE))
		asm volatile("yield");
}

/* booting.rst, "Call the kernel image": what EL2 has to leave for a kernel at EL1 */
static void set_up_el2(void)
{
	WRITE(hcr_el2, HCR_VM | HCR_TSC | HCR_RW | HCR_APK | HCR_API);
	WRITE(vtcr_el2, VTCR_T0SZ(IPA_BITS) | VTCR_SL0_LEVEL_1 | VTCR_IRGN0_WB | VTCR_ORGN0_WB |
				VTCR_SH0_INNER | VTCR_PS_40 | VTCR_RES1);
	WRITE(vttbr_el2, guest.stage2.root);
	WRITE(mdcr_el2, READ(mdcr_el2) | MDCR_TDE);
	WRITE(cptr_el2, CPTR_RES1);
	WRITE(hstr_el2, 0);
	WRITE(cnthctl_el2, CNTHCTL_EL1);
	WRITE(cntvoff_el2, 0);
	WRITE(S3_4_C12_C9_5, ICC_SRE_ALL); /* ICC_SRE_EL2 */
	WRITE(S3_4_C12_C11_0, 0); /* ICH_HCR_EL2: no virtual interrupts */
	WRITE(vpidr_el2, READ(midr_el1));
	WRITE(vmpidr_el2, READ(mpidr_el1));
	WRITE(sctlr_el1, SCTLR_RESET);
	WRITE(oslar_el1, 0);
	asm volatile("isb; tlbi vmalls12e1; dsb nsh; isb" ::: "memory");
}

static void read_exit(struct vcpu *vcpu)
{
	vcpu->elr = READ(elr_el2);
	vcpu->spsr = READ(spsr_el2);
	vcpu->esr = READ(esr_el2);
	vcpu->far = READ(far_el2);
	vcpu->hpfar = READ(hpfar_el2);
	vcpu->sctlr_el1 = READ(sctlr_el1);
	vcpu->tcr_el1 = READ(tcr_el1);
	vcpu->ttbr0_el1 = READ(ttbr0_el1);
	vcpu->vbar_el1 = READ(vbar_el1);
	vcpu->far_el1 = READ(far_el1);
	vcpu->injects = false;
}

static void write_entry(const struct vcpu *vcpu)
{
	WRITE(elr_el2, vcpu->elr);
	WRITE(spsr_el2, vcpu->spsr);
	if (!vcpu->injects)
		return;
	WRITE(elr_el1, vcpu->elr_el1);
	WRITE(spsr_el1, vcpu->spsr_el1);
	WRITE(esr_el1, vcpu->esr_el1);
	WRITE(far_el1, vcpu->far_el1);
}

void monitor_exit(struct vcpu *vcpu)
{
	lock();
	read_exit(vcpu);
	handle_exit(vcpu);
	write_entry(vcpu);
	guest_unlock(&guest);
}

static struct vcpu *init_cpu(unsigned int index)
{
	struct vcpu *vcpu = &guest.cpus[index];

	set_up_el2();
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->guest = &guest;
	vcpu->spsr = SPSR_EL1H;
	return vcpu;
}

static void make_planes(const struct options *options)
{
	const struct planes_config config = {
		.ram = guest.stage2.ram_end,
		.strict = options->strict,
		.fill = options->fill,
	};

	planes_init(&guest.planes, &guest.stage2, &config);
}

void monitor_main(void)
{
	char line[OPTIONS_MAX];
	struct options options;
	struct vcpu *vcpu;

	fw_cfg_read(OPTIONS_FILE, line, sizeof(line));
	options_read(&options, line);
	if (strcmp(options.mode, "cca"))
		fatal("command line: no such mode: %s", options.mode);
	stage2_init(&guest.stage2, TABLES_BASE, options.ram, MACHINE_UART1);
	make_planes(&options);
	vcpu = init_cpu(0);
	linux_load(vcpu);
	log_line("mode %s, ram %lu MiB%s", options.mode, options.ram >> 20,
		 options.strict ? ", strict" : "");
	write_entry(vcpu);
	vcpu_enter(vcpu);
}

void monitor_ap(uint64_t index)
{
	struct vcpu *vcpu = init_cpu(index);

	vcpu->elr = guest.start[index].entry;
	vcpu->x[0] = guest.start[index].context;
	write_entry(vcpu);
	vcpu_enter(vcpu);
}

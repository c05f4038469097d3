// SPDX-License-Identifier: GPL-2.0-only
/* Everything here is the guest's to write, also while it is read: each field is read once. */
#include <asm/svm.h>

#include "apic.h"
#include "cpuid.h"
#include "ghcb.h"
#include "layout.h"
#include "msr.h"
#include "vcpu.h"
#include "vmgexit.h"
#include "../freestanding.h"
#include "../log.h"

#define LARGE_PAGES (LARGE_PAGE_SIZE / PAGE_SIZE)

/* APM volume 3: VMGEXIT F3 0F 01 D9 (or F2) */
static const uint8_t vmgexit_bytes[] = { 0xf3, 0x0f, 0x01, 0xd9 };

/* A started CPU comes to the monitor's code whichever page the vector names. */
#define ANY_VECTOR 0x10u

/* Linux' reasons (asm/sev-common.h, reason set 1) */
static const char *const linux_reasons[] = {
	"GHCB registration", "page state change", "PVALIDATE",	  "not VMPL0",
	"CPUID table",	     "CPUID of the host", "secrets page", "no SVSM",
	"SVSM at VMPL0",     "SVSM calling area", "secure TSC",	  "SVSM calling area mapping",
	"secure AVIC",
};

static __attribute__((noreturn)) void end_guest(unsigned int set, unsigned int reason)
{
	const char *name = "";

	if (set == 1 && reason < sizeof(linux_reasons) / sizeof(linux_reasons[0]))
		name = linux_reasons[reason];
	terminated("by the guest, reason %u:%u %s", set, reason, name);
}

static uint64_t features(void)
{
	return GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION;
}

/* --- the MSR protocol: one request and its response in 64 bits --- */

static uint64_t msr_sev_info(struct vcpu *vcpu, uint64_t request)
{
	return GHCB_PROTOCOL_MAX << 48 | GHCB_PROTOCOL_MIN << 32 | PLANE_BIT << 24 |
	       GHCB_INFO_SEV_RESPONSE;
}

static uint64_t msr_cpuid(struct vcpu *vcpu, uint64_t request)
{
	unsigned int reg = request >> 30 & 3;
	uint32_t answer[4];

	guest_cpuid(vcpu->guest, request >> 32, 0, answer);
	return (uint64_t)answer[reg] << 32 | reg << 30 | GHCB_INFO_CPUID_RESPONSE;
}

static uint64_t msr_preferred(struct vcpu *vcpu, uint64_t request)
{
	return GHCB_NO_PREFERENCE | (GHCB_INFO_PREFERRED + 1);
}

static uint64_t msr_register(struct vcpu *vcpu, uint64_t request)
{
	return (request & ~GHCB_INFO_MASK) | (GHCB_INFO_REGISTER + 1);
}

/*
 * Whether a request to make pages private is for memory that the guest never accepted: the host has
 * but to provide it. No page changes its state, so this is no conversion for the ledger, and no
 * failure that a test has armed.
 */
static bool psc_provides(const struct ledger *ledger, unsigned int operation, uint64_t gfn,
			 uint64_t pages)
{
	for (uint64_t i = 0; operation == GHCB_PSC_PRIVATE && i < pages; i++)
		if (ledger_acceptance(ledger, gfn + i) != LEDGER_UNACCEPTED)
			return false;
	return operation == GHCB_PSC_PRIVATE;
}

static bool psc_plane(unsigned int operation, enum ccp_hv_plane *to)
{
	*to = operation == GHCB_PSC_SHARED ? CCP_HV_SHARED : CCP_HV_PRIVATE;
	return operation == GHCB_PSC_PRIVATE || operation == GHCB_PSC_SHARED;
}

static uint64_t msr_page_state(struct vcpu *vcpu, uint64_t request)
{
	uint64_t gfn = GHCB_PSC_GFN(request), count = 1;
	enum ccp_hv_plane to;

	if (!psc_plane(GHCB_PSC_OPERATION(request), &to) ||
	    !ledger_covers(&vcpu->guest->planes.ledger, gfn, 1))
		return GHCB_PSC_FAILED | (GHCB_INFO_PSC + 1);
	if (!psc_provides(&vcpu->guest->planes.ledger, GHCB_PSC_OPERATION(request), gfn, 1) &&
	    guest_convert(vcpu, gfn * PAGE_SIZE, &count, to) != LEDGER_CONVERTED)
		return GHCB_PSC_FAILED | (GHCB_INFO_PSC + 1);
	return GHCB_INFO_PSC + 1;
}

static uint64_t msr_features(struct vcpu *vcpu, uint64_t request)
{
	return features() << 12 | (GHCB_INFO_FEATURES + 1);
}

static uint64_t msr_terminate(struct vcpu *vcpu, uint64_t request)
{
	end_guest(request >> 12 & 0xf, request >> 16 & 0xff);
}

static const struct {
	unsigned int info;
	uint64_t (*answer)(struct vcpu *vcpu, uint64_t request);
} msr_requests[] = {
	{ GHCB_INFO_SEV_REQUEST, msr_sev_info }, { GHCB_INFO_CPUID_REQUEST, msr_cpuid },
	{ GHCB_INFO_PREFERRED, msr_preferred },	 { GHCB_INFO_REGISTER, msr_register },
	{ GHCB_INFO_PSC, msr_page_state },	 { GHCB_INFO_FEATURES, msr_features },
	{ GHCB_INFO_TERMINATE, msr_terminate },
};

static void msr_protocol(struct vcpu *vcpu)
{
	for (size_t i = 0; i < sizeof(msr_requests) / sizeof(msr_requests[0]); i++) {
		if (msr_requests[i].info != (vcpu->ghcb & GHCB_INFO_MASK))
			continue;
		vcpu->ghcb = msr_requests[i].answer(vcpu, vcpu->ghcb);
		return;
	}
	fatal("GHCB MSR request 0x%lx is not known: rip 0x%lx", vcpu->ghcb, vcpu->vmcb.rip);
}

/* --- the page protocol --- */

static bool is_valid(const struct ghcb *ghcb, size_t offset)
{
	return ghcb->valid_bitmap[offset / 8 / 64] >> offset / 8 % 64 & 1;
}

static void set_valid(struct ghcb *ghcb, size_t offset)
{
	ghcb->valid_bitmap[offset / 8 / 64] |= 1ul << offset / 8 % 64;
}

static void answer(struct ghcb *ghcb, uint64_t info_1, uint64_t info_2)
{
	ghcb->sw_exit_info_1 = info_1;
	ghcb->sw_exit_info_2 = info_2;
	set_valid(ghcb, offsetof(struct ghcb, sw_exit_info_1));
	set_valid(ghcb, offsetof(struct ghcb, sw_exit_info_2));
}

static void page_cpuid(struct vcpu *vcpu, struct ghcb *ghcb)
{
	uint32_t regs[4];

	guest_cpuid(vcpu->guest, ghcb->rax, ghcb->rcx, regs);
	ghcb->rax = regs[0];
	ghcb->rbx = regs[1];
	ghcb->rcx = regs[2];
	ghcb->rdx = regs[3];
	set_valid(ghcb, offsetof(struct ghcb, rax));
	set_valid(ghcb, offsetof(struct ghcb, rbx));
	set_valid(ghcb, offsetof(struct ghcb, rcx));
	set_valid(ghcb, offsetof(struct ghcb, rdx));
	answer(ghcb, 0, 0);
}

static void page_nothing(struct vcpu *vcpu, struct ghcb *ghcb)
{
	answer(ghcb, 0, 0);
}

/*
 * Until the CPU is started anew, which is INIT and SIPI for the machine's CPU: this never returns
 * with a wake-up.
 */
static void page_ap_hold(struct vcpu *vcpu, struct ghcb *ghcb)
{
	answer(ghcb, 0, 0);
	vcpu_wait(vcpu);
}

/* Pages of an entry that are left to do. */
static uint64_t psc_pages(uint64_t entry)
{
	return GHCB_PSC_LARGE(entry) ? LARGE_PAGES : 1;
}

static bool psc_entry_valid(const struct ledger *ledger, uint64_t entry)
{
	uint64_t gfn = GHCB_PSC_GFN(entry), pages = psc_pages(entry);
	enum ccp_hv_plane to;

	return psc_plane(GHCB_PSC_OPERATION(entry), &to) && gfn % pages == 0 &&
	       ledger_covers(ledger, gfn, pages);
}

/* All pages of the entries [at, end]; 0: one of them is not valid. */
static uint64_t psc_total(const struct ledger *ledger, const uint64_t *entries, unsigned int at,
			  unsigned int end)
{
	uint64_t total = 0;

	for (; at <= end; at++) {
		if (!psc_entry_valid(ledger, entries[at]))
			return 0;
		total += psc_pages(entries[at]);
	}
	return total;
}

static bool psc_list_provides(const struct ledger *ledger, const uint64_t *entries, unsigned int at,
			      unsigned int end)
{
	for (; at <= end; at++)
		if (!psc_provides(ledger, GHCB_PSC_OPERATION(entries[at]),
				  GHCB_PSC_GFN(entries[at]), psc_pages(entries[at])))
			return false;
	return true;
}

/* Converts the first pages of the entries from at on; returns the first entry that is not done. */
static unsigned int psc_convert(struct planes *planes, const uint64_t *entries, unsigned int at,
				uint64_t pages)
{
	enum ccp_hv_plane to;

	for (; pages >= psc_pages(entries[at]); at++) {
		psc_plane(GHCB_PSC_OPERATION(entries[at]), &to);
		for (uint64_t i = 0; i < psc_pages(entries[at]); i++)
			planes_convert_page(planes, (GHCB_PSC_GFN(entries[at]) + i) * PAGE_SIZE,
					    to);
		pages -= psc_pages(entries[at]);
		if (!pages)
			return at + 1;
	}
	return at;
}

/*
 * A page state change request, which counts as one conversion call. The list is copied first: the
 * guest may write it meanwhile.
 */
static void page_psc(struct vcpu *vcpu, struct ghcb *ghcb)
{
	struct planes *planes = &vcpu->guest->planes;
	static uint64_t entries[GHCB_PSC_MAX_ENTRY + 1];
	struct ghcb_psc_header header;
	uint64_t scratch = ghcb->sw_scratch - (vcpu->ghcb + offsetof(struct ghcb, buffer));
	uint64_t total, pages;
	enum ledger_answer said;
	enum ccp_hv_plane to;

	if (scratch) {
		answer(ghcb, GHCB_MALFORMED, GHCB_ERROR_SCRATCH);
		return;
	}
	memcpy(&header, ghcb->buffer, sizeof(header));
	if (header.cur_entry > header.end_entry || header.end_entry > GHCB_PSC_MAX_ENTRY) {
		answer(ghcb, 0, GHCB_PSC_INVALID_HEADER);
		return;
	}
	memcpy(entries, ghcb->buffer + sizeof(header), (header.end_entry + 1) * sizeof(entries[0]));
	total = psc_total(&planes->ledger, entries, header.cur_entry, header.end_entry);
	if (!total) {
		answer(ghcb, 0, GHCB_PSC_INVALID_ENTRY);
		return;
	}
	if (psc_list_provides(&planes->ledger, entries, header.cur_entry, header.end_entry)) {
		header.cur_entry = header.end_entry + 1;
		memcpy(ghcb->buffer, &header, sizeof(header));
		answer(ghcb, 0, 0);
		return;
	}
	psc_plane(GHCB_PSC_OPERATION(entries[header.cur_entry]), &to);
	pages = total;
	said = ledger_call(&planes->ledger, &pages, to);
	header.cur_entry = psc_convert(planes, entries, header.cur_entry, pages);
	memcpy(ghcb->buffer, &header, sizeof(header));
	guest_flush_gone(vcpu);
	answer(ghcb, 0, said == LEDGER_REFUSED ? GHCB_PSC_GENERIC_ERROR : 0);
}

/* 4.1.10: the VMSA is the guest's page with the new CPU's first state. */
static void page_ap_creation(struct vcpu *vcpu, struct ghcb *ghcb)
{
	uint64_t info = ghcb->sw_exit_info_1, vmsa = ghcb->sw_exit_info_2;
	unsigned int id = info >> 32;

	if (id >= MAX_CPUS || id == vcpu->index || vmsa % PAGE_SIZE ||
	    !planes_is_ram(&vcpu->guest->planes, vmsa)) {
		answer(ghcb, GHCB_MALFORMED, GHCB_ERROR_INPUT);
		return;
	}
	vcpu->guest->vmsa[id] = (uint32_t)info == GHCB_AP_DESTROY ? 0 : vmsa;
	if ((uint32_t)info == GHCB_AP_CREATE) {
		apic_send(id, APIC_INIT);
		apic_send(id, APIC_SIPI | ANY_VECTOR);
	}
	answer(ghcb, 0, 0);
}

static void page_features(struct vcpu *vcpu, struct ghcb *ghcb)
{
	answer(ghcb, 0, features());
}

static void page_terminate(struct vcpu *vcpu, struct ghcb *ghcb)
{
	end_guest(ghcb->sw_exit_info_1 & 0xf, ghcb->sw_exit_info_1 >> 4 & 0xff);
}

static const struct {
	uint64_t code;
	void (*handle)(struct vcpu *vcpu, struct ghcb *ghcb);
} page_events[] = {
	{ SVM_EXIT_CPUID, page_cpuid },
	{ GHCB_EXIT_NMI_COMPLETE, page_nothing },
	{ GHCB_EXIT_AP_HOLD, page_ap_hold },
	{ GHCB_EXIT_PSC, page_psc },
	{ GHCB_EXIT_AP_CREATION, page_ap_creation },
	{ GHCB_EXIT_FEATURES, page_features },
	{ GHCB_EXIT_TERMINATE, page_terminate },
};

static void page_protocol(struct vcpu *vcpu)
{
	struct planes *planes = &vcpu->guest->planes;
	struct ghcb *ghcb;

	if (!planes_is_ram(planes, vcpu->ghcb) ||
	    ledger_state(&planes->ledger, vcpu->ghcb / PAGE_SIZE) != CCP_HV_SHARED)
		fatal("the GHCB at 0x%lx is no shared page: rip 0x%lx", vcpu->ghcb, vcpu->vmcb.rip);
	ghcb = planes_ptr(planes, vcpu->ghcb, CCP_HV_SHARED);
	if (!is_valid(ghcb, offsetof(struct ghcb, sw_exit_code)) ||
	    !is_valid(ghcb, offsetof(struct ghcb, sw_exit_info_1)) ||
	    !is_valid(ghcb, offsetof(struct ghcb, sw_exit_info_2))) {
		answer(ghcb, GHCB_MALFORMED, GHCB_ERROR_MISSING_INPUT);
		return;
	}
	for (size_t i = 0; i < sizeof(page_events) / sizeof(page_events[0]); i++) {
		if (page_events[i].code != ghcb->sw_exit_code)
			continue;
		page_events[i].handle(vcpu, ghcb);
		return;
	}
	answer(ghcb, GHCB_MALFORMED, GHCB_ERROR_EVENT);
}

enum exit_result exit_vmgexit(struct vcpu *vcpu)
{
	/* A VMMCALL without prefix is the host view's */
	if (!vcpu_executes(vcpu, vmgexit_bytes, sizeof(vmgexit_bytes)))
		return EXIT_UNHANDLED;
	if (vcpu->vmcb.cpl) {
		vcpu_inject(vcpu, EXCEPTION_UD);
		return EXIT_HANDLED;
	}
	if (vcpu->ghcb & GHCB_INFO_MASK)
		msr_protocol(vcpu);
	else
		page_protocol(vcpu);
	vcpu_skip(vcpu, sizeof(vmgexit_bytes));
	return EXIT_HANDLED;
}

enum exit_result exit_ghcb_msr(struct vcpu *vcpu)
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

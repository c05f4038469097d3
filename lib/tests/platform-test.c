// SPDX-License-Identifier: MIT
#include "platform-decide.h"
#include "tap.h"

#define TDX "IntelTDX    "

static const struct {
	const char *what;
	struct ccp_platform_facts facts;
	enum ccp_platform platform;
} cases[] = {
	{ "nothing", { 0 }, CCP_PLATFORM_NONE },
	{ "a plain guest", { .hypervisor = true }, CCP_PLATFORM_NONE },
	{ "a bare-metal EPYC with its MSR readable",
	  { .amd = 0x1f, .sev_status_known = true, .sev_status = 1 },
	  CCP_PLATFORM_NONE },
	{ "a plain guest of an EPYC with CPUID passed through",
	  { .hypervisor = true, .amd = 0x1f, .sev_status_known = true },
	  CCP_PLATFORM_NONE },
	{ "a guest of an EPYC, state unknown",
	  { .hypervisor = true, .amd = 0x1f, .sev_status = 7 },
	  CCP_PLATFORM_NONE },
	{ "a guest with memory encryption but not SEV",
	  { .hypervisor = true, .amd = 1, .sev_status_known = true, .sev_status = 7 },
	  CCP_PLATFORM_NONE },
	{ "SEV",
	  { .hypervisor = true, .amd = 2, .sev_status_known = true, .sev_status = 1 },
	  CCP_PLATFORM_SEV },
	{ "SEV-ES",
	  { .hypervisor = true, .amd = 0xa, .sev_status_known = true, .sev_status = 3 },
	  CCP_PLATFORM_SEV_ES },
	{ "SEV-SNP with further features",
	  { .hypervisor = true, .amd = 0x1a, .sev_status_known = true, .sev_status = 0x8007 },
	  CCP_PLATFORM_SEV_SNP },
	{ "TDX", { .hypervisor = true, .tdx = TDX }, CCP_PLATFORM_TDX },
	{ "TDX's leaf on bare metal", { .tdx = TDX }, CCP_PLATFORM_NONE },
	{ "another word in TDX's leaf",
	  { .hypervisor = true, .tdx = "IntelTDX\0\0\0\0" },
	  CCP_PLATFORM_NONE },
	{ "CCA", { .cca_device = true }, CCP_PLATFORM_CCA },
};

static void test_decide(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ccp_platform platform = ccp_platform_decide(&cases[i].facts);

		if (platform != cases[i].platform)
			printf("# %s\n", cases[i].what);
		check_str(ccp_platform_name(platform), ccp_platform_name(cases[i].platform));
	}
}

#define LINE "Memory Encryption Features active:"

static const struct {
	const char *log;
	bool known;
	uint64_t status;
} logs[] = {
	{ "", false, 0 },
	{ "<6>[    0.000000] Linux version 7.3.4\n", false, 0 },
	{ "<6>[    0.1] " LINE " AMD SEV\n", true, 1 },
	{ "<6>[    0.1] " LINE " AMD SEV SEV-ES\n", true, 3 },
	{ "<5>[    0.0] x\n<6>[    0.1] " LINE " AMD SEV SEV-ES SEV-SNP\n<6>y\n", true, 7 },
	{ "<6>[    0.1][    T0] " LINE " AMD SEV", true, 1 },
	{ "<6>" LINE " AMD SEV\n", true, 1 },
	{ "<6>[    0.1] " LINE " AMD SME\n", true, 0 },
	{ "<6>[    0.1] " LINE " Intel TDX\n", true, 0 },
	{ "<6>[    0.1] " LINE "\n<6>[ 0.2] SEV\n", true, 0 },
	{ "<6>[    0.1] " LINE " AMD SEVEN XSEV SEV-\n", true, 0 },
	/* Written to /dev/kmsg by somebody */
	{ "<14>[    0.1] " LINE " AMD SEV\n", false, 0 },
	{ "<6>[    0.1] [IGT] x: " LINE " AMD SEV\n", false, 0 },
	{ "<12>[ 9.0] x\n<6>[    0.1] " LINE " AMD SEV\n", true, 1 },
	{ "[    0.1] " LINE " AMD SEV\n", false, 0 },
	{ "<6>[    0.1", false, 0 },
	{ "<6", false, 0 },
	{ "<6>[    0.1] Memory Encryption Features", false, 0 },
};

static void test_log(void)
{
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		uint64_t status = 42;
		bool known = ccp_platform_log_status(logs[i].log, &status);

		if (known != logs[i].known || status != (known ? logs[i].status : 42))
			printf("# log: %s\n", logs[i].log);
		check_eq(known, logs[i].known);
		check_eq(status, known ? logs[i].status : 42);
	}
}

static void test_names(void)
{
	check_str(ccp_platform_name(CCP_PLATFORM_NONE), "none");
	check_str(ccp_platform_name(CCP_PLATFORM_SEV), "SEV");
	check_str(ccp_platform_name(CCP_PLATFORM_SEV_ES), "SEV-ES");
	check_str(ccp_platform_name(CCP_PLATFORM_SEV_SNP), "SEV-SNP");
	check_str(ccp_platform_name(CCP_PLATFORM_TDX), "TDX");
	check_str(ccp_platform_name(CCP_PLATFORM_CCA), "CCA");
}

/* Whatever this machine is: the same twice, and one of the known. */
static void test_detect_here(void)
{
	enum ccp_platform platform = ccp_platform_detect();

	check(platform <= CCP_PLATFORM_CCA);
	check_eq(ccp_platform_detect(), platform);
	printf("# this machine: %s\n", ccp_platform_name(platform));
}

static const struct tap_test tests[] = {
	{ "each set of facts has its platform", test_decide },
	{ "the kernel's log line is read, and nobody else's", test_log },
	{ "platforms have names", test_names },
	{ "detection comes to an end here", test_detect_here },
};

TAP_MAIN(tests)

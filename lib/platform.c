// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "platform-decide.h"
#include "x86.h"

#define CPUID_TDX     0x21u
#define CPUID_EXT_MAX 0x80000000u
#define CPUID_AMD_ENC 0x8000001fu
#define MSR_SEV	      0xc0010131u

/* syslog(2) numbers them, klog.h does not name them */
#define KLOG_READ_ALL 3
#define KLOG_SIZE     10

static const char cca_device[] = "/sys/bus/platform/devices/arm-cca-dev";

/* A leaf past the highest one repeats another leaf's answer, on Intel. */
static void observe_cpuid(struct ccp_platform_facts *facts)
{
	facts->hypervisor = ccp_x86_hypervisor();

	if (ccp_x86_cpuid(0).eax >= CPUID_TDX) {
		struct ccp_cpuid regs = ccp_x86_cpuid(CPUID_TDX);

		memcpy(facts->tdx, &regs.ebx, 4);
		memcpy(facts->tdx + 4, &regs.edx, 4);
		memcpy(facts->tdx + 8, &regs.ecx, 4);
	}

	if (ccp_x86_cpuid(CPUID_EXT_MAX).eax >= CPUID_AMD_ENC)
		facts->amd = ccp_x86_cpuid(CPUID_AMD_ENC).eax;
}

static bool read_msr(uint64_t *value)
{
	uint64_t found;
	ssize_t len;
	int fd;

	fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;

	len = pread(fd, &found, sizeof(found), MSR_SEV);
	close(fd);
	if (len != sizeof(found))
		return false;

	*value = found;
	return true;
}

static bool read_log(uint64_t *value)
{
	bool known = false;
	int size, len;
	char *log;

	size = klogctl(KLOG_SIZE, NULL, 0);
	if (size <= 0)
		return false;

	log = malloc((size_t)size + 1);
	if (!log)
		return false;

	len = klogctl(KLOG_READ_ALL, log, size);
	if (len >= 0) {
		log[len] = '\0';
		known = ccp_platform_log_status(log, value);
	}
	free(log);

	return known;
}

enum ccp_platform ccp_platform_detect(void)
{
	struct ccp_platform_facts facts = { 0 };

	facts.cca_device = !access(cca_device, F_OK);
	observe_cpuid(&facts);
	if (facts.amd & CCP_AMD_SEV)
		facts.sev_status_known = read_msr(&facts.sev_status) || read_log(&facts.sev_status);

	return ccp_platform_decide(&facts);
}

const char *ccp_platform_name(enum ccp_platform platform)
{
	static const char *const names[] = {
		[CCP_PLATFORM_NONE] = "none",	  [CCP_PLATFORM_SEV] = "SEV",
		[CCP_PLATFORM_SEV_ES] = "SEV-ES", [CCP_PLATFORM_SEV_SNP] = "SEV-SNP",
		[CCP_PLATFORM_TDX] = "TDX",	  [CCP_PLATFORM_CCA] = "CCA",
	};

	return names[platform];
}

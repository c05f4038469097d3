// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <string.h>

#include "platform-decide.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Each kind has the bits of those below it, too: the highest comes first. */
static const struct {
	const char *word; /* in the kernel's log line */
	uint64_t bit;
	enum ccp_platform platform;
} sev_kinds[] = {
	{ "SEV-SNP", CCP_SEV_STATUS_SEV_SNP, CCP_PLATFORM_SEV_SNP },
	{ "SEV-ES", CCP_SEV_STATUS_SEV_ES, CCP_PLATFORM_SEV_ES },
	{ "SEV", CCP_SEV_STATUS_SEV, CCP_PLATFORM_SEV },
};

enum ccp_platform ccp_platform_decide(const struct ccp_platform_facts *facts)
{
	if (facts->cca_device)
		return CCP_PLATFORM_CCA;

	/* A host's CPUID says what its guests could be */
	if (!facts->hypervisor)
		return CCP_PLATFORM_NONE;

	if (!memcmp(facts->tdx, "IntelTDX    ", sizeof(facts->tdx)))
		return CCP_PLATFORM_TDX;

	if (!(facts->amd & CCP_AMD_SEV) || !facts->sev_status_known)
		return CCP_PLATFORM_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(sev_kinds); i++)
		if (facts->sev_status & sev_kinds[i].bit)
			return sev_kinds[i].platform;

	return CCP_PLATFORM_NONE;
}

/*
 * "<6>[    0.1] text" to text, or NULL where somebody but the kernel wrote the line (facility not
 * 0).
 */
static const char *kernel_text(const char *line)
{
	if (line[0] != '<' || !isdigit((unsigned char)line[1]) || line[2] != '>')
		return NULL;
	line += 3;

	/* Time, and with CONFIG_PRINTK_CALLER the task */
	while (*line == '[') {
		line += strcspn(line, "]\n");
		if (*line == ']')
			line++;
	}

	return line + strspn(line, " ");
}

static uint64_t word_bit(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(sev_kinds); i++)
		if (len == strlen(sev_kinds[i].word) && !memcmp(word, sev_kinds[i].word, len))
			return sev_kinds[i].bit;
	return 0;
}

bool ccp_platform_log_status(const char *log, uint64_t *sev_status)
{
	static const char prefix[] = "Memory Encryption Features active:";
	const char *line, *next, *text;

	for (line = log; *line; line = next) {
		uint64_t status = 0;
		size_t len;

		next = line + strcspn(line, "\n");
		next += *next == '\n';

		text = kernel_text(line);
		if (!text || strncmp(text, prefix, strlen(prefix)))
			continue;

		text += strlen(prefix);
		for (text += strspn(text, " "); (len = strcspn(text, " \n"));
		     text += len, text += strspn(text, " "))
			status |= word_bit(text, len);

		*sev_status = status;
		return true;
	}

	return false;
}

// SPDX-License-Identifier: MIT
/* Shell commands that run when a test, a subtest or a dynamic subtest starts or ends: --hook. */
#include "internal.h"

/* The longest: igt@PROGRAM@SUBTEST@DYNAMIC, with its variable's name */
#define VARIABLE_SIZE (32 + NAME_MAX + 2 * IGT_NAME_SIZE)

static const struct {
	const char *name, *meaning;
} events[] = {
	[IGT_HOOK_PRE_TEST] = { "pre-test", "the program starts" },
	[IGT_HOOK_PRE_SUBTEST] = { "pre-subtest", "a subtest starts" },
	[IGT_HOOK_PRE_DYN_SUBTEST] = { "pre-dyn-subtest", "a dynamic subtest starts" },
	[IGT_HOOK_POST_DYN_SUBTEST] = { "post-dyn-subtest", "a dynamic subtest has ended" },
	[IGT_HOOK_POST_SUBTEST] = { "post-subtest", "a subtest has ended" },
	[IGT_HOOK_POST_TEST] = { "post-test", "the program ends" },
	[IGT_HOOK_POST_KMOD_UNBIND] = { "post-kmod-unbind", "never in these programs" },
};

enum variable { EVENT, FULLNAME, TEST, SUBTEST, DYN_SUBTEST, RESULT, KMOD_UNBIND };

static const struct {
	const char *name, *meaning;
} variables[] = {
	[EVENT] = { "IGT_HOOK_EVENT", "the event" },
	[FULLNAME] = { "IGT_HOOK_TEST_FULLNAME", "igt@PROGRAM[@SUBTEST[@DYNAMIC]]" },
	[TEST] = { "IGT_HOOK_TEST", "the program" },
	[SUBTEST] = { "IGT_HOOK_SUBTEST", "the subtest, or nothing" },
	[DYN_SUBTEST] = { "IGT_HOOK_DYN_SUBTEST", "the dynamic subtest, or nothing" },
	[RESULT] = { "IGT_HOOK_RESULT", "after the end: SUCCESS, SKIP, FAIL or CRASH" },
	[KMOD_UNBIND] = { "IGT_HOOK_KMOD_UNBIND_MODULE_NAME", "nothing" },
};

/* In the environment, and changed in place: setenv() needs malloc(), which may have crashed. */
static char assignments[ARRAY_SIZE(variables)][VARIABLE_SIZE];

struct hook {
	struct hook *next;
	unsigned int events; /* a bit each */
	const char *command;
};

static struct hook *hooks, **last_hook = &hooks;

/* The bits of the events that the name of this length stands for; 0: it is none. */
static unsigned int find_events(const char *name, size_t length)
{
	if (length == 1 && *name == '*')
		return ~0u;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (strlen(events[i].name) == length && !strncmp(name, events[i].name, length))
			return 1u << i;
	return 0;
}

const char *igt_hook_add(const char *descriptor)
{
	bool all = !strchr(descriptor, ':');
	unsigned int chosen = all ? ~0u : 0;
	struct hook *hook;

	for (char end = ','; !all && end == ',';) {
		size_t length = strcspn(descriptor, ",:");
		unsigned int found = find_events(descriptor, length);

		if (!found)
			return "no such event";
		chosen |= found;
		end = descriptor[length];
		descriptor += length + 1;
	}

	hook = malloc(sizeof(*hook));
	if (!hook)
		return "no memory";
	*hook = (struct hook){ .events = chosen, .command = descriptor };
	*last_hook = hook;
	last_hook = &hook->next;
	return NULL;
}

__igt_printf(2, 3) static void set_variable(enum variable variable, const char *format, ...)
{
	char *text = assignments[variable];
	int length = snprintf(text, VARIABLE_SIZE, "%s=", variables[variable].name);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, VARIABLE_SIZE - length, format, args);
	va_end(args);
	putenv(text);
}

static void run(const char *command)
{
	int status = system(command);

	(void)status; /* a command that fails is no failure of the test */
}

void igt_hook_notify(enum igt_hook_event event, const char *subtest, const char *dynamic,
		     const char *result)
{
	if (!hooks)
		return;

	set_variable(EVENT, "%s", events[event].name);
	set_variable(FULLNAME, "igt@%s%s%s%s%s", program_invocation_short_name, *subtest ? "@" : "",
		     subtest, *dynamic ? "@" : "", dynamic);
	set_variable(TEST, "%s", program_invocation_short_name);
	set_variable(SUBTEST, "%s", subtest);
	set_variable(DYN_SUBTEST, "%s", dynamic);
	set_variable(RESULT, "%s", result);
	set_variable(KMOD_UNBIND, "%s", "");
	for (const struct hook *hook = hooks; hook; hook = hook->next)
		if (hook->events & 1u << event)
			run(hook->command);
}

void igt_hook_print_help(void)
{
	puts("--hook [EVENT[,EVENT]...:]COMMAND runs a shell command at these events; * and no "
	     "event\n"
	     "at all stand for each of them. A COMMAND with a colon needs an EVENT. Its exit "
	     "status\n"
	     "does not matter. The option may come several times: the commands run in that "
	     "order.\n");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		printf("  %-18s%s\n", events[i].name, events[i].meaning);
	puts("\nThe command's environment says what happens:\n");
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		printf("  %-34s%s\n", variables[i].name, variables[i].meaning);
}

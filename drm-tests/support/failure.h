/* SPDX-License-Identifier: MIT */
/*
 * Failures of the kernel's own: Documentation/fault-injection/fault-injection.rst, "fail-nth". One
 * of this thread's next allocations, or copies from and to its memory, fails.
 */
#ifndef CC_FAILURE_H
#define CC_FAILURE_H

#include <stdbool.h>

struct cc_failure {
	int fd;
};

/*
 * Has all allocations of the kernel fail where they are told to, without a word in its log. Skips
 * where the kernel cannot. Close it.
 */
void cc_failure_open(struct cc_failure *failure);
void cc_failure_close(struct cc_failure *failure);

/* The nth allocation or copy from now on fails; nth: from 1 on. */
void cc_failure_arm(const struct cc_failure *failure, unsigned int nth);

/* Nothing fails any more; whether something has. */
bool cc_failure_disarm(const struct cc_failure *failure);

#endif

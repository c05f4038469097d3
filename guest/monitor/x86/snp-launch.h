/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_SNP_LAUNCH_H
#define MONITOR_SNP_LAUNCH_H

#include "mode.h"

/*
 * The pages that an SNP guest finds at launch: secrets, CPUID answers, and the way there from
 * boot_params.
 */
void snp_launch(struct guest *guest, struct boot_params *params);

#endif

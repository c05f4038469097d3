/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's way to hand a guest files (docs/specs/fw_cfg.rst there). */
#ifndef MONITOR_FW_CFG_H
#define MONITOR_FW_CFG_H

#include <stdint.h>

/* Reads a file of this name into text, ended by a zero. fatal(): it is missing or too long. */
void fw_cfg_read(const char *name, char *text, uint32_t room);

#endif

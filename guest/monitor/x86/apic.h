/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC, which is the guest's: only to interrupt another CPU. */
#ifndef MONITOR_APIC_H
#define MONITOR_APIC_H

#include <stdint.h>

/* 16.5, interrupt command register: delivery modes, and the level bit that INIT wants */
#define APIC_NMI  0x400u
#define APIC_INIT 0x4500u
#define APIC_SIPI 0x4600u /* with the vector */

/* This CPU's initial APIC ID. */
unsigned int apic_id(void);

/* Sends a command to the CPU with this APIC ID, in the mode that the guest has put the APIC in. */
void apic_send(unsigned int id, uint32_t command);

#endif

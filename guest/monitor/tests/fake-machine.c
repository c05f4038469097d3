// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fake-machine.h"
#include "machine.h"

#define MEMORY (6ul << 30)

const char machine_pc_name[] = "pc";
const char machine_level_name[] = "level";

static uint8_t *memory;
static uint64_t plane_size; /* 0: everything may be touched */
static uint64_t shared_plane, private_plane;

static jmp_buf stopped;
static bool running;
static char line[512];
static size_t line_size;

void fake_machine_reset(void)
{
	plane_size = 0;
	if (memory)
		munmap(memory, MEMORY);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
}

void fake_machine_only_planes(uint64_t shared, uint64_t private, uint64_t size)
{
	shared_plane = shared;
	private_plane = private;
	plane_size = size;
}

void *machine_ptr(uint64_t address)
{
	if (address >= MEMORY || (plane_size && address - shared_plane >= plane_size &&
				  address - private_plane >= plane_size)) {
		fprintf(stderr, "machine address 0x%llx\n", (unsigned long long)address);
		abort();
	}
	return memory + address;
}

void machine_fill(uint64_t address, uint64_t size, uint64_t word)
{
	for (uint64_t at = address; at < address + size; at += sizeof(word))
		*(uint64_t *)machine_ptr(at) = word;
}

void machine_putc(char c)
{
	if (line_size && line[line_size - 1] == '\n')
		line_size = 0;
	if (line_size < sizeof(line) - 1)
		line[line_size++] = c;
	line[line_size] = '\0';
}

const char *fake_machine_said(void)
{
	return line;
}

void machine_stop(void)
{
	if (!running) {
		fputs("machine_stop() outside of fake_machine_run()\n", stderr);
		abort();
	}
	longjmp(stopped, 1);
}

bool fake_machine_run(void (*run)(void *data), void *data)
{
	bool ended = true;

	running = true;
	if (!setjmp(stopped)) {
		run(data);
		ended = false;
	}
	running = false;
	return !ended;
}

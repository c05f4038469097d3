// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture-parse.h"

#define PORTS	   "/sys/class/virtio-ports"
#define PORT_NAME  "ccprime.control"
#define TIMEOUT_MS 30000

struct port {
	int fd;
	int64_t deadline; /* CLOCK_MONOTONIC, ms */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Does the file DIR/NODE/name hold exactly this name? */
static bool port_is(const char *dir, const char *node, const char *name)
{
	char path[512], found[128] = "";
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s/name", dir, node) >= (int)sizeof(path))
		return false;

	file = fopen(path, "re");
	if (!file)
		return false;

	if (!fgets(found, sizeof(found), file))
		found[0] = '\0';
	fclose(file);

	found[strcspn(found, "\n")] = '\0';
	return !strcmp(found, name);
}

int ccp_capture_find_port(const char *dir, const char *name, char node[64])
{
	struct dirent *entry;
	int err = -ENODEV;
	DIR *ports;

	ports = opendir(dir);
	if (!ports)
		return -ENODEV;

	while (err && (entry = readdir(ports))) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= 64)
			continue;
		if (!port_is(dir, entry->d_name, name))
			continue;
		strcpy(node, entry->d_name);
		err = 0;
	}
	closedir(ports);

	return err;
}

static int open_port(struct port *port)
{
	char node[64], path[sizeof("/dev/") + 64];
	int err;

	err = ccp_capture_find_port(PORTS, PORT_NAME, node);
	if (err)
		return err;

	snprintf(path, sizeof(path), "/dev/%s", node);
	port->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (port->fd < 0)
		return -errno;

	port->deadline = now_ms() + TIMEOUT_MS;
	return 0;
}

/*
 * Waits for one of the events, or for the other side to hang up, which the next read() or write()
 * will tell.
 */
static int wait_port(const struct port *port, short events)
{
	struct pollfd pollfd = { .fd = port->fd, .events = events };

	for (;;) {
		int64_t left = port->deadline - now_ms();
		int ret;

		if (left <= 0)
			return -ETIMEDOUT;

		ret = poll(&pollfd, 1, (int)left);
		if (ret > 0)
			return 0;
		if (ret < 0 && errno != EINTR)
			return -errno;
	}
}

static ssize_t read_port(void *state, void *data, size_t size)
{
	const struct port *port = state;
	ssize_t got;
	int err;

	do {
		err = wait_port(port, POLLIN);
		if (err)
			return err;
		got = read(port->fd, data, size);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));

	return got < 0 ? -errno : got;
}

static int write_port(const struct port *port, const char *data, size_t size)
{
	while (size) {
		ssize_t put;
		int err;

		err = wait_port(port, POLLOUT);
		if (err)
			return err;

		put = write(port->fd, data, size);
		if (put < 0 && errno == EAGAIN)
			return -EIO;
		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			data += put;
			size -= (size_t)put;
		}
	}

	return 0;
}

/* Sends a request; port must be closed where 0 is returned. */
static int send_request(struct port *port, const char *request)
{
	int err = open_port(port);

	if (err)
		return err;
	err = write_port(port, request, strlen(request));
	if (err)
		close(port->fd);
	return err;
}

int ccp_wake(bool on)
{
	static const char expected[] = "ok\n";
	char answer[sizeof(expected) - 1];
	struct port port;
	int err = send_request(&port, on ? "wake on\n" : "wake off\n");

	if (err)
		return err;
	for (size_t got = 0; !err && got < sizeof(answer);) {
		ssize_t ret = read_port(&port, answer + got, sizeof(answer) - got);

		if (ret <= 0)
			err = ret ? (int)ret : -EIO;
		else
			got += (size_t)ret;
	}
	close(port.fd);
	if (err)
		return err;
	return memcmp(answer, expected, sizeof(answer)) ? -EPROTO : 0;
}

static bool display_valid(const char *display)
{
	size_t length =
		strspn(display, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return length && length <= 31 && !display[length];
}

int ccp_capture_take(const char *name, struct ccp_capture *capture)
{
	return ccp_capture_take_display(name, NULL, capture);
}

int ccp_capture_take_display(const char *name, const char *display, struct ccp_capture *capture)
{
	struct ccp_capture_source source = { .read = read_port };
	struct port port;
	char request[128];
	int err;

	if (!ccp_capture_name_valid(name) || (display && !display_valid(display)))
		return -EINVAL;

	snprintf(request, sizeof(request), "capture %s%s%s\n", name, display ? " " : "",
		 display ? display : "");
	err = send_request(&port, request);
	if (err)
		return err;

	source.state = &port;
	err = ccp_capture_parse(&source, capture);
	close(port.fd);

	return err;
}

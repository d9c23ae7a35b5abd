#include "bench/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The rest of the first line of a file that begins with `key`, without blanks and quotes around. */
static void look_up(const char *path, const char *key, char out[MACHINE_TEXT_BYTES])
{
	char line[512];

	out[0] = '\0';
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		char *from = line + strlen(key);
		from += strspn(from, " \t:=\"");
		from[strcspn(from, "\"\n")] = '\0';
		snprintf(out, MACHINE_TEXT_BYTES, "%.*s", MACHINE_TEXT_BYTES - 1, from);
		break;
	}
	fclose(file);
}

static unsigned count_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

void machine_look(struct machine *out)
{
	struct utsname names;
	double load;

	*out = (struct machine) { .n_cores = count_cores() };
	look_up("/proc/cpuinfo", "model name", out->cpu_model);
	look_up("/etc/os-release", "PRETTY_NAME", out->system);
	if (uname(&names) == 0)
		snprintf(out->kernel, sizeof(out->kernel), "%.60s %.60s", names.sysname,
			names.release);
	long n_pages = sysconf(_SC_PHYS_PAGES);
	long page_bytes = sysconf(_SC_PAGESIZE);
	if (n_pages > 0 && page_bytes > 0)
		out->memory_bytes = (uint64_t)n_pages * (uint64_t)page_bytes;
	if (getloadavg(&load, 1) == 1)
		out->load_average = load;
}

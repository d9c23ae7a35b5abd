/*
 * Preloaded into a server: fdatasync fails of every file whose path holds the first line of the
 * file $FAILING_SYNC; of none while there is no such file.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_word(char *out, int size)
{
	const char *path = getenv("FAILING_SYNC");
	FILE *file = path != NULL ? fopen(path, "re") : NULL;

	if (file == NULL)
		return false;
	bool read = fgets(out, size, file) != NULL;
	fclose(file);
	out[read ? strcspn(out, "\n") : 0] = '\0';
	return out[0] != '\0';
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	int (*real)(int) = NULL;
	char word[64];
	char link[64];
	char path[512];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	if (read_word(word, sizeof(word)) && strstr(path, word) != NULL) {
		errno = EIO;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	return real(fd);
}

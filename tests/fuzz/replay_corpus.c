/* Runs every file of the folders on the command line through a fuzz target, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	int err = PP_ERR_IO;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return PP_ERR_IO;
	if (fseek(file, 0, SEEK_END) != 0)
		goto err_after_open;
	long size = ftell(file);
	if (size < 0 || fseek(file, 0, SEEK_SET) != 0)
		goto err_after_open;
	/* Of just its size, so that a sanitizer sees reads past it. */
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL)
		goto err_after_open;
	if (fread(data, 1, (size_t)size, file) != (size_t)size)
		goto err_after_alloc;
	/* Said before it is run: if it aborts, this is the last line. */
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	err = 0;
err_after_alloc:
	free(data);
err_after_open:
	fclose(file);
	return err;
}

static int replay_folder(const char *folder, size_t *n)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[4096];
	int err = 0;

	if (dir == NULL)
		return PP_ERR_NOT_FOUND;
	while (err == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		err = replay_file(path);
		*n += 1;
	}
	closedir(dir);
	return err;
}

int main(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		int err = replay_folder(argv[i], &n);
		if (err != 0) {
			fprintf(stderr, "%s: %s\n", argv[i], pp_strerror(err));
			return 1;
		}
	}
	printf("%zu files\n", n);
	/* An empty corpus proves nothing. */
	return n > 0 ? 0 : 1;
}

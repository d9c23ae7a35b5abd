#include "tests/integration/shell.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/require.h"

enum { LINE_BYTES = 4096 };

void shell_new(struct shell *shell)
{
	char path[LINE_BYTES];
	const char *old = getenv("PATH");

	memset(shell, 0, sizeof(*shell));
	process_new(&shell->server, NULL);
	snprintf(path, sizeof(path), "%s:%s", PEAKPEEPS_FOLDER, old == NULL ? "" : old);
	setenv("PATH", path, 1);
	setenv("PEAKPEEPS_ADDRESS", shell->server.address, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("PEAKPEEPS_USER");
	unsetenv("PEAKPEEPS_OUTPUT");
	unsetenv("PEAKPEEPS_SAVE");
}

void shell_free(struct shell *shell)
{
	free(shell->out);
	free(shell->err);
	process_stop(&shell->server);
	process_free(&shell->server);
}

static char *read_all(FILE *file)
{
	char *text = NULL;
	size_t size = 0;

	REQUIRE(file != NULL, "no file");
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	REQUIRE(text != NULL, "memory");
	return text;
}

/* The line with its number in place of each '@'. */
static void put_round(const char *line, int round, char out[LINE_BYTES])
{
	FILE *stream = fmemopen(out, LINE_BYTES, "w");

	REQUIRE(stream != NULL, "memory");
	for (; *line != '\0'; line++) {
		if (*line == '@')
			fprintf(stream, "%d", round);
		else
			fputc(*line, stream);
	}
	fputc('\0', stream);
	REQUIRE(fclose(stream) == 0, "a line that is too long");
}

static char *read_file(const struct shell *shell, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", shell->server.folder, name);
	FILE *file = fopen(path, "re");
	char *text = read_all(file);
	fclose(file);
	return text;
}

int shell_run(struct shell *shell, const char *line, int round)
{
	static char sh[] = "sh";
	static char option[] = "-c";
	char numbered[LINE_BYTES];
	char whole[LINE_BYTES + 600];
	char *argv[] = { sh, option, whole, NULL };
	int status;
	pid_t pid;

	put_round(line, round, numbered);
	snprintf(whole, sizeof(whole), "exec >%s/stdout 2>%s/stderr </dev/null\n%s",
		shell->server.folder, shell->server.folder, numbered);
	REQUIRE(posix_spawnp(&pid, sh, NULL, NULL, argv, environ) == 0, "sh cannot be run");
	REQUIRE(waitpid(pid, &status, 0) == pid, "sh is lost");
	free(shell->out);
	free(shell->err);
	shell->out = read_file(shell, "stdout");
	shell->err = read_file(shell, "stderr");
	shell->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return shell->code;
}

char *shell_next(const struct shell *shell)
{
	static const char label[] = "  next:   ";
	const char *at = strstr(shell->err, label);

	return at == NULL ? NULL : strndup(at + strlen(label), strcspn(at + strlen(label), "\n"));
}

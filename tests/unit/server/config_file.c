#include "tests/unit/server/config_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int load_text(struct config *config, const char *text, size_t len, char **errors_out)
{
	char folder[] = "/tmp/peakpeeps-config-XXXXXX";
	struct config_errors errors = { 0 };

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	FILE *file = fopen("f", "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, len, file), len);
	fclose(file);
	cr_assert_eq(config_default(config), 0);
	int err = config_load(config, "f", &errors);
	int check_err = config_check(config, &errors);
	unlink("f");
	cr_assert_eq(chdir("/"), 0);
	rmdir(folder);
	*errors_out = errors.text == NULL ? strdup("") : errors.text;
	return err != 0 ? err : check_err;
}

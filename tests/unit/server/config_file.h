/* Settings from a text, as a file that its errors call "f". */
#ifndef TESTS_CONFIG_FILE_H
#define TESTS_CONFIG_FILE_H

#include "server/config.h"

/* Loads and checks; *errors_out, never NULL, is owned by the caller. */
int load_text(struct config *config, const char *text, size_t len, char **errors_out);

#endif

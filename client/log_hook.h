/* The client's log: lines for the function that the program gave, or for nobody. */
#ifndef CLIENT_LOG_HOOK_H
#define CLIENT_LOG_HOOK_H

#include "base/base.h"
#include "peakpeeps/client.h"

enum { LOG_HOOK_BYTES_MAX = 1280 }; /* of a line; more is cut */

/* Belongs to what logs. All zero is silent. */
struct log_hook {
	pp_log_fn log; /* NULL: nobody listens, and nothing is formatted */
	void *user;
};

void log_hook_write(const struct log_hook *hook, enum pp_log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif

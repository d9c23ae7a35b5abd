#include "client/log_hook.h"

#include <stdarg.h>
#include <stdio.h>

void log_hook_write(const struct log_hook *hook, enum pp_log_level level, const char *format, ...)
{
	char line[LOG_HOOK_BYTES_MAX];
	va_list args;

	if (hook->log == NULL)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	hook->log(hook->user, level, line);
}

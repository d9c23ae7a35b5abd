#include "domain/rules/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/rules/record_io.h"
#include "domain/rules/terms.h"

void run_too_big(struct run *run)
{
	if (run->failure == STEP_DONE)
		run->failure = STEP_TOO_BIG;
	run->waiting = true;
}

void run_corrupt(struct run *run)
{
	if (run->failure == STEP_DONE)
		run->failure = STEP_CORRUPT;
	run->waiting = true;
}

void run_expect(struct run *run, enum loaded loaded)
{
	if (loaded == LOADED_ABSENT)
		run_corrupt(run);
}

/* ---- Outcome ---- */

void run_refuse(struct run *run, enum pp_reason reason, const char *field, const char *format, ...)
{
	struct outcome *outcome = &run->journal.outcome;
	char message[TEXT_BYTES_MAX + 1];
	va_list args;

	ASSERT(!run->accepted && !run->replayed);
	if (outcome->reason != PP_REASON_NONE)
		return;
	va_start(args, format);
	int len = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	/* Every text that goes into a message has a limit of its own. */
	ASSERT(len >= 0 && len <= TEXT_BYTES_MAX);
	outcome->reason = reason;
	outcome->field = field;
	outcome->message = run_text(run, message);
}

bool run_refused(const struct run *run)
{
	return run->journal.outcome.reason != PP_REASON_NONE;
}

void run_accept(struct run *run, uint64_t subject_id)
{
	ASSERT(!run->waiting && !run->replayed && !run_refused(run));
	run->accepted = true;
	run->journal.subject_id = subject_id;
}

uint64_t run_new_revision(const struct run *run)
{
	return run->revision + 1;
}

uint64_t run_made_id(const struct run *run, uint64_t id)
{
	return run->dry && run->accepted ? 0 : id;
}

bool run_answers(const struct run *run)
{
	return !run->waiting && !run_refused(run);
}

/* ---- Reply ---- */

void *run_alloc(struct run *run, size_t size)
{
	void *bytes = arena_zalloc(run->arena, size);

	if (bytes == NULL)
		run_too_big(run);
	return bytes;
}

const char *run_text(struct run *run, const char *text)
{
	if (text == NULL)
		return NULL;
	const char *copy = arena_copy(run->arena, text, strlen(text));
	if (copy == NULL)
		run_too_big(run);
	return copy;
}

struct pp_terms *run_terms(struct run *run, const struct pp_terms *terms, pp_set fields)
{
	struct pp_terms *copy = terms_copy(run->arena, terms, fields);

	if (copy == NULL)
		run_too_big(run);
	return copy;
}

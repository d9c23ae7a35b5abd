/*
 * A real server process on a store and a clock of its own, in a folder of its own: for tests.
 * PEAKPEEPS_TEST_COMMIT in the environment is its store.commit; without it the default is.
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a test's clock shows, in a file that test and server both map. */
struct test_clock {
	_Atomic int64_t wall_ms;
	_Atomic int64_t boottime_ms;
};

struct process_options {
	/* As in "limits.batch=1 limits.writer_queue=2 --restored"; NULL: none. */
	const char *settings;
	bool own_clock;       /* time stands still but for process_advance */
	const char *log_path; /* of the server's stderr; NULL: server.log in its folder */
};

struct process {
	char folder[128];
	char store_path[160];
	char config_path[160];
	char clock_path[160];
	char log_path[160];
	char settings[512];
	char address[64]; /* 127.0.0.1:port */
	uint16_t port;
	pid_t pid; /* 0: not running */
	struct test_clock *clock;
};

/* Makes the folder and the configuration, and starts a server. Ends the test when it cannot. */
void process_new(struct process *process, const struct process_options *options);
/* Starts it again on the same store; the port is a new one. */
void process_start(struct process *process);
/* As process_start, for a server that is to refuse: its exit status (-signal when killed). */
int process_start_refused(struct process *process);
/* Starts it and kills it so many milliseconds later, whatever it is doing then. */
void process_start_and_kill(struct process *process, int64_t ms);
/* SIGTERM, and waits: ends the test unless it stopped by itself with 0. */
void process_stop(struct process *process);
/* SIGKILL, and waits. */
void process_kill(struct process *process);
/* Waits for it to end by itself: its exit status, -signal when killed. */
int process_wait(struct process *process);
/* Stops it if it runs, and removes the folder. */
void process_free(struct process *process);

/* Other settings from the next start on. */
void process_configure(struct process *process, const char *settings);
/* Moves the clock, which must be the test's own. */
void process_advance(struct process *process, int64_t ms);
/* Resident memory now, in bytes. */
uint64_t process_resident_bytes(const struct process *process);
/* Open descriptors now. */
int process_descriptors(const struct process *process);
/* Whether the server's log holds this text. */
bool process_logged(const struct process *process, const char *text);

/* The monotonic clock, in milliseconds; and a pause. */
int64_t test_now_ms(void);
void test_pause_ms(int64_t ms);

#endif

/* The table of settings, and that of the limits that can not be set. */
#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/rules/request.h"
#include "peakpeeps/types.h"
#include "proto/limits.h"
#include "server/config.h"
#include "server/loop.h"
#include "server/op.h"
#include "storage/driver.h"
#include "storage/store.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define SECOND_MS INT64_C(1000)
#define HOUR_MS (3600 * SECOND_MS)
#define DAY_MS (24 * HOUR_MS)
#define AT(member) CONFIG_AT(member)

const struct config_setting config_settings[CONFIG_SETTINGS] = {
	{ "store.path", CONFIG_PATH, AT(store_path), 1, 4000, "./var/store",
		"Directory of the store; made when it is not there." },
	{ "store.map_size", CONFIG_BYTES, AT(map_bytes), 16 * MIB, 16 * TIB, "1TiB",
		"Address space for the store, not disk: the most it can ever grow to." },
	{ "store.free_min", CONFIG_BYTES, AT(free_bytes_min), MIB, TIB, "64MiB",
		"Writes are refused (STORAGE_FULL) while the disk has less than this left." },
	{ "store.readers", CONFIG_COUNT, AT(readers_max), 72, 4096, "126",
		"Snapshots at a time: one a loop, one of Verify, one of each mdb_copy." },
	{ "store.commit", CONFIG_COMMIT, AT(commit), 0, 0, "log",
		"log: a batch is synced to a log, lmdb: to the store's file, which costs more." },
	{ "store.durability", CONFIG_DURABILITY, AT(durability), 0, 0, "sync",
		"sync: answered when on disk; unsafe_no_sync: before, a power cut loses writes." },
	{ "store.log_size", CONFIG_BYTES, AT(log_bytes_max), 64 * MIB, 8 * GIB, "256MiB",
		"Of commit: log: disk space that the log may take." },
	{ "store.memtable_size", CONFIG_BYTES, AT(memtable_bytes), MIB, GIB, "32MiB",
		"Of commit: log: a checkpoint begins then; memory is three times as much." },
	{ "store.checkpoint_interval", CONFIG_DURATION, AT(checkpoint_interval_ms), 10, HOUR_MS,
		"1s", "Of commit: log: or so long after the first write that it lacks." },
	{ "store.checkpoint_wait", CONFIG_DURATION, AT(checkpoint_wait_ms), 1, HOUR_MS, "5s",
		"Of commit: log: writes wait so long for a checkpoint, then are refused." },

	{ "listen.address", CONFIG_ADDRESS, AT(listen_address), 0, 0, "127.0.0.1:7337",
		"Loopback address and port; port 0: the kernel's choice; none: no TCP." },
	{ "listen.unix", CONFIG_OPTIONAL_PATH, AT(unix_path), 1, 107, "none",
		"Path of a Unix socket, made with mode 0600; none: no Unix socket." },
	{ "listen.backlog", CONFIG_COUNT, AT(backlog), 1, 65535, "1024",
		"Connections that may wait to be accepted; the kernel's somaxconn bounds it too." },
	{ "listen.socket_buffer", CONFIG_BYTES, AT(socket_buffer_bytes), 4 * KIB, 16 * MIB,
		"128KiB",
		"The kernel's buffer of a connection, each way; it takes twice as much." },

	{ "server.loops", CONFIG_COUNT, AT(n_loops), 0, 64, "0",
		"Threads that serve connections; 0: half the processors, at least one." },
	{ "server.drain_timeout", CONFIG_DURATION, AT(drain_timeout_ms), 0, HOUR_MS, "10s",
		"A graceful stop waits at most this long for clients to take their answers." },

	{ "limits.connections", CONFIG_COUNT, AT(connections_max), 1, 1000000, "10000",
		"Connections at a time; the next one is told OVERLOADED and closed." },
	{ "limits.in_flight", CONFIG_COUNT, AT(in_flight_max), 1, IN_FLIGHT_MAX, "1024",
		"Unanswered requests of one connection; further ones wait in its socket." },
	{ "limits.hello_timeout", CONFIG_DURATION, AT(hello_timeout_ms), 100, HOUR_MS, "10s",
		"A connection that has not said Hello by then is closed." },
	{ "limits.idle_timeout", CONFIG_DURATION, AT(idle_timeout_ms), 100, DAY_MS, "5min",
		"A connection on which nothing moved for so long is closed." },
	{ "limits.partial_frame_timeout", CONFIG_DURATION, AT(partial_frame_timeout_ms), 100,
		HOUR_MS, "10s", "The rest of a frame must arrive within this." },
	{ "limits.close_timeout", CONFIG_DURATION, AT(close_timeout_ms), 100, HOUR_MS, "2s",
		"A connection being closed has this long to take its last answers." },
	{ "limits.output_high", CONFIG_BYTES, AT(output_high_bytes), KIB, GIB, "256KiB",
		"Answers that wait for one connection; above it its requests are not read." },
	{ "limits.output_low", CONFIG_BYTES, AT(output_low_bytes), 0, GIB, "64KiB",
		"Below it they are read again. Less than output_high." },
	{ "limits.output_max", CONFIG_BYTES, AT(output_max_bytes), KIB, GIB, "1MiB",
		"Over it for output_max_timeout a connection is closed. At least output_high." },
	{ "limits.output_max_timeout", CONFIG_DURATION, AT(output_max_timeout_ms), 100, HOUR_MS,
		"10s", "See output_max." },
	{ "limits.buffer_memory", CONFIG_BYTES, AT(buffer_bytes_max), MIB, TIB, "256MiB",
		"Buffers of all connections together; when it is short, the largest wait." },
	{ "limits.op_memory", CONFIG_BYTES, AT(op_bytes_max), 16 * MIB, TIB, "256MiB",
		"Requests in flight of all connections together, at 8 KiB and more each." },
	{ "limits.writer_queue", CONFIG_COUNT, AT(writer_queue_max), 1, 1000000, "16384",
		"Writes that wait for the writer; further ones are refused (OVERLOADED)." },
	{ "limits.batch", CONFIG_COUNT, AT(batch_max), 1, STORE_BATCH_MAX, "4096",
		"Writes that are made durable together." },
	{ "limits.verify_timeout", CONFIG_DURATION, AT(verify_timeout_ms), 100, DAY_MS, "10min",
		"A Verify run that takes longer is given up, so that the store does not grow." },
	{ "limits.verify_growth", CONFIG_PERCENT, AT(verify_growth_percent), 1, 100, "25%",
		"It is also given up when the store has grown by this share of the free disk." },

	{ "requests.id_retention", CONFIG_DURATION, AT(request_id_retention_ms), HOUR_MS / 60,
		365 * DAY_MS, "7d", "How long a spent request id is remembered." },

	{ "credits.route_added", CONFIG_COINS, AT(credit_route_added_coins), 1, PP_COINS_MAX, "10",
		"Coins for ROUTE_ADDED." },
	{ "credits.route_completed", CONFIG_COINS, AT(credit_route_completed_coins), 1,
		PP_COINS_MAX, "15", "Coins for ROUTE_COMPLETED." },
	{ "credits.review_posted", CONFIG_COINS, AT(credit_review_posted_coins), 1, PP_COINS_MAX,
		"5", "Coins for REVIEW_POSTED." },

	{ "log.level", CONFIG_LEVEL, AT(log_level), 0, 0, "info",
		"Least level that is logged: debug, info, warn or error." },
	{ "log.slow_batch", CONFIG_DURATION, AT(slow_batch_ms), 1, HOUR_MS, "1s",
		"A batch that takes this long to be made durable is logged (slow batch)." },
};

const struct config_fixed config_fixed[CONFIG_FIXED] = {
	{ "On the wire", "frame", CONFIG_BYTES, FRAME_BYTES_MAX,
		"One message; after a longer one the connection is closed." },
	{ NULL, "request memory", CONFIG_BYTES, OP_ARENA_BYTES_MAX,
		"One request, decoded, decided and answered." },
	{ NULL, "requests in flight", CONFIG_COUNT, IN_FLIGHT_MAX,
		"Of one connection; `limits.in_flight` may be lower." },
	{ NULL, "`timeout_ms`", CONFIG_DURATION, TIMEOUT_MS_MAX,
		"The longest a request may ask for." },
	{ NULL, "request id ahead", CONFIG_DURATION, REQUEST_ID_AHEAD_MS_MAX,
		"How far in the future its time may be (REQUEST_ID_IN_FUTURE)." },
	{ NULL, "page", CONFIG_COUNT, PP_PAGE_SIZE_MAX, "Items of one page of a list." },
	{ NULL, "page, bytes", CONFIG_BYTES, PP_PAGE_BYTES_MAX,
		"It ends then, with one item at least." },
	{ NULL, "page, records", CONFIG_COUNT, PP_PAGE_EXAMINED_MAX,
		"Looked at before it ends, so that no filter holds up others." },
	{ NULL, "page token", CONFIG_BYTES, PAGE_TOKEN_BYTES_MAX, "Of a list." },
	{ NULL, "findings", CONFIG_COUNT, PP_FINDINGS_MAX, "That a Verify run shows." },
	{ NULL, "redeem code", CONFIG_BYTES, REDEEM_CODE_BYTES_MAX, "As it is sent." },
	{ NULL, "access key", CONFIG_BYTES, ACCESS_KEY_BYTES_MAX, "In Hello." },
	{ NULL, "client name", CONFIG_BYTES, PP_CLIENT_NAME_BYTES_MAX, "In Hello." },

	{ "Of things", "name", CONFIG_BYTES, PP_NAME_BYTES_MAX,
		"Of a user, a business, a coupon." },
	{ NULL, "description", CONFIG_BYTES, PP_DESCRIPTION_BYTES_MAX, "Of a coupon." },
	{ NULL, "address", CONFIG_BYTES, PP_ADDRESS_BYTES_MAX, "Of a business." },
	{ NULL, "reason", CONFIG_BYTES, PP_REASON_BYTES_MAX, "Of a change, in words." },
	{ NULL, "reference", CONFIG_BYTES, PP_REFERENCE_BYTES_MAX, "Of a credit." },
	{ NULL, "owners", CONFIG_COUNT, PP_OWNERS_MAX, "Of one business." },
	{ NULL, "coupons", CONFIG_COUNT, PP_COUPONS_MAX, "Of one business." },
	{ NULL, "versions", CONFIG_COUNT, PP_VERSIONS_MAX, "Of one coupon." },
	{ NULL, "honour window", CONFIG_DURATION, PP_HONOUR_MS_MAX, "Of one version." },
	{ NULL, "commission", CONFIG_PERCENT, PP_COMMISSION_BP_MAX / 100, "Of a price." },
	{ NULL, "coins", CONFIG_COINS, PP_COINS_MAX, "Of any amount or balance: 2^53 - 1." },

	{ "Of the server", "batch", CONFIG_COUNT, STORE_BATCH_MAX,
		"Requests of one commit; `limits.batch` may be lower." },
	{ NULL, "batch, records", CONFIG_COUNT, OVERLAY_ENTRIES_MAX,
		"Below what LMDB holds without spilling pages." },
	{ NULL, "batch, bytes", CONFIG_BYTES, OVERLAY_BYTES_MAX, "Of all values it writes." },
	{ NULL, "expired ids", CONFIG_COUNT, PRUNE_MAX, "That one commit deletes." },
	{ NULL, "spare memory", CONFIG_BYTES, SERVICE_SPARE_BYTES_MAX,
		"That requests gave back, kept for the next ones." },
	{ NULL, "turn", CONFIG_COUNT, LOOP_TURN_FRAMES,
		"Requests of one connection, or half a millisecond of them, before others have "
		"their turn." },
	{ NULL, "accepts", CONFIG_COUNT, LISTENER_ACCEPT_MAX,
		"Connections taken in one go, before others have their turn." },
	{ NULL, "accept pause", CONFIG_DURATION, LISTENER_PAUSE_MS,
		"Until accepting is tried again when no descriptors are left." },
	{ NULL, "tick", CONFIG_DURATION, WHEEL_TICK_MS,
		"Timeouts of connections are exact to it." },
	{ NULL, "stop grace", CONFIG_DURATION, LOOP_STOP_GRACE_MS,
		"For requests already on their way, which are told SHUTTING_DOWN." },
	{ NULL, "stop linger", CONFIG_DURATION, LOOP_STOP_LINGER_MS,
		"Then for peers to close, when they have all their answers." },
	{ NULL, "retry, OVERLOADED", CONFIG_DURATION, RETRY_OVERLOADED_MS,
		"What `retry_after_ms` says." },
	{ NULL, "retry, STORAGE_FULL", CONFIG_DURATION, RETRY_STORAGE_FULL_MS, "The same." },
	{ NULL, "retry, VERIFY_BUSY", CONFIG_DURATION, RETRY_VERIFY_MS, "The same." },
	{ NULL, "retry, SHUTTING_DOWN", CONFIG_DURATION, RETRY_SHUTTING_DOWN_MS, "The same." },
	{ NULL, "clock jump", CONFIG_DURATION, CLOCK_JUMP_MS,
		"A larger difference to the wall clock is followed only when it is accepted." },
	{ NULL, "clock behind", CONFIG_DURATION, CLOCK_BEHIND_MS_MAX,
		"A start further behind the last commit is refused without `--force-clock`." },
	{ NULL, "clock ahead", CONFIG_DURATION, CLOCK_AHEAD_WARN_MS,
		"A start further after the last commit is logged." },
	{ NULL, "log line", CONFIG_BYTES, LOG_LINE_BYTES_MAX, "A longer one is cut." },
	{ NULL, "log lines", CONFIG_COUNT, LOG_LIMIT_LINES,
		"That clients can cause, of each thread, in each log window." },
	{ NULL, "log window", CONFIG_DURATION, LOG_LIMIT_WINDOW_MS, "See log lines." },
	{ NULL, "settings file", CONFIG_BYTES, CONFIG_FILE_BYTES_MAX, "A longer one is refused." },
};

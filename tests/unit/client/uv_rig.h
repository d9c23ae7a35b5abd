/* A client on an event loop, its fake server and its memory: what most tests of it begin with. */
#ifndef TESTS_UNIT_CLIENT_UV_RIG_H
#define TESTS_UNIT_CLIENT_UV_RIG_H

#include "fake_server.h"
#include "uv_seen.h"

enum { RIG_TIME_MS = 1000000 }; /* of the server's clock */

typedef void (*rig_act_fn)(struct fake_server *fake, size_t n, const struct pp_request *request,
	struct fake_action *out);

/* Each test is a process of its own, so there is one of each. */
extern struct fake_server rig_fake;
extern uv_loop_t rig_loop;

/* A client; its address, unless set, is that of the fake server. */
struct pp_uv_client *rig_open(struct pp_uv_options options);
/* Starts the fake server first. */
struct pp_uv_client *rig_start(rig_act_fn act, struct pp_uv_options options);
/* Closes the client, expects loop and memory to be empty, and stops the server. */
void rig_stop(struct pp_uv_client *client);
/* Calls CreateUser; the request is gone when it returns. */
void rig_ask(struct pp_uv_client *client, uint32_t timeout_ms, struct uv_seen *seen);
/* Until nothing is pending; an idle client does not keep the loop. */
void rig_run(struct pp_uv_client *client);

/* A server's accepted answer to CreateUser: user 42; and one that always gives it. */
void rig_accept(struct fake_action *out);
void rig_act_accept(struct fake_server *fake, size_t n, const struct pp_request *request,
	struct fake_action *out);
struct pp_request rig_create_user(void);
struct pp_status rig_refusal(enum pp_reason reason, bool not_executed, uint32_t retry_after_ms);

#endif

/* A libuv server that sends every frame back as it came: what a server of this shape can reach. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "bench/limits/probe.h"

enum { READ_BYTES = 64 * 1024 };

/* Whole frames go out; half a frame waits at the start of `bytes`. */
struct echo_peer {
	uv_tcp_t tcp;
	size_t len;
	uint8_t bytes[READ_BYTES];
};

struct echo_write {
	uv_write_t req;
	size_t len;
	uint8_t bytes[];
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_written(uv_write_t *req, int status)
{
	(void)status;
	free(req->data);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct echo_peer *peer = handle->data;

	(void)suggested;
	*buf = uv_buf_init((char *)peer->bytes + peer->len, (unsigned)(READ_BYTES - peer->len));
}

/* What the kernel does not take at once is queued. */
static void send_back(struct echo_peer *peer, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)peer->bytes, (unsigned)len);
	int n = uv_try_write((uv_stream_t *)&peer->tcp, &buf, 1);
	size_t sent = n > 0 ? (size_t)n : 0;

	if (sent == len || (n < 0 && n != UV_EAGAIN))
		return;
	struct echo_write *write = malloc(sizeof(*write) + len - sent);
	if (write == NULL)
		return;
	write->req.data = write;
	write->len = len - sent;
	memcpy(write->bytes, peer->bytes + sent, write->len);
	buf = uv_buf_init((char *)write->bytes, (unsigned)write->len);
	if (uv_write(&write->req, (uv_stream_t *)&peer->tcp, &buf, 1, on_written) != 0)
		free(write);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct echo_peer *peer = stream->data;
	size_t whole = 0;

	(void)buf;
	if (n < 0) {
		uv_close((uv_handle_t *)stream, on_closed);
		return;
	}
	peer->len += (size_t)n;
	/* Each header is looked at, as any server must. */
	while (peer->len - whole >= ECHO_FRAME_BYTES) {
		const uint8_t *at = peer->bytes + whole;
		uint32_t len = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			       (uint32_t)at[2] << 8 | at[3];
		if (len != ECHO_FRAME_BYTES - 4) {
			uv_close((uv_handle_t *)stream, on_closed);
			return;
		}
		whole += ECHO_FRAME_BYTES;
	}
	if (whole > 0)
		send_back(peer, whole);
	memmove(peer->bytes, peer->bytes + whole, peer->len - whole);
	peer->len -= whole;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct echo_peer *peer = status == 0 ? calloc(1, sizeof(*peer)) : NULL;

	if (peer == NULL)
		return;
	if (uv_tcp_init(listener->loop, &peer->tcp) != 0) {
		free(peer);
		return;
	}
	peer->tcp.data = peer;
	if (uv_accept(listener, (uv_stream_t *)&peer->tcp) != 0 ||
		uv_tcp_nodelay(&peer->tcp, 1) != 0 ||
		uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read) != 0)
		uv_close((uv_handle_t *)&peer->tcp, on_closed);
}

static int listen_on(uv_loop_t *loop, uv_tcp_t *listener, uint16_t port)
{
	struct sockaddr_in address;
	struct sockaddr_storage bound;
	int len = sizeof(bound);

	int err = uv_ip4_addr("127.0.0.1", port, &address);
	if (err == 0)
		err = uv_tcp_init(loop, listener);
	if (err == 0)
		err = uv_tcp_bind(listener, (const struct sockaddr *)&address, 0);
	if (err == 0)
		err = uv_listen((uv_stream_t *)listener, 1024, on_connection);
	if (err == 0)
		err = uv_tcp_getsockname(listener, (struct sockaddr *)&bound, &len);
	if (err != 0)
		return err;
	printf("what=echo-server port=%u\n", ntohs(((struct sockaddr_in *)&bound)->sin_port));
	fflush(stdout);
	return 0;
}

int limits_echo_server(const struct limits_options *options)
{
	uv_loop_t loop;
	uv_tcp_t listener;

	if (options->plain_epoll)
		return limits_echo_epoll(options);
	int err = uv_loop_init(&loop);
	if (err == 0)
		err = listen_on(&loop, &listener, options->port);
	if (err != 0)
		return limits_complain(
			"the echo server cannot listen", uv_strerror(err), "choose another --port");
	/* SIGTERM ends the process: there is nothing to keep. */
	uv_run(&loop, UV_RUN_DEFAULT);
	return 0;
}

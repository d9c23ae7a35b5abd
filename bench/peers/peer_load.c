/* Loads Redis or memcached in a closed loop, by the same draws, clock and counts as our bench. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/histogram.h"
#include "bench/draw.h"
#include "bench/peers/options.h"

enum { EXIT_CONNECT = 3, EXIT_BROKE = 4 };
enum { EVENTS_MAX = 64, IN_BYTES = 256 * 1024, SILENCE_MS = 30 * 1000, COUPON_ID_UNIT = 1000000 };

struct line {
	int fd;
	int64_t begun_ns[PEER_DEPTH_MAX]; /* a ring: answers come in the order of the requests */
	uint32_t oldest;
	uint32_t n_in_flight;
	size_t n_in; /* bytes of answers that are not whole yet */
	char in[IN_BYTES];
};

struct peer_load {
	struct peer_options options;
	int epoll_fd;
	struct line *lines;
	struct draw draw;
	struct draw ids; /* seeded by the system: no run repeats another's request ids */
	struct zipf popularity;
	int64_t from_ns;  /* measured from */
	int64_t until_ns; /* and no new request after */
	uint64_t n_sent;
	uint64_t n_in_flight;
	int64_t last_answer_ns;
	uint64_t n_accepted_in_all;
	uint64_t n_accepted;
	uint64_t n_refused;
	struct histogram_ns durations;
	char out[PEER_DEPTH_MAX * PEER_REQUEST_MAX];
};

static int64_t now_ns_of(clockid_t clock)
{
	struct timespec now;
	int err = clock_gettime(clock, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* As a UUIDv7: by time first, so that whoever keeps ids sorted appends. */
static void make_id(struct peer_load *load, uint8_t *out)
{
	uint64_t ms = (uint64_t)now_ns_of(CLOCK_REALTIME) / 1000000;
	uint64_t words[2] = { draw_u64(&load->ids), draw_u64(&load->ids) };

	memcpy(out, words, PEER_ID_BYTES);
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)(ms >> (40 - 8 * i));
	out[6] = (uint8_t)(0x70 | (out[6] & 0x0f));
	out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

static void draw_ask(struct peer_load *load, struct peer_ask *out)
{
	const struct peer_options *options = &load->options;
	uint64_t coupon = zipf_draw(&load->popularity, &load->draw);

	out->work = options->work;
	out->balance = options->work == PEER_READ && (draw_u64(&load->draw) >> 63) != 0;
	out->user_id = options->n_requests > 0 ? 1 + load->n_sent % options->n_users
					       : 1 + draw_below(&load->draw, options->n_users);
	out->business_id = 1 + coupon % options->n_businesses;
	out->coupon_id = out->business_id * COUPON_ID_UNIT + 1 + coupon / options->n_businesses;
	if (options->coupon_id != 0) {
		out->coupon_id = options->coupon_id;
		out->business_id = options->coupon_id / COUPON_ID_UNIT;
	}
	if (options->work == PEER_PURCHASE)
		make_id(load, out->request_id);
}

static bool may_send(const struct peer_load *load, int64_t now_ns)
{
	uint64_t n_requests = load->options.n_requests;

	return n_requests > 0 ? load->n_sent < n_requests : now_ns < load->until_ns;
}

/* A closed loop never has more under way than the socket's buffers hold: it may wait for room. */
static int send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -1;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Fills a connection, with one system call. */
static int fill(struct peer_load *load, struct line *line)
{
	int64_t now_ns = now_ns_of(CLOCK_MONOTONIC);
	uint32_t depth = load->options.depth;
	size_t len = 0;

	while (line->n_in_flight < depth && may_send(load, now_ns)) {
		struct peer_ask ask = { 0 };
		draw_ask(load, &ask);
		len += load->options.peer->write(&ask, load->options.script, load->out + len);
		line->begun_ns[(line->oldest + line->n_in_flight) % depth] = now_ns;
		line->n_in_flight++;
		load->n_in_flight++;
		load->n_sent++;
	}
	return send_all(line->fd, load->out, len);
}

static void take_answer(
	struct peer_load *load, struct line *line, enum peer_answer answer, int64_t now_ns)
{
	int64_t begun_ns = line->begun_ns[line->oldest];

	line->oldest = (line->oldest + 1) % load->options.depth;
	line->n_in_flight--;
	load->n_in_flight--;
	load->last_answer_ns = now_ns;
	load->n_accepted_in_all += answer == PEER_OK ? 1 : 0;
	if (load->options.n_requests == 0 && (now_ns < load->from_ns || now_ns >= load->until_ns))
		return;
	load->n_accepted += answer == PEER_OK ? 1 : 0;
	load->n_refused += answer == PEER_REFUSED ? 1 : 0;
	histogram_add(&load->durations.h, now_ns - begun_ns);
}

static int take_answers(struct peer_load *load, struct line *line)
{
	int64_t now_ns = now_ns_of(CLOCK_MONOTONIC);
	size_t at = 0;

	while (at < line->n_in) {
		size_t used = 0;
		enum peer_answer answer =
			load->options.peer->read(line->in + at, line->n_in - at, &used);
		if (answer == PEER_PARTIAL)
			break;
		if (answer == PEER_BROKEN || line->n_in_flight == 0) {
			fprintf(stderr, "peakpeeps-peer-load: not an answer: %.*s\n",
				(int)(line->n_in - at < 200 ? line->n_in - at : 200),
				line->in + at);
			return -1;
		}
		take_answer(load, line, answer, now_ns);
		at += used;
	}
	memmove(line->in, line->in + at, line->n_in - at);
	line->n_in -= at;
	return 0;
}

static int turn(struct peer_load *load, struct line *line)
{
	ssize_t n = recv(line->fd, line->in + line->n_in, IN_BYTES - line->n_in, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		fprintf(stderr, "peakpeeps-peer-load: the connection broke: %s\n",
			n == 0 ? "closed by the server" : strerror(errno));
		return -1;
	}
	line->n_in += (size_t)n;
	if (take_answers(load, line) != 0)
		return -1;
	return fill(load, line);
}

static int open_line(struct peer_load *load, struct line *line)
{
	const int on = 1;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(load->options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = line };

	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 || connect(line->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	if (setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		return -1;
	return epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, line->fd, &event);
}

static int open_all(struct peer_load *load)
{
	const struct peer_options *options = &load->options;
	uint64_t seed;

	histogram_ns_init(&load->durations);
	draw_init(&load->draw, options->seed);
	zipf_init(&load->popularity, options->n_coupons, options->theta);
	ssize_t n = getrandom(&seed, sizeof(seed), 0);
	ASSERT(n == (ssize_t)sizeof(seed));
	draw_init(&load->ids, seed);
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll_fd < 0)
		return -1;
	for (uint32_t i = 0; i < options->n_connections; i++) {
		if (open_line(load, &load->lines[i]) != 0)
			return -1;
	}
	return 0;
}

static int run(struct peer_load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int err = 0;

	for (uint32_t i = 0; i < load->options.n_connections && err == 0; i++)
		err = fill(load, &load->lines[i]);
	while (err == 0 && load->n_in_flight > 0) {
		int n = epoll_wait(load->epoll_fd, events, EVENTS_MAX, SILENCE_MS);
		if (n == 0)
			fprintf(stderr, "peakpeeps-peer-load: no answer for %d s\n",
				SILENCE_MS / 1000);
		err = n == 0 || (n < 0 && errno != EINTR) ? -1 : 0;
		for (int i = 0; i < n && err == 0; i++)
			err = turn(load, events[i].data.ptr);
	}
	return err;
}

static double percentile_us(const struct peer_load *load, double share)
{
	int64_t ns = histogram_percentile(&load->durations.h, share);

	return (double)(ns < load->durations.h.max ? ns : load->durations.h.max) / 1e3;
}

static void report(const struct peer_load *load, double seconds)
{
	const struct peer_options *options = &load->options;

	printf("{\"peer\": \"%s\", \"connections\": %u, \"depth\": %u, \"seconds\": %.6f,\n"
	       " \"requests\": {\"%s\": {\"accepted_in_all\": %llu, \"accepted\": %llu, "
	       "\"refused\": %llu,\n  \"per_second\": %.3f, \"max_us\": %.3f, \"p50_us\": %.3f, "
	       "\"p90_us\": %.3f, \"p99_us\": %.3f, \"p99.9_us\": %.3f}}}\n",
		options->peer->name, options->n_connections, options->depth, seconds,
		options->work_name, (unsigned long long)load->n_accepted_in_all,
		(unsigned long long)load->n_accepted, (unsigned long long)load->n_refused,
		(double)(load->n_accepted + load->n_refused) / seconds,
		(double)load->durations.h.max / 1e3, percentile_us(load, 0.5),
		percentile_us(load, 0.9), percentile_us(load, 0.99), percentile_us(load, 0.999));
}

int main(int argc, char **argv)
{
	struct peer_options options;
	int status = EXIT_CONNECT;

	if (!peer_options_parse(argc, argv, &options))
		return 2;
	struct peer_load *load = calloc(1, sizeof(*load));
	struct line *lines = calloc(options.n_connections, sizeof(*lines));
	if (load == NULL || lines == NULL) {
		fprintf(stderr, "peakpeeps-peer-load: out of memory\n");
		goto out;
	}
	load->options = options;
	load->lines = lines;
	if (open_all(load) != 0) {
		fprintf(stderr, "peakpeeps-peer-load: cannot connect to 127.0.0.1:%u: %s\n",
			options.port, strerror(errno));
		goto out;
	}
	int64_t began_ns = now_ns_of(CLOCK_MONOTONIC);
	load->from_ns = began_ns + options.warmup_ms * 1000000;
	load->until_ns = load->from_ns + options.duration_ms * 1000000;
	status = run(load) == 0 ? 0 : EXIT_BROKE;
	if (status == 0)
		report(load, options.n_requests > 0
				     ? (double)(load->last_answer_ns - began_ns) / 1e9
				     : (double)options.duration_ms / 1e3);
out:
	/* Descriptors end with the process. */
	free(lines);
	free(load);
	return status;
}

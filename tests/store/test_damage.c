/* Damage done to data.mdb behind the store's back is found, never served. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static const struct span one = { NULL, 1 };

static int open_data(const char *dir)
{
	char path[DIR_BYTES + 32];

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	int fd = open(path, O_RDWR);
	cr_assert_geq(fd, 0);
	return fd;
}

static off_t size_of_data(const char *dir)
{
	int fd = open_data(dir);
	struct stat info;

	cr_assert_eq(fstat(fd, &info), 0);
	close(fd);
	return info.st_size;
}

static void cut_data(const char *dir, off_t size)
{
	int fd = open_data(dir);

	cr_assert_eq(ftruncate(fd, size), 0);
	close(fd);
}

/* Finds every place of `needle` in data.mdb, lets `change` work on it, writes it back. */
static size_t change_data(
	const char *dir, const void *needle, size_t needle_len, void (*change)(uint8_t *at))
{
	int fd = open_data(dir);
	off_t size = size_of_data(dir);
	uint8_t *data = malloc((size_t)size);
	size_t n_found = 0;

	cr_assert_not_null(data);
	cr_assert_eq(pread(fd, data, (size_t)size, 0), size);
	uint8_t *at = data;
	while ((at = memmem(at, (size_t)(data + size - at), needle, needle_len)) != NULL) {
		change(at);
		at += needle_len;
		n_found++;
	}
	cr_assert_eq(pwrite(fd, data, (size_t)size, 0), size);
	free(data);
	close(fd);
	return n_found;
}

static int open_error(const struct store_options *options, char *message)
{
	struct store *store = NULL;
	int err = store_open(options, &store, message);

	if (err == 0)
		store_close(store);
	return err;
}

static void flip_a_bit(uint8_t *at)
{
	at[3] ^= 0x10;
}

/* Opens a store of which the record ('A', 7) is damaged. */
static struct store *open_damaged(const struct store_options *options, const char *dir)
{
	struct store *store = test_open(options);

	for (uint64_t i = 0; i < 20; i++)
		test_put(store, key_of('A', i), i == 7 ? "needle in the hay" : "hay", 1);
	store_close(store);
	cr_assert_geq(change_data(dir, "needle in the hay", 17, flip_a_bit), 1);
	return test_open(options);
}

Test(damage, flipped_bit_in_a_value_is_found_by_readers)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store *store = open_damaged(&options, dir);
	struct test_request request = { 0 };
	struct test_reply reply = { 0 };
	struct store_op op = { .request = &request, .reply = &reply };
	struct store_reader *reader;
	struct store_snapshot *snapshot;
	struct key key = { 0 };
	struct span value;
	bool present;
	size_t n = 0;
	size_t n_damaged = 0;
	int err;

	add_item(&request, ITEM_GET, key_of('A', 7), one);
	cr_assert_eq(store_reader_open(store, &reader), 0);
	cr_assert_eq(store_reader_begin(reader), 0);
	store_read(reader, &op, 1);
	cr_assert_eq(op.result, PP_ERR_CORRUPT);
	request.items[0].key = key_of('A', 8);
	store_read(reader, &op, 1);
	cr_assert_eq(op.result, 0);
	store_reader_close(reader);
	/* A walk names it and goes on behind it. */
	cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
	while ((err = store_snapshot_next(snapshot, &key, n > 0, &key, &value)) !=
		PP_ERR_NOT_FOUND) {
		cr_assert(err == 0 || (err == PP_ERR_CORRUPT && n == 7));
		n_damaged += err != 0;
		n++;
	}
	cr_assert(n == 20 && n_damaged == 1);
	key = key_of('A', 7);
	cr_assert_eq(store_snapshot_get(snapshot, &key, &present, &value), PP_ERR_CORRUPT);
	store_snapshot_close(snapshot);
	store_close(store);
	test_remove(dir);
}

Test(damage, flipped_bit_in_a_value_stops_the_writer)
{
	static const enum item_do rows[] = { ITEM_ADD, ITEM_PUT };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(STORE_LMDB, dir);
		struct store *store = open_damaged(&options, dir);
		struct test_request request = { 0 };
		struct test_reply reply = { 0 };
		struct store_op op = { .request = &request, .reply = &reply };
		struct store_op *list[] = { &op };
		size_t n_taken;
		add_item(&request, rows[i], key_of('A', 7), one);
		request.items[0].value = i == 0 ? one : span_of_text("a new value");
		/* Also unread: what is overwritten goes out of the totals. */
		cr_assert_eq(store_execute(store, list, 1, 1, &n_taken), PP_ERR_CORRUPT);
		store_close(store);
		test_remove(dir);
	}
}

Test(damage, value_under_another_key_is_found)
{
	struct key a = key_of('A', 1);
	struct key b = key_of('A', 2);
	struct span value = span_of_text("same");

	cr_assert_neq(store_record_checksum(&a, value), store_record_checksum(&b, value));
	/* The border between key and value counts too. */
	struct key shorter = { .len = 1, .bytes = { 'k' } };
	struct key longer = { .len = 2, .bytes = { 'k', 'v' } };
	cr_assert_neq(store_record_checksum(&shorter, span_of_text("v")),
		store_record_checksum(&longer, span_of_text("")));
}

/* What lies at the end of the file depends on what was written last. */
struct layout {
	size_t n_small_first;
	bool rewrite; /* half of the records, behind the rest; what follows fits into the gap */
	size_t big;   /* a value of so many pages */
	size_t n_small_last;
};

static const struct layout layouts[] = {
	{ 0, false, 0, 0 }, /* the newest meta page is the first or the second */
	{ 1, false, 0, 0 }, { 10, false, 0, 10 }, /* LMDB's tree of free pages */
	{ 0, true, 0, 10 },                       /* leaves */
	{ 0, true, 15, 10 },                      /* the pages of one value */
};

static void write_layout(const struct store_options *options, const struct layout *layout)
{
	struct store *store = test_open(options);
	static struct test_request requests[40];
	static struct test_reply replies[40];
	struct test_request big = { 0 };

	memset(requests, 0, sizeof(requests));
	for (uint64_t i = 0; i < 400; i++) {
		struct span fill = { (const uint8_t *)"f", i % 50 == 0 ? 9000 : 500 };
		add_item(&requests[i / 10], ITEM_FILL, key_of('F', i), fill);
	}
	for (uint64_t i = 0; i < layout->n_small_first; i++)
		test_put(store, key_of('A', i), "small", 1);
	test_execute(store, requests, replies, 40, 1);
	if (layout->rewrite)
		test_execute(store, requests, replies, 20, 1);
	if (layout->big > 0) {
		struct span fill = { (const uint8_t *)"b", layout->big * 4096 };
		add_item(&big, ITEM_FILL, key_of('B', 1), fill);
		test_execute(store, &big, replies, 1, 1);
	}
	for (uint64_t i = 0; i < layout->n_small_last; i++)
		test_put(store, key_of('A', i), "small", 1);
	store_close(store);
}

/* Whether a store whose file was cut opens; if so it is whole, if not it is left as it is. */
static bool opens_whole(
	const struct store_options *options, off_t size, uint64_t digest, uint64_t n_records)
{
	char message[STORE_MESSAGE_BYTES];
	struct store *store;
	uint64_t n;

	cut_data(options->path, size);
	int err = store_open(options, &store, message);
	if (err == 0) {
		cr_assert_eq(test_walk(store, &n), digest);
		cr_assert_eq(n, n_records);
		/* The writer, who needs the tree of free pages, can go on: what is there again. */
		struct test_request request = { 0 };
		struct test_reply reply;
		add_item(&request, ITEM_FILL, key_of('F', 1),
			(struct span) { (const uint8_t *)"f", 500 });
		test_execute(store, &request, &reply, 1, 1);
		store_close(store);
		return true;
	}
	cr_assert_eq(err, PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(message, "too early"), "%s", message);
	cr_assert_eq(size_of_data(options->path), size);
	return false;
}

Test(damage, cut_file_is_refused_and_left_as_it_is)
{
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(STORE_LMDB, dir);
		uint64_t n_records;
		size_t n_refused = 0;

		write_layout(&options, &layouts[i]);
		struct store *store = test_open(&options);
		uint64_t digest = test_walk(store, &n_records);
		store_close(store);
		/* From the end to the front: what is cut off is gone. */
		off_t whole = size_of_data(dir);
		for (off_t size = whole - 4096; size >= 8192; size -= 4096)
			n_refused += !opens_whole(&options, size, digest, n_records);
		cr_assert_gt(n_refused, (size_t)whole / 4096 / 2);
		test_remove(dir);
	}
}

static void oldest_kept(int64_t now_ms, const void *settings, struct key *out)
{
	(void)settings;
	*out = key_of(EXPIRING_TABLE, (uint64_t)now_ms);
}

/* LMDB itself may leave out free pages at the end of the file. */
Test(damage, file_that_only_lacks_free_pages_is_opened)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct span fill = { (const uint8_t *)"f", 3000 };
	uint64_t n_before;
	uint64_t n_after;

	options.oldest_kept = oldest_kept;
	struct store *store = test_open(&options);
	test_put(store, key_of('A', 1), "stays", 1);
	for (uint64_t i = 0; i < 20; i++) {
		struct test_request request = { 0 };
		struct test_reply reply;
		for (uint64_t j = 0; j < 20; j++)
			add_item(&request, ITEM_FILL, key_of(EXPIRING_TABLE, 20 * i + j + 2), fill);
		test_execute(store, &request, &reply, 1, 1);
	}
	for (int64_t i = 0; i < 20; i++)
		test_put(store, key_of('A', 1), "stays", 1000);
	uint64_t digest = test_walk(store, &n_before);
	cr_assert_eq(n_before, 1);
	store_close(store);
	off_t whole = size_of_data(dir);
	cut_data(dir, whole - 3 * 4096);
	store = test_open(&options);
	cr_assert_eq(test_walk(store, &n_after), digest);
	cr_assert_eq(n_after, n_before);
	test_put(store, key_of('A', 1), "goes on", 1000);
	store_close(store);
	cr_assert_eq(open_error(&options, message), 0);
	test_remove(dir);
}

/* The identity record: magic, format, and at its end the Unicode version and the seal. */
enum { IDENTITY_BYTES = 16 + 4 + 16 + 8 + 8 + 32 + 2 + 6 };

static void raise_format(uint8_t *at)
{
	const struct key key = { .len = 2, .bytes = { 0, 'I' } };
	struct byte_writer writer;

	at[16 + 3]++;
	byte_writer_init(&writer, at + IDENTITY_BYTES, 8);
	write_u64(&writer, store_record_checksum(&key, (struct span) { at, IDENTITY_BYTES }));
}

static void break_identity(uint8_t *at)
{
	at[30] ^= 1;
}

Test(damage, another_format_or_a_broken_identity_is_refused)
{
	static const struct {
		void (*change)(uint8_t *at);
		int err;
		const char *text;
	} rows[] = {
		{ raise_format, PP_ERR_FORMAT, "format 2" },
		{ break_identity, PP_ERR_CORRUPT, "damaged" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char dir[DIR_BYTES];
		char message[STORE_MESSAGE_BYTES];
		struct store_options options = test_options(STORE_LMDB, dir);
		store_close(test_open(&options));
		cr_assert_geq(change_data(dir, "PeakPeeps store\0", 16, rows[i].change), 1);
		cr_assert_eq(open_error(&options, message), rows[i].err);
		cr_assert_not_null(strstr(message, rows[i].text), "%s", message);
		test_remove(dir);
	}
}

/* The text of an address. */
#include <criterion/criterion.h>

#include <string.h>

#include "client/address.h"

Test(address, takes_every_form_apart)
{
	static const struct row {
		const char *text;
		const char *host;
		const char *port;
		const char *path;
		const char *whole;
	} rows[] = {
		{ NULL, "127.0.0.1", "7337", "", "127.0.0.1:7337" },
		{ "example.org", "example.org", "7337", "", "example.org:7337" },
		{ "example.org:1", "example.org", "1", "", "example.org:1" },
		{ "127.0.0.1:65535", "127.0.0.1", "65535", "", "127.0.0.1:65535" },
		{ "[::1]", "::1", "7337", "", "[::1]:7337" },
		{ "[::1]:80", "::1", "80", "", "[::1]:80" },
		{ "::1", "::1", "7337", "", "[::1]:7337" },
		{ "unix:/run/p.sock", "", "7337", "/run/p.sock", "unix:/run/p.sock" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address address;
		const char *why;

		cr_expect_eq(address_parse(rows[i].text, &address, &why), 0, "row %zu", i);
		cr_expect_str_eq(address.host, rows[i].host, "row %zu", i);
		cr_expect_str_eq(address.port, rows[i].port, "row %zu", i);
		cr_expect_str_eq(address.path, rows[i].path, "row %zu", i);
		cr_expect_str_eq(address.text, rows[i].whole, "row %zu", i);
		cr_expect_eq(address.local, rows[i].path[0] != '\0', "row %zu", i);
	}
}

Test(address, refuses_what_is_none)
{
	char long_host[300];
	char long_path[120];
	const char *rows[] = { "", ":7337", "host:", "host:0", "host:65536", "host:000080",
		"host:-1", "host:7a", "host: 7", "[::1", "[::1]x", "[]:1", "[::1]:", "http://host",
		"http://host:80", "unix:", long_host, long_path };

	memset(long_host, 'h', sizeof(long_host) - 1);
	long_host[sizeof(long_host) - 1] = '\0';
	memset(long_path, 'p', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	memcpy(long_path, "unix:", 5);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address address;
		const char *why = NULL;

		cr_expect_eq(address_parse(rows[i], &address, &why), PP_ERR_INVALID, "row %zu", i);
		cr_expect_not_null(why, "row %zu", i);
	}
}

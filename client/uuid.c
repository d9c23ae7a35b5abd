/* UUIDv7 (RFC 9562, section 5.7) and the text form of any UUID. */
#include "peakpeeps/core.h"

#include <string.h>

void pp_uuid_make(int64_t time_ms, const uint8_t random[10], struct pp_uuid *out)
{
	uint64_t time = time_ms < 0 ? 0 : (uint64_t)time_ms;

	for (int i = 0; i < 6; i++)
		out->bytes[i] = (uint8_t)(time >> (8 * (5 - i)));
	memcpy(out->bytes + 6, random, 10);
	out->bytes[6] = (uint8_t)(0x70 | (out->bytes[6] & 0x0f));
	out->bytes[8] = (uint8_t)(0x80 | (out->bytes[8] & 0x3f));
}

/* A hyphen stands before bytes 4, 6, 8 and 10. */
static bool hyphen_before(int i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void pp_uuid_format(const struct pp_uuid *uuid, char out[37])
{
	static const char digits[] = "0123456789abcdef";
	char *at = out;

	for (int i = 0; i < 16; i++) {
		if (hyphen_before(i))
			*at++ = '-';
		*at++ = digits[uuid->bytes[i] >> 4];
		*at++ = digits[uuid->bytes[i] & 0x0f];
	}
	*at = '\0';
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool pp_uuid_parse(const char *text, struct pp_uuid *out)
{
	struct pp_uuid uuid;
	const char *at = text;

	for (int i = 0; i < 16; i++) {
		if (hyphen_before(i) && *at++ != '-')
			return false;
		int high = digit_value(at[0]);
		int low = high < 0 ? -1 : digit_value(at[1]);
		if (low < 0)
			return false;
		uuid.bytes[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	if (*at != '\0')
		return false;
	*out = uuid;
	return true;
}

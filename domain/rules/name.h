/* Names of users, businesses and coupons: what they may be, and when two are the same. */
#ifndef DOMAIN_RULES_NAME_H
#define DOMAIN_RULES_NAME_H

#include "domain/rules/record.h"

struct name {
	char text[PP_NAME_BYTES_MAX + 1]; /* trimmed, NFC: what is stored */
	struct name_hash hash;            /* of its folded form: equal names have equal hashes */
};

enum name_fault {
	NAME_OK,
	NAME_EMPTY,    /* nothing but white space */
	NAME_TOO_LONG, /* over PP_NAME_BYTES_MAX once trimmed and composed */
	NAME_NOT_UTF8,
	NAME_CONTROL,      /* a control character or a line break */
	NAME_BIDI_CONTROL, /* changes the direction of what follows */
	NAME_INVISIBLE,    /* default-ignorable: nobody could tell the names apart */
	NAME_UNASSIGNED,   /* not a character of this Unicode version */
};

/*
 * Trims white space, composes to NFC, checks every code point and hashes the case-folded form
 * (BLAKE2b-128). *out is set on NAME_OK; *code_point (0 when there is none) otherwise.
 */
enum name_fault name_parse(const char *text, struct name *out, uint32_t *code_point) MUST_CHECK;
/* The hash of a name that is stored. False when the rules would store it otherwise: damage. */
bool name_hash(const char *stored, struct name_hash *out) MUST_CHECK;
/* What is wrong and what is allowed, for people. Static storage. */
const char *name_fault_text(enum name_fault fault);
/* BLAKE2b-128 of any bytes, as for references. */
void name_hash_bytes(const void *bytes, size_t len, struct name_hash *out);
/* The Unicode version these rules follow, as in "14.0.0". Static storage. */
const char *name_unicode_version(void);

#endif

/* Histograms in HdrHistogram's V2 formats: as bytes, and as the text its tools and logs read. */
#ifndef BENCH_HDR_V2_H
#define BENCH_HDR_V2_H

#include "base/histogram.h"

/*
 * The format is that of HdrHistogram 2.1's AbstractHistogram.encodeIntoByteBuffer: a header of
 * HDR_V2_HEADER_BYTES, then the counts from the first to that of the largest value, each in ZigZag
 * LEB128 of at most 9 bytes; a run of two or more empty counts is its negated length.
 */
enum {
	HDR_V2_HEADER_BYTES = 40,
	HDR_V2_COUNT_BYTES_MAX = 9,
};

/* As many bytes as hdr_v2_encode may need. */
size_t hdr_v2_bound(const struct histogram *histogram);
/* Returns the length; `buf` has hdr_v2_bound bytes. */
size_t hdr_v2_encode(const struct histogram *histogram, uint8_t *buf);
/*
 * The compressed form in base64, "HISTFAAAA...", as HdrHistogram's interval logs have it. Owned by
 * the caller, to be freed; NULL: out of memory.
 */
char *hdr_v2_text(const struct histogram *histogram) MUST_CHECK;

/*
 * The histogram of such a text, which may come from anywhere. Its least and largest value are those
 * of their counts. *out is to be given to free(). PP_ERR_MALFORMED; PP_ERR_TOO_BIG: more than
 * HDR_V2_COUNTS_MAX counts, or than a uint64 adds up; PP_ERR_NO_MEMORY.
 */
enum { HDR_V2_COUNTS_MAX = 1 << 18 };
int hdr_v2_parse(const char *text, struct histogram **out) MUST_CHECK;

#endif

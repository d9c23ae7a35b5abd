/* The report's page as files of bench/report/, cut where its data goes: embed.py writes it. */
#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

/* What stands before the title, before the result, before the curves, and at the end. */
enum { REPORT_PAGE_PARTS = 4 };
extern const char *const report_page_parts[REPORT_PAGE_PARTS];

#endif

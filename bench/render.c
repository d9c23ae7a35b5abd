#include "bench/render.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "bench/report_files.h"

enum { RENDER_FINE = 0, RENDER_USAGE = 2, RENDER_FILE = 4 };

enum { OUTPUT_REPORT, OUTPUT_CSV, OUTPUT_HDR, N_OUTPUTS };

static const char usage[] =
	"usage: peakpeeps-bench render [options] RESULT.json\n"
	"\n"
	"Writes what --report, --csv and --hdr write, of a result that --json printed before.\n"
	"\n"
	"  --report FILE   one HTML page\n"
	"  --csv FILE      a row for each second; beside it FILE's name with .percentiles\n"
	"  --hdr FILE      HdrHistogram's interval log\n"
	"  --help\n"
	"\n"
	"\"-\" is standard input, or output.\n"
	"exit: 0 ok, 2 usage, 4 a file cannot be read or written\n";

static const struct option long_options[] = {
	{ "report", required_argument, NULL, OUTPUT_REPORT },
	{ "csv", required_argument, NULL, OUTPUT_CSV },
	{ "hdr", required_argument, NULL, OUTPUT_HDR },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int (*const writers[N_OUTPUTS])(const json_t *, const char *) = {
	[OUTPUT_REPORT] = report_write_html,
	[OUTPUT_CSV] = report_write_csv,
	[OUTPUT_HDR] = report_write_hdr,
};

static int render_file(const char *from, const char *const outputs[N_OUTPUTS])
{
	json_error_t wrong;
	json_t *result = strcmp(from, "-") == 0 ? json_loadf(stdin, 0, &wrong)
						: json_load_file(from, 0, &wrong);
	int status = RENDER_FINE;

	if (result == NULL) {
		fprintf(stderr, "peakpeeps-bench: %s: %s\n", from, wrong.text);
		return RENDER_FILE;
	}
	for (size_t i = 0; i < N_OUTPUTS && status == RENDER_FINE; i++) {
		int err = outputs[i] != NULL ? writers[i](result, outputs[i]) : 0;
		if (err == 0)
			continue;
		bool is_input = err == PP_ERR_MALFORMED;
		fprintf(stderr, "peakpeeps-bench: %s: %s\n", is_input ? from : outputs[i],
			is_input           ? "this is no result of peakpeeps-bench --json"
			: err == PP_ERR_IO ? strerror(errno)
					   : pp_strerror(err));
		status = RENDER_FILE;
	}
	json_decref(result);
	return status;
}

int render_main(int argc, char **argv)
{
	const char *outputs[N_OUTPUTS] = { NULL };
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return RENDER_FINE;
		}
		if (option < 0 || option >= N_OUTPUTS)
			return RENDER_USAGE;
		outputs[option] = optarg;
	}
	bool any = outputs[OUTPUT_REPORT] != NULL || outputs[OUTPUT_CSV] != NULL ||
		   outputs[OUTPUT_HDR] != NULL;
	if (optind + 1 != argc || !any) {
		fputs("peakpeeps-bench: render takes one result, and at least one of --report, "
		      "--csv and --hdr; see render --help\n",
			stderr);
		return RENDER_USAGE;
	}
	return render_file(argv[optind], outputs);
}

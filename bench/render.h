/* peakpeeps-bench render: a page, tables and a log of a result that was kept as JSON. */
#ifndef BENCH_RENDER_H
#define BENCH_RENDER_H

/* argv[0] is "render". Returns the exit status: 0, 2 wrong usage, 4 a file. */
int render_main(int argc, char **argv);

#endif

/* Operating errors: negative numbers, one enum for the whole project. */
#ifndef PEAKPEEPS_ERR_H
#define PEAKPEEPS_ERR_H

/* What the shared library exports; callable from C++ as well. */
#ifdef __cplusplus
#define PP_API extern "C" __attribute__((visibility("default")))
#else
#define PP_API __attribute__((visibility("default")))
#endif
#define PP_CHECK __attribute__((warn_unused_result))

/*
 * An operating error is something that happens to a correct program (a full disk, a lost link). It
 * is returned as a negative int; 0 is success. A refusal by the server is not an error: see struct
 * pp_status. Foreign codes (errno, MDB_*, UV_*) are translated in the file that called.
 */
enum pp_err {
	PP_OK = 0,
	PP_ERR_NO_MEMORY = -1,     /* an allocation or a bounded arena gave out */
	PP_ERR_TOO_BIG = -2,       /* over a named limit */
	PP_ERR_MALFORMED = -3,     /* bytes that are not what they should be */
	PP_ERR_INVALID = -4,       /* an argument or a setting that makes no sense */
	PP_ERR_IO = -5,            /* the disk or a descriptor failed */
	PP_ERR_STORAGE_FULL = -6,  /* disk or map full; nothing was changed */
	PP_ERR_CORRUPT = -7,       /* a record, page or file is damaged */
	PP_ERR_LOCKED = -8,        /* another process holds the store */
	PP_ERR_FORMAT = -9,        /* a store of another format or Unicode version */
	PP_ERR_CLOCK = -10,        /* the wall clock is behind the last commit */
	PP_ERR_NOT_FOUND = -11,    /* no such file, store or address */
	PP_ERR_CONNECT = -12,      /* no connection, or the server is not PeakPeeps */
	PP_ERR_DISCONNECTED = -13, /* the link broke */
	PP_ERR_TIMEOUT = -14,      /* a deadline passed */
	PP_ERR_BUSY = -15,         /* a bounded queue or pool is full; try again */
	PP_ERR_CLOSED = -16,       /* the object is being closed */
	PP_ERR_TOO_OLD = -17,      /* a snapshot was given up to bound the store's growth */
	PP_ERR_PERMISSION = -18,   /* the operating system does not allow it */
};

/* A short English name for an error, as in "disk or map full". Static storage; any thread. */
PP_API const char *pp_strerror(int err);

#endif

/* The things of PeakPeeps and its requests as plain structs, shared by server and client. */
#ifndef PEAKPEEPS_TYPES_H
#define PEAKPEEPS_TYPES_H

#include <peakpeeps/envelope.h>
#include <peakpeeps/things.h>

#endif

#pragma once
// What Glibc's own Swift module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>

// Glibc shows POLLRDHUP only where _GNU_SOURCE is defined.
enum { COINLINE_POLLRDHUP = 0x2000 };

// Names the calling thread for debuggers and `top -H`; at most 15 bytes are kept.
static inline void coinline_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

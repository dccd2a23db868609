#pragma once
#include <zlib.h>
// deflateInit2 and inflateInit2 are macros. 15 is the largest window; + 16 asks for the gzip wrapper.
static inline int coinline_deflate_gzip_init(z_stream *s, int level) {
    return deflateInit2(s, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int coinline_inflate_gzip_init(z_stream *s) {
    return inflateInit2(s, 15 + 16);
}

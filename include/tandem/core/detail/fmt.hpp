#pragma once

// fmt in header-only mode, so that `-I include` is all a program needs to build. A program that
// links fmt's library and has included fmt before us keeps its own choice.
#if !defined(FMT_HEADER_ONLY) && !defined(FMT_VERSION)
#define FMT_HEADER_ONLY 1
#endif
#include <fmt/core.h>

#pragma once

// A futex is four functions, of which a platform brings its own:
//
//   futex_wait(word, expected)         sleeps while the word is `expected`; may return early
//   futex_wait_until(…, deadline)      the same; false once the deadline has passed
//   futex_wake_one(word)               wakes one sleeper; false if there may have been none
//   futex_wake_all(word)               wakes all sleepers
//
// None of them orders memory: whoever wakes up reads the word again, and that load does.

#if defined(__linux__) && !defined(TANDEM_PORTABLE_WAIT)
#include "tandem/core/detail/futex_linux.hpp"
#else
#include "tandem/core/detail/futex_portable.hpp"
#endif

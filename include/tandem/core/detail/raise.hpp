#pragma once

// Panics with a fixed text, for headers that must not pay for fmt, or that have to compile where
// there is neither a string nor an exception.

#include <source_location>

#if __STDC_HOSTED__
#include "tandem/core/detail/panic_type.hpp"
#else

namespace tandem::detail {

/// On bare metal the port says what happens to a program that cannot go on; it does not return.
[[noreturn]] void port_panic(char const* message, std::source_location const& location) noexcept;

[[noreturn, gnu::cold]] inline void raise(
    char const* message, std::source_location location = std::source_location::current()) {
    port_panic(message, location);
}

}  // namespace tandem::detail

#endif

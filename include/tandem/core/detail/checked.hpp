#pragma once

// Where it is decided whether this is a checked build: one that looks for mistakes as the program
// runs. It is, unless NDEBUG is defined; -DTANDEM_CHECKED=1 or =0 decides otherwise. On bare metal
// there is nobody to report to.
//
// What a checked build makes larger, or lets do more, stands in the inline namespace `checked`,
// its twin in `unchecked`: two files built differently do not link if one gives such a thing to the
// other. A public header needs no #if for that. What a detail header has declared in its inline
// namespace, the public header defines by the name of the namespace around it:
//
//     namespace tandem::sync { inline namespace TANDEM_BUILD { template <class T> class Mutex; } }
//
//     namespace tandem { template <class T> class sync::Mutex { … }; }

#include <source_location>
#include <type_traits>

#if !__STDC_HOSTED__
#undef TANDEM_CHECKED
#define TANDEM_CHECKED 0
#elif !defined(TANDEM_CHECKED)
#if defined(NDEBUG)
#define TANDEM_CHECKED 0
#else
#define TANDEM_CHECKED 1
#endif
#endif

#if TANDEM_CHECKED
#define TANDEM_BUILD checked
#else
#define TANDEM_BUILD unchecked
#endif

namespace tandem::detail {

inline constexpr bool checked_build = TANDEM_CHECKED;

/// What an unchecked build knows of a place in the source: nothing, and it costs as much.
struct Nowhere {
    static consteval Nowhere current() noexcept { return {}; }

    constexpr Nowhere() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): it stands in for a std::source_location
    constexpr Nowhere(std::source_location const&) noexcept {}
};

/// Where the caller stands, as a last parameter: `CallSite where = CallSite::current()`
using CallSite = std::conditional_t<checked_build, std::source_location, Nowhere>;

}  // namespace tandem::detail

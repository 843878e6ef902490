#pragma once

#include <exception>
#include <source_location>
#include <string>

#include "tandem/core/detail/panic_type.hpp"

namespace tandem::detail {

/// What an exception says of itself.
[[nodiscard]] inline std::string exception_text(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (std::exception const& known) { return known.what(); } catch (std::string const& text) {
        return text;
    } catch (char const* text) { return text; } catch (...) {
        return "an exception that is not a std::exception";
    }
}

/// Where a Panic was thrown; for other exceptions nobody knows.
[[nodiscard]] inline std::source_location exception_location(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (Panic const& panic) { return panic.location(); } catch (...) {
        return {};
    }
}

/// "text (file:line)", for a report; unwrap's text has the place in it already.
[[nodiscard]] inline std::string text_with_place(std::exception_ptr const& exception) {
    std::string text = exception_text(exception);
    std::source_location const location = exception_location(exception);
    if (location.line() == 0) {
        return text;
    }
    std::string const where = "(" + place(location) + ")";
    return text.ends_with(where) ? text : text + " " + where;
}

}  // namespace tandem::detail

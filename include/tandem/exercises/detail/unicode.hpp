#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "tandem/exercises/detail/unicode_tables.hpp"
#include "tandem/exercises/detail/utf8.hpp"

namespace tandem::exercises::detail {

/// Where in a sorted table the entry stands whose `first` to `last` holds `c`; n if there is none.
template <class Entry, std::size_t n>
constexpr std::size_t find_range(Entry const (&table)[n], char32_t c) noexcept {
    std::size_t low = 0;
    std::size_t high = n;
    while (low != high) {
        auto const middle = low + (high - low) / 2;
        if (c > table[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low != n && c >= table[low].first ? low : n;
}

/// True if one of the ranges in `table` holds `c`.
template <std::size_t n>
constexpr bool is_in(unicode::CharRange const (&table)[n], char32_t c) noexcept {
    return find_range(table, c) != n;
}

/// True for the 25 characters with the property White_Space.
///
/// Rust: char::is_whitespace
/// C++:  std::isspace knows six of them; U+00A0 (no-break space) and U+3000 (Chinese) are here too
constexpr bool is_white_space(char32_t c) noexcept { return is_in(unicode::white_space, c); }

inline constexpr char32_t capital_sigma = U'\u03A3';       // Σ: σ, or ς at the end of a word
inline constexpr char32_t capital_i_with_dot = U'\u0130';  // İ: the only one to become two

constexpr char32_t shifted(char32_t c, std::int32_t delta) noexcept {
    return static_cast<char32_t>(static_cast<std::int32_t>(c) + delta);
}

/// How far away the lowercase is of what one and two bytes of UTF-8 hold, from Latin to Arabic:
/// found by one look.
consteval std::array<std::int16_t, 0x800> make_short_shifts() {
    std::array<std::int16_t, 0x800> shifts{};
    for (auto const& [first, last, step, delta] : unicode::lowercase_shifts) {
        if (first >= shifts.size()) {
            break;
        }
        for (char32_t c = first; c <= last; c += step) {
            shifts[c] = static_cast<std::int16_t>(delta);
        }
    }
    return shifts;
}

inline constexpr std::array<std::int16_t, 0x800> short_shifts = make_short_shifts();

/// The lowercase of `c` where that is one character: for all but U+0130 (İ) and a final Σ.
constexpr char32_t lowercase_alone(char32_t c) noexcept {
    if (c < short_shifts.size()) {
        return shifted(c, short_shifts[c]);
    }
    auto const found = find_range(unicode::lowercase_shifts, c);
    if (found == std::size(unicode::lowercase_shifts)) {
        return c;
    }
    auto const& [first, last, step, delta] = unicode::lowercase_shifts[found];
    return (c - first) % step == 0 ? shifted(c, delta) : c;
}

/// The first character on the way that is not case-ignorable: is it a cased letter?
///
/// `next` takes one character off its text, at the end we look from.
template <class Next>
constexpr bool case_ignorable_then_cased(std::string_view text, Next next) noexcept {
    while (!text.empty()) {
        char32_t const c = next(text);
        if (!is_in(unicode::case_ignorable, c)) {
            return is_in(unicode::cased, c);
        }
    }
    return false;
}

/// True where a Σ between these two ends a word of letters, so that its lowercase is ς.
///
/// Σ itself is a cased letter, so looking from one never passes the next: a text full of them, or
/// of case-ignorable characters between them, still takes linear time.
constexpr bool is_final_sigma(std::string_view before, std::string_view after) noexcept {
    auto const take_back = [](std::string_view& text) {
        auto const c = decode_utf8_back(text);
        text.remove_suffix(c.size);
        return c.value;
    };
    auto const take_front = [](std::string_view& text) {
        auto const c = decode_utf8(text);
        text.remove_prefix(c.size);
        return c.value;
    };
    return case_ignorable_then_cased(before, take_back) &&
           !case_ignorable_then_cased(after, take_front);
}

/// Appends the lowercase of the character at `text[at]`, which is `c` and changes.
inline void append_lowered(std::string& out, std::string_view text, std::size_t at, DecodedChar c) {
    if (c.value == capital_sigma) {
        out += is_final_sigma(text.substr(0, at), text.substr(at + c.size)) ? "ς" : "σ";
    } else if (c.value == capital_i_with_dot) {
        out += "i\u0307";  // i and a combining dot
    } else {
        out += encode_utf8(lowercase_alone(c.value)).view();
    }
}

/// Appends the lowercase of `text` to `out`. Bytes that are not UTF-8 stay as they are.
///
/// Rust: str::to_lowercase, to the letter
/// C++:  std::tolower knows one byte at a time, and asks the locale
inline void append_lowercase(std::string& out, std::string_view text) {
    std::size_t copied = 0;  // what is before `at` and not yet copied stays as it is
    for (std::size_t at = 0; at < text.size();) {
        auto const c = decode_utf8(text.substr(at));
        if (lowercase_alone(c.value) != c.value || c.value == capital_i_with_dot) {
            out += text.substr(copied, at - copied);
            append_lowered(out, text, at, c);
            copied = at + c.size;
        }
        at += c.size;
    }
    out += text.substr(copied);
}

/// The lowercase of `text`, as Rust's str::to_lowercase.
[[nodiscard]] inline std::string to_lowercase(std::string_view text) {
    std::string lower;
    lower.reserve(text.size());
    append_lowercase(lower, text);
    return lower;
}

}  // namespace tandem::exercises::detail

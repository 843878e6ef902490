#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tandem/exercises/detail/eight_bytes.hpp"
#include "tandem/exercises/detail/unicode.hpp"
#include "tandem/exercises/detail/utf8.hpp"

namespace tandem::exercises::detail {

/// What one look at a byte says about the word around it.
enum class ByteKind : std::uint8_t { ordinary, punctuation, white_space, may_start_white_space };

consteval std::array<ByteKind, 256> make_byte_kinds() {
    std::array<ByteKind, 256> kinds{};
    for (char c : std::string_view{R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)"}) {
        kinds[to_byte(c)] = ByteKind::punctuation;
    }
    for (auto const& [first, last] : unicode::white_space) {
        for (char32_t c = first; c <= last; ++c) {
            auto const bytes = encode_utf8(c);
            kinds[to_byte(bytes.bytes[0])] =
                bytes.size == 1 ? ByteKind::white_space : ByteKind::may_start_white_space;
        }
    }
    return kinds;
}

inline constexpr std::array<ByteKind, 256> byte_kinds = make_byte_kinds();

constexpr ByteKind kind_of(char c) noexcept { return byte_kinds[to_byte(c)]; }

/// Rust: char::is_ascii_punctuation    C++: std::ispunct in the "C" locale
constexpr bool is_ascii_punctuation(char c) noexcept { return kind_of(c) == ByteKind::punctuation; }

/// How many bytes of white space other than ASCII stand at `at`: 0, 2 or 3.
constexpr std::size_t wide_white_space_size(std::string_view text, std::size_t at) noexcept {
    auto const c = decode_utf8(text.substr(at));
    return is_white_space(c.value) ? c.size : 0;
}

/// How many bytes of white space `text[at]` starts: 0 if it starts none.
///
/// May be asked of any byte: one that starts white space is never in the middle of a character.
constexpr std::size_t white_space_size(std::string_view text, std::size_t at) noexcept {
    switch (kind_of(text[at])) {
        case ByteKind::white_space: return 1;
        case ByteKind::may_start_white_space: return wide_white_space_size(text, at);
        default: return 0;
    }
}

/// Where the word ends that `at` is in: at white space or at the end of `text`.
constexpr std::size_t find_word_end(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && white_space_size(text, at) == 0) {
        ++at;
    }
    return at;
}

/// Where from `at` on the first byte stands that is not plain ASCII above the space.
inline std::size_t skip_plain_ascii(std::string_view text, std::size_t at) noexcept {
    while (text.size() - at >= EightBytes::size) {
        auto const plain = EightBytes{text.data() + at}.count_plain();
        at += plain;
        if (plain < EightBytes::size) {
            return at;
        }
    }
    while (at < text.size() && to_byte(text[at]) > ' ' && to_byte(text[at]) < 0x80) {
        ++at;
    }
    return at;
}

/// `text` without the ASCII punctuation at both ends.
constexpr std::string_view strip_punctuation(std::string_view text) noexcept {
    auto const* first = text.data();
    auto const* last = first + text.size();
    while (first != last && is_ascii_punctuation(*first)) {
        ++first;
    }
    while (first != last && is_ascii_punctuation(last[-1])) {
        --last;
    }
    return {first, static_cast<std::size_t>(last - first)};
}

/// Makes `out` the lowercase of an ASCII word, which `readable` bytes of text stand behind.
///
/// Those are read and written too, up to a multiple of eight, and then cut off: a loop that stops
/// at just the right byte would be wrongly predicted once a word, which costs more than the rest.
inline void assign_ascii_lowercase(std::string& out, std::string_view word, std::size_t readable) {
    auto const room = word.size() + EightBytes::size - 1;
    out.resize_and_overwrite(room, [word, readable](char* to, std::size_t) {
        std::size_t i = 0;
        for (; i < word.size() && i + EightBytes::size <= word.size() + readable; i += 8) {
            EightBytes{word.data() + i}.write_lowercase(to + i);
        }
        for (; i < word.size(); ++i) {  // at most the last seven bytes of a text
            bool const capital = word[i] >= 'A' && word[i] <= 'Z';
            to[i] = static_cast<char>(word[i] | (capital ? 0x20 : 0));
        }
        return word.size();
    });
}

/// Calls `fn` with each word of `text`, a `std::string const&` that changes with the next word.
///
/// Rust: text.split_whitespace(), each with to_lowercase() and trim_matches(is_ascii_punctuation),
///       the empty ones left out
/// C++:  std::istream >> word, but for all of Unicode
/// Cost: the one string grows to the longest word; nothing else is allocated
///
///     for_each_word("Hello, hello!", [&](std::string const& word) { ++counts[word]; });
///
/// The chapter lowercases first and strips then. Both ways give the same: lowercasing neither
/// makes nor takes away ASCII punctuation, and whether a Σ is final does not depend on it, since
/// none of it is a cased letter. Stripping first moves no bytes.
template <class Fn>
void for_each_word(std::string_view text, Fn&& fn) {
    std::string word;
    for (std::size_t at = 0; at < text.size();) {
        if (auto const space = white_space_size(text, at); space != 0) {
            at += space;
            continue;
        }
        auto const plain_end = skip_plain_ascii(text, at);
        auto const end = find_word_end(text, plain_end);
        auto const stripped = strip_punctuation(text.substr(at, end - at));
        if (end == plain_end) {
            assign_ascii_lowercase(word, stripped, text.size() - end);
        } else {
            word.clear();
            append_lowercase(word, stripped);
        }
        if (!word.empty()) {
            fn(std::as_const(word));
        }
        at = end;
    }
}

/// One word as for_each_word gives it; white space in it stays.
[[nodiscard]] inline std::string normalise(std::string_view word) {
    return to_lowercase(strip_punctuation(word));
}

}  // namespace tandem::exercises::detail

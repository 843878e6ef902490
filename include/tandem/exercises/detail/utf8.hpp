#pragma once

#include <cstddef>
#include <string_view>

namespace tandem::exercises::detail {

/// The value of a byte that belongs to no well-formed sequence. No character has it.
inline constexpr char32_t invalid_byte = 0xFFFF'FFFF;

/// One character of a text, and how many bytes it takes there.
struct DecodedChar {
    char32_t value;
    std::size_t size;
};

/// The value of a byte, never negative as a `char` may be.
constexpr unsigned char to_byte(char c) noexcept { return static_cast<unsigned char>(c); }

constexpr bool is_continuation_byte(unsigned char byte) noexcept { return (byte & 0xC0) == 0x80; }

/// How many bytes a sequence takes that starts with `lead`, by the bits in front of it: 0xxxxxxx,
/// 110xxxxx, 1110xxxx or 11110xxx; 0 where they are none of these.
constexpr std::size_t utf8_size_from_lead(unsigned char lead) noexcept {
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC0 || lead > 0xF7) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// True if `value` is a character, and `size` bytes are not more than it needs (an overlong form).
constexpr bool is_scalar_value_of_size(char32_t value, std::size_t size) noexcept {
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x1'0000};
    bool const surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value >= smallest[size] && value <= 0x10'FFFF && !surrogate;
}

/// Reads the first character of `text`, which must not be empty.
///
/// Rust: the iterator Utf8Chunks, a step at a time
/// C++:  no counterpart; std::codecvt throws all of the text away instead
///
/// Whatever is not well-formed comes out a byte at a time, as `invalid_byte` of size 1.
constexpr DecodedChar decode_utf8(std::string_view text) noexcept {
    constexpr DecodedChar invalid{invalid_byte, 1};
    auto const lead = to_byte(text.front());
    auto const size = utf8_size_from_lead(lead);
    if (size == 1) {
        return {lead, 1};
    }
    if (size == 0 || size > text.size()) {
        return invalid;
    }
    char32_t value = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        auto const byte = to_byte(text[i]);
        if (!is_continuation_byte(byte)) {
            return invalid;
        }
        value = (value << 6) | (byte & 0x3FU);
    }
    return is_scalar_value_of_size(value, size) ? DecodedChar{value, size} : invalid;
}

/// Reads the last character of `text`, which must not be empty.
constexpr DecodedChar decode_utf8_back(std::string_view text) noexcept {
    auto const longest = text.size() < 4 ? text.size() : 4;
    std::size_t size = 1;
    while (size < longest && is_continuation_byte(to_byte(text[text.size() - size]))) {
        ++size;
    }
    auto const last = decode_utf8(text.substr(text.size() - size));
    return last.size == size ? last : DecodedChar{invalid_byte, 1};
}

/// The UTF-8 form of one character.
struct EncodedChar {
    char bytes[4];
    std::size_t size;

    constexpr std::string_view view() const noexcept { return {bytes, size}; }
};

/// Writes `c`, a character that Unicode allows in UTF-8, as bytes.
constexpr EncodedChar encode_utf8(char32_t c) noexcept {
    auto const byte = [](char32_t value) { return static_cast<char>(value); };
    auto const tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
    if (c < 0x80) {
        return {{byte(c)}, 1};
    }
    if (c < 0x800) {
        return {{byte(0xC0 | c >> 6), tail(c)}, 2};
    }
    if (c < 0x1'0000) {
        return {{byte(0xE0 | c >> 12), tail(c >> 6), tail(c)}, 3};
    }
    return {{byte(0xF0 | c >> 18), tail(c >> 12), tail(c >> 6), tail(c)}, 4};
}

}  // namespace tandem::exercises::detail

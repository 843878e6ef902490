#pragma once

#include <cstddef>

namespace tandem::detail {

/// A piece of text known to the compiler: std::string_view without its header,
/// for the headers that must also compile for a bare microcontroller.
struct ConstText {
    char const* data;
    std::size_t size;

    [[nodiscard]] constexpr bool starts_with(ConstText prefix) const noexcept {
        if (prefix.size > size) {
            return false;
        }
        for (std::size_t i = 0; i < prefix.size; ++i) {
            if (data[i] != prefix.data[i]) {
                return false;
            }
        }
        return true;
    }

    /// The rest behind `prefix`, or the whole text where it does not begin with it.
    [[nodiscard]] constexpr ConstText without(ConstText prefix) const noexcept {
        return starts_with(prefix) ? ConstText{data + prefix.size, size - prefix.size} : *this;
    }
};

template <std::size_t N>
consteval ConstText text(char const (&literal)[N]) noexcept {
    return {literal, N - 1};
}

/// The type's name as the compiler spells it, cut out of this function's own signature:
/// g++ writes "… [with T = int]", clang "… [T = int]".
template <class T>
consteval ConstText type_name() noexcept {
    char const* const signature = __PRETTY_FUNCTION__;
    std::size_t begin = 0;
    while (
        !(signature[begin] == 'T' && signature[begin + 1] == ' ' && signature[begin + 2] == '=')) {
        ++begin;
    }
    begin += 4;
    std::size_t end = begin;
    while (signature[end] != '\0') {
        ++end;
    }
    return {signature + begin, end - begin - 1};
}

}  // namespace tandem::detail

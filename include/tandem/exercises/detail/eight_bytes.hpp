#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tandem::exercises::detail {

/// Eight bytes of text in one integer, so that one addition works on all of them.
///
/// Each byte has a spare bit, the highest: ASCII never uses it. Adding to the seven below carries
/// into it and no further, and so compares every byte at once. (The trick is called SWAR.)
///
/// Rust: core's str::to_ascii_lowercase does it two machine words at a time
/// C++:  what std::simd will do with wider registers
class EightBytes {
public:
    static constexpr std::size_t size = 8;

    /// Reads bytes[0] to bytes[7].
    explicit EightBytes(char const* bytes) noexcept {
        std::memcpy(&value_, bytes, size);
        if constexpr (std::endian::native == std::endian::big) {
            value_ = std::byteswap(value_);
        }
    }

    /// How many bytes in front are "plain": ASCII above the space, so never white space.
    [[nodiscard]] std::size_t count_plain() const noexcept {
        auto const above_space = (value_ | high_bits) - repeated(' ' + 1);
        auto const not_plain = (value_ | ~above_space) & high_bits;
        return static_cast<std::size_t>(std::countr_zero(not_plain)) / 8;
    }

    /// Writes them with the capitals A to Z made small. Right up to the first byte that is not
    /// ASCII: its addition carries into the bytes behind it.
    void write_lowercase(char* to) const noexcept {
        auto const not_below_a = value_ + repeated(0x80 - 'A');
        auto const above_z = value_ + repeated(0x80 - 'Z' - 1);
        auto const capital = not_below_a & ~above_z & high_bits;
        auto lower = value_ | (capital >> 2);  // 0x80 becomes 0x20, what 'a' has more than 'A'
        if constexpr (std::endian::native == std::endian::big) {
            lower = std::byteswap(lower);
        }
        std::memcpy(to, &lower, size);
    }

private:
    static constexpr std::uint64_t repeated(std::uint64_t byte) noexcept {
        return byte * 0x0101'0101'0101'0101;
    }
    static constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

    std::uint64_t value_;  // the first byte lowest, on every machine
};

}  // namespace tandem::exercises::detail

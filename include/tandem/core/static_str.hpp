#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// Text that lives as long as the program: a string literal. It may go to any thread.
///
/// Rust: &'static str
/// C++:  a std::string_view (it is one) that is known to borrow nothing that ends
///
///     tx.send("hello"_static).unwrap();
class StaticStr : public std::string_view {
public:
    using tandem_send = void;
    using tandem_sync = void;

    constexpr StaticStr() noexcept = default;

private:
    friend consteval StaticStr operator""_static(char const* literal, std::size_t size) noexcept;

    constexpr explicit StaticStr(std::string_view text) noexcept : std::string_view(text) {}
};

/// From a literal only, which is static by nature: the compiler runs this and nothing else can.
[[nodiscard]] consteval StaticStr operator""_static(char const* literal,
                                                    std::size_t size) noexcept {
    return StaticStr(std::string_view(literal, size));
}

}  // namespace tandem

#pragma once

#include <compare>
#include <cstdint>

namespace tandem::rt {

/// Tells a spawned task from the others of its runtime. (After four thousand million tasks the
/// numbers begin anew.)
///
/// Rust: tokio::task::Id
class Id {
public:
    using tandem_send = void;
    using tandem_sync = void;

    constexpr explicit Id(std::uint64_t number) noexcept : number_(number) {}

    [[nodiscard]] constexpr std::uint64_t as_u64() const noexcept { return number_; }

    friend constexpr auto operator<=>(Id, Id) noexcept = default;

private:
    std::uint64_t number_;
};

}  // namespace tandem::rt

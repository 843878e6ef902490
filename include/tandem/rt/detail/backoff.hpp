#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "tandem/async/detail/fast_random.hpp"

namespace tandem::rt::detail {

/// What a RetryPolicy says of the waits between its attempts.
struct BackoffRules {
    std::int64_t initial = 100'000'000;  // nanoseconds, as below
    std::int64_t longest = std::numeric_limits<std::int64_t>::max();
    double multiplier = 2;
    bool full_jitter = false;
    std::uint64_t seed = 0;  // 0: another one each time
};

/// The waits between attempts, one after the other: each some times as long as the last, up to a
/// bound. They cannot overflow.
class Backoff {
public:
    explicit Backoff(BackoffRules const& rules) noexcept
        : rules_(rules),
          wait_(rules.initial < rules.longest ? rules.initial : rules.longest),
          random_(rules.seed != 0 ? rules.seed : async::detail::random_bits()) {}

    [[nodiscard]] std::chrono::nanoseconds next() noexcept {
        std::int64_t const wait = wait_;
        double const grown = static_cast<double>(wait) * rules_.multiplier;
        wait_ = grown < static_cast<double>(rules_.longest) ? static_cast<std::int64_t>(grown)
                                                            : rules_.longest;
        return std::chrono::nanoseconds(rules_.full_jitter ? up_to(wait) : wait);
    }

private:
    /// Any wait from none to this one, each as likely as the others.
    std::int64_t up_to(std::int64_t most) noexcept {
        // splitmix64 (Steele, Lea, Flood); its upper 53 bits are what a double can tell.
        random_ += 0x9E3779B97F4A7C15;
        std::uint64_t bits = random_;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        bits = (bits ^ (bits >> 31)) >> 11;
        double const part = static_cast<double>(bits) / 9007199254740992.0;  // 2 to the 53rd
        double const wait = part * static_cast<double>(most);
        return wait < static_cast<double>(most) ? static_cast<std::int64_t>(wait) : most;
    }

    BackoffRules rules_;
    std::int64_t wait_;
    std::uint64_t random_;
};

}  // namespace tandem::rt::detail

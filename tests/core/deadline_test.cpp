#include "tandem/core/detail/deadline.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>

#include "support/catch.hpp"

namespace {

using tandem::detail::Deadline;
using tandem::detail::deadline_after;
using tandem::detail::never;
using tandem::detail::saturating_nanoseconds;
using tandem::detail::steady_nanoseconds;
using namespace std::chrono_literals;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

template <class Duration>
constexpr std::int64_t longest = saturating_nanoseconds(Duration::max());

// Every duration saturates, its maximum included, whatever it counts and in whatever number.
static_assert(longest<std::chrono::nanoseconds> == most);
static_assert(longest<std::chrono::milliseconds> == most);
static_assert(longest<std::chrono::seconds> == most);
static_assert(longest<std::chrono::hours> == most);
static_assert(longest<std::chrono::years> == most);
static_assert(longest<std::chrono::duration<double>> == most);
static_assert(longest<std::chrono::duration<float, std::micro>> == most);
static_assert(longest<std::chrono::duration<std::uint64_t>> == most);
static_assert(saturating_nanoseconds(std::chrono::seconds::min()) == 0);

static_assert(saturating_nanoseconds(0s) == 0);
static_assert(saturating_nanoseconds(-1h) == 0);
static_assert(saturating_nanoseconds(3h) == 3 * 3'600 * std::int64_t{1'000'000'000});
static_assert(saturating_nanoseconds(1ns) == 1);
static_assert(saturating_nanoseconds(std::chrono::nanoseconds(most - 1)) == most - 1);

// A wait is never too short: what is less than a nanosecond is one.
static_assert(saturating_nanoseconds(std::chrono::duration<int, std::pico>(1)) == 1);
static_assert(saturating_nanoseconds(std::chrono::duration<int, std::pico>(1'001)) == 2);
static_assert(saturating_nanoseconds(std::chrono::duration<int, std::pico>(2'000)) == 2);
static_assert(saturating_nanoseconds(std::chrono::duration<double>(0.5)) == 500'000'000);

static_assert(never.is_never());
static_assert(!Deadline{0}.is_never());

}  // namespace

TEST_CASE("Deadline: what is not a number is no wait at all", "[core][deadline]") {
    auto const nonsense = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());

    CHECK(saturating_nanoseconds(nonsense) == 0);
}

TEST_CASE("Deadline: an infinite wait is never", "[core][deadline]") {
    auto const infinite = std::chrono::duration<double>(std::numeric_limits<double>::infinity());

    CHECK(deadline_after(infinite).is_never());
    CHECK(deadline_after(std::chrono::hours::max()).is_never());
    CHECK(deadline_after(std::chrono::nanoseconds::max()).is_never());
}

TEST_CASE("Deadline: is the clock's present plus the wait", "[core][deadline]") {
    auto const before = steady_nanoseconds();
    auto const deadline = deadline_after(1h);
    auto const after = steady_nanoseconds();

    auto const hour = std::int64_t{3'600'000'000'000};
    CHECK(deadline.nanoseconds >= before + hour);
    CHECK(deadline.nanoseconds <= after + hour);
}

TEST_CASE("Deadline: a wait just short of the clock's end does not wrap", "[core][deadline]") {
    auto const left = most - steady_nanoseconds();

    CHECK(deadline_after(std::chrono::nanoseconds(left + 1)).is_never());
    CHECK(deadline_after(std::chrono::nanoseconds(left - 60'000'000'000)).nanoseconds > 0);
}

#include "tandem/rt/time/instant.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <thread>
#include <type_traits>

#include "support/catch.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::Send;
using tandem::Sync;
using tandem::rt::time::Instant;

static_assert(std::is_trivially_copyable_v<Instant> && sizeof(Instant) == 8);
static_assert(!std::is_default_constructible_v<Instant>);
static_assert(Send<Instant> && Sync<Instant>);

template <class A, class B>
concept Added = requires(A a, B b) { a + b; };
static_assert(!Added<Instant, Instant>);

using LongHours = std::chrono::duration<std::int64_t, std::ratio<3600>>;

}  // namespace

TEST_CASE("Instant: outside a runtime it is the steady clock's", "[rt][time]") {
    auto const before = std::chrono::steady_clock::now();
    Instant const now = Instant::now();
    auto const after = std::chrono::steady_clock::now();

    CHECK(before <= now.into_std());
    CHECK(now.into_std() <= after);
    CHECK(Instant::from_std(before).into_std() == before);
    std::this_thread::sleep_for(1ms);
    CHECK(now.elapsed() >= 1ms);
    CHECK((now + 1h).elapsed() == 0ns);
}

TEST_CASE("Instant: it adds and subtracts durations of any kind", "[rt][time]") {
    Instant const start = Instant::at(5'000'000'000);
    CHECK(start + 1s == Instant::at(6'000'000'000));
    CHECK(start - 1s == Instant::at(4'000'000'000));
    CHECK(start + 1.5s == Instant::at(6'500'000'000));
    CHECK(start + -1s == start - 1s);
    CHECK(start - -1s == start + 1s);
    CHECK(start + 0s == start);
    CHECK(start - 10s < Instant::at(0));  // before the machine started

    Instant moving = start;
    moving += 3ms;
    moving -= 1ms;
    CHECK(moving == start + 2ms);
}

TEST_CASE("Instant: the difference is never negative", "[rt][time]") {
    Instant const early = Instant::at(1'000);
    Instant const late = Instant::at(4'000);
    CHECK(late - early == 3us);
    CHECK(late.duration_since(early) == 3us);
    CHECK(early - late == 0us);
    CHECK(early.duration_since(late) == 0us);
    CHECK(late.checked_duration_since(early) == std::optional(std::chrono::nanoseconds(3us)));
    CHECK(early.checked_duration_since(early) == std::optional(std::chrono::nanoseconds(0us)));
    CHECK_FALSE(early.checked_duration_since(late).has_value());
}

TEST_CASE("Instant: it is ordered", "[rt][time]") {
    Instant const early = Instant::at(1);
    Instant const late = Instant::at(2);
    CHECK(early < late);
    CHECK(late >= early);
    CHECK(early != late);
    CHECK(early == Instant::at(1));
}

TEST_CASE("Instant: sums are cut off and do not overflow", "[rt][time]") {
    Instant const now = Instant::now();
    Instant const last = now + std::chrono::nanoseconds::max();
    CHECK(now + std::chrono::hours::max() == last);
    CHECK(now + LongHours::max() == last);
    CHECK(now + std::chrono::duration<double>(std::numeric_limits<double>::infinity()) == last);
    CHECK(last + 1ns == last);
    CHECK(last + std::chrono::nanoseconds::max() == last);
    CHECK(last > now + 24h * 365 * 100);

    Instant const first = now - std::chrono::nanoseconds::max();
    CHECK(now - LongHours::max() == first);
    CHECK(now + LongHours::min() == first);
    CHECK(now - LongHours::min() == last);
    CHECK(first - 1ns == first);
    CHECK(first - std::chrono::nanoseconds::max() == first);
    CHECK(first + std::chrono::nanoseconds::max() > now);
    CHECK(last - std::chrono::nanoseconds::max() < now);
    CHECK(last - first > 24h * 365 * 200);
}

TEST_CASE("Instant: checked_add and checked_sub tell that there is no such moment", "[rt][time]") {
    Instant const now = Instant::now();
    CHECK(now.checked_add(1s) == std::optional(now + 1s));
    CHECK(now.checked_sub(1s) == std::optional(now - 1s));
    CHECK(now.checked_sub(24h * 365).has_value());
    CHECK_FALSE(now.checked_add(std::chrono::nanoseconds::max()).has_value());
    CHECK_FALSE(now.checked_add(std::chrono::hours::max()).has_value());
    CHECK_FALSE(now.checked_sub(std::chrono::seconds::max()).has_value());
    CHECK_FALSE(now.checked_sub(std::chrono::seconds::min()).has_value());
}

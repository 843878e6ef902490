#include "tandem/rt/retry.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/time/instant.hpp"
#include "tandem/rt/yield_now.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::async::block_on;
using tandem::async::pending;
using tandem::async::ready;
using tandem::async::select_biased;
using tandem::async::Task;
using tandem::rt::retry;
using tandem::rt::RetryPolicy;
using tandem::rt::yield_now;
using tandem::rt::detail::Backoff;
using tandem::rt::time::Instant;
using tandem::rt::time::sleep;
using tandem::testing::Counted;
using tandem::testing::on_paused_runtime;

using Attempt = Result<int, std::string>;

/// Fails so often, and notes when it was called.
struct Flaky {
    int failures;
    std::vector<std::chrono::milliseconds> calls{};
    Instant start = Instant::now();

    Task<Attempt> call() {
        calls.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(start.elapsed()));
        co_await yield_now();
        if (failures-- > 0) {
            co_return Err("failure " + std::to_string(calls.size()));
        }
        co_return Ok(42);
    }
};
Task<Attempt> call(Flaky& flaky) { return flaky.call(); }

std::vector<std::int64_t> waits(Backoff backoff, int count) {
    std::vector<std::int64_t> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(backoff.next().count());
    }
    return all;
}

using Milliseconds = std::vector<std::chrono::milliseconds>;

}  // namespace

TEST_CASE("retry: the first success ends it", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        Flaky flaky{.failures = 0};
        Attempt const result = co_await retry(call, 5, std::ref(flaky));
        CHECK(result == Attempt(Ok(42)));
        CHECK(flaky.calls.size() == 1);
        CHECK(flaky.start.elapsed() == 0ns);
    });
}

TEST_CASE("retry: waits 100 ms, then twice as long each time", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        Flaky flaky{.failures = 4};
        Attempt const result = co_await retry(call, 5, std::ref(flaky));
        CHECK(result == Attempt(Ok(42)));
        Milliseconds const expected{0ms, 100ms, 300ms, 700ms, 1500ms};
        CHECK(flaky.calls == expected);
    });
}

TEST_CASE("retry: the last error comes out, without a wait behind it", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        Flaky flaky{.failures = 100};
        Attempt const result = co_await retry(call, 3, std::ref(flaky));
        CHECK(result.error() == "failure 3");
        CHECK(flaky.calls.size() == 3);
        CHECK(flaky.start.elapsed() == 300ms);

        Flaky once{.failures = 100};
        Attempt const only = co_await retry(call, 1, std::ref(once));
        CHECK(only.error() == "failure 1");
        CHECK(once.start.elapsed() == 0ns);
    });
}

TEST_CASE("retry: no attempts at all are a panic", "[rt][retry]") {
    Flaky flaky{.failures = 0};
    CHECK_THROWS_AS(retry(call, 0, std::ref(flaky)), Panic);
    CHECK_THROWS_AS(RetryPolicy().max_attempts(0), Panic);
    CHECK_THROWS_AS(RetryPolicy().multiplier(0.5), Panic);
    CHECK_THROWS_AS(RetryPolicy().multiplier(std::numeric_limits<double>::quiet_NaN()), Panic);
    CHECK_THROWS_AS(RetryPolicy().multiplier(std::numeric_limits<double>::infinity()), Panic);
    CHECK(flaky.calls.empty());
}

TEST_CASE("retry: the function keeps its state, and may capture", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        auto const held = std::make_shared<int>(0);
        auto fails_twice = [held, calls = 0]() mutable -> Task<Attempt> {
            *held = ++calls;
            co_await yield_now();
            if (calls < 3) {
                co_return Err(std::string("again"));
            }
            co_return Ok(std::move(calls));
        };
        Attempt const result = co_await retry(std::move(fails_twice), 5);
        CHECK(result == Attempt(Ok(3)));
        CHECK(*held == 3);
    });
}

TEST_CASE("retry: each attempt gets the arguments anew", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        int calls = 0;
        auto const moves = [](std::string text, std::unique_ptr<int> const& number,
                              int& counter) -> Task<Result<std::string, int>> {
            std::string const taken = std::move(text);
            if (++counter < 3) {
                co_return Err(int{*number});
            }
            co_return Ok(taken + std::to_string(*number));
        };
        auto result = co_await retry(moves, 3, std::string("a long text, not stored in place "),
                                     std::make_unique<int>(7), std::ref(calls));
        CHECK(result.unwrap() == "a long text, not stored in place 7");
    });
}

TEST_CASE("retry: an exception is not tried again", "[rt][retry]") {
    int calls = 0;
    auto const throws = [](int& counter) -> Task<Attempt> {
        ++counter;
        throw std::runtime_error("no");
        co_return Ok(0);
    };
    CHECK_THROWS_AS(block_on(retry(throws, 3, std::ref(calls))), std::runtime_error);
    CHECK(calls == 1);
}

TEST_CASE("retry: any future of a Result will do", "[rt][retry]") {
    CHECK(block_on(retry([] { return ready(Attempt(Ok(1))); }, 1)).unwrap() == 1);
    using Silent = Result<void, int>;
    CHECK(block_on(retry([] { return ready(Silent(Ok())); }, 1)).is_ok());
}

TEST_CASE("retry: dropped, it drops the attempt", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        auto const hangs = [](Counted const&) -> Task<Attempt> {
            Counted const local;
            co_await pending<void>();
            co_return Ok(0);
        };
        auto hanging = retry(hangs, 3, Counted());
        auto out_of_time = sleep(1s);
        auto const first = co_await select_biased(std::move(hanging), std::move(out_of_time));
        CHECK(first.index() == 1);
        CHECK(Counted::alive == 0);
    });
}

TEST_CASE("RetryPolicy: says when and how often", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        auto const policy =
            RetryPolicy().max_attempts(6).initial_delay(10ms).multiplier(3).max_delay(200ms);
        Flaky flaky{.failures = 100};
        Attempt const result = co_await retry(policy, call, std::ref(flaky));
        CHECK(result.error() == "failure 6");
        Milliseconds const expected{0ms, 10ms, 40ms, 130ms, 330ms, 530ms};
        CHECK(flaky.calls == expected);

        Flaky plain{.failures = 100};
        Attempt const third = co_await retry(RetryPolicy(), call, std::ref(plain));
        CHECK(third.error() == "failure 3");
    });
}

TEST_CASE("RetryPolicy: retry_if decides which errors are worth it", "[rt][retry]") {
    on_paused_runtime([]() -> Task<void> {
        auto const policy = RetryPolicy().max_attempts(10).retry_if(
            [](std::string const& error) { return error != "failure 2"; });
        Flaky flaky{.failures = 100};
        Attempt const result = co_await retry(policy.initial_delay(1ms), call, std::ref(flaky));
        CHECK(result.error() == "failure 2");
        CHECK(flaky.start.elapsed() == 1ms);
    });
}

TEST_CASE("RetryPolicy: waits never overflow", "[rt][retry]") {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    auto const longest = waits(RetryPolicy().initial_delay(std::chrono::hours::max()).backoff(), 3);
    CHECK(longest == std::vector<std::int64_t>{most, most, most});

    std::vector<std::int64_t> const doubled = waits(RetryPolicy().backoff(), 100);
    CHECK(doubled[0] == 100'000'000);
    CHECK(doubled[36] == 100'000'000LL << 36);
    CHECK(doubled[37] == most);
    CHECK(doubled[99] == most);

    auto const at_once = waits(RetryPolicy().initial_delay(-1s).backoff(), 2);
    CHECK(at_once == std::vector<std::int64_t>{0, 0});
    auto const capped = waits(RetryPolicy().max_delay(1ms).backoff(), 2);
    CHECK(capped == std::vector<std::int64_t>{1'000'000, 1'000'000});
    auto const steep = RetryPolicy().multiplier(std::numeric_limits<double>::max());
    CHECK(waits(steep.backoff(), 2)[1] == most);
    CHECK(waits(steep.initial_delay(0s).backoff(), 3)[2] == 0);
}

TEST_CASE("RetryPolicy: full jitter waits any time up to the wait", "[rt][retry]") {
    auto const policy = RetryPolicy().multiplier(1).initial_delay(1000ns).full_jitter(7);
    std::vector<std::int64_t> const drawn = waits(policy.backoff(), 1'000);
    CHECK(drawn == waits(policy.backoff(), 1'000));
    CHECK(drawn != waits(policy.full_jitter(8).backoff(), 1'000));

    std::int64_t sum = 0;
    std::int64_t least = 1'000;
    std::int64_t most = 0;
    for (std::int64_t const wait : drawn) {
        REQUIRE((0 <= wait && wait <= 1'000));
        sum += wait;
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    CHECK(least < 20);
    CHECK(most > 980);
    CHECK((450'000 < sum && sum < 550'000));

    auto const unseeded = RetryPolicy().full_jitter();
    CHECK(waits(unseeded.backoff(), 10) != waits(unseeded.backoff(), 10));
    auto const for_ever = RetryPolicy().initial_delay(std::chrono::hours::max()).full_jitter();
    for (std::int64_t const wait : waits(for_ever.backoff(), 1'000)) {
        REQUIRE(wait >= 0);
    }
}

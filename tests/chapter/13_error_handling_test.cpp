// "Error Handling in Async Code"
#include <chrono>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/any_error.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/retry.hpp"
#include "tandem/rt/time.hpp"

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using tandem::AnyError;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::async::Task;
using tandem::rt::time::Elapsed;
using tandem::rt::time::Instant;
using tandem::rt::time::sleep;
using tandem::rt::time::timeout;
using tandem::testing::Noted;
using tandem::testing::on_paused_runtime;
using tandem::testing::Trace;

using Completed = Result<std::string, std::error_code>;

Task<Completed> long_operation() {
    co_await sleep(2s);
    co_return Ok("Completed");
}

Task<Completed> broken_operation() {
    co_await sleep(1s);
    co_return Err(std::make_error_code(std::errc::connection_refused));
}

/// The chapter's with_timeout, for any operation.
template <class Operation>
Task<Result<std::string, AnyError>> with_timeout(milliseconds allowed, Operation operation) {
    auto in_time = co_await timeout(allowed, operation());
    co_return co_await std::move(in_time);
}

/// The chapter's retry_operation; it notes what that prints.
template <class F>
std::invoke_result_t<F&> retry_operation(Trace& prints, F f, int max_attempts) {
    if (max_attempts < 1) {
        tandem::panic("retry_operation: {} attempts", max_attempts);
    }
    milliseconds delay = 100ms;
    for (int attempt = 1;; ++attempt) {
        auto result = co_await f();
        if (result.is_ok() || attempt == max_attempts) {
            co_return result;
        }
        prints.note("Attempt " + std::to_string(attempt) + " failed: " + result.error());
        co_await sleep(delay);
        delay *= 2;
    }
}

/// Fails until its n-th call; remembers when it was called.
class Flaky {
public:
    explicit Flaky(int succeeds_at) : succeeds_at_(succeeds_at) {}

    Task<Result<int, std::string>> operator()() {
        calls_.push_back(std::chrono::duration_cast<milliseconds>(start_.elapsed()));
        int const call = static_cast<int>(calls_.size());
        if (call < succeeds_at_) {
            co_return Err("no luck with " + std::to_string(call));
        }
        co_return Ok(call);
    }

    [[nodiscard]] std::vector<milliseconds> const& calls() const { return calls_; }

private:
    int succeeds_at_;
    Instant start_ = Instant::now();
    std::vector<milliseconds> calls_;
};

/// By reference, so that the test sees what became of it.
class Calls {
public:
    explicit Calls(Flaky& flaky) : flaky_(&flaky) {}
    auto operator()() { return (*flaky_)(); }

private:
    Flaky* flaky_;
};

}  // namespace

TEST_CASE("with_timeout: an operation of 2 s is in time for 5 s", "[13_error_handling]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const result = co_await with_timeout(5s, long_operation);
        CHECK(result.unwrap() == "Completed");
        CHECK(start.elapsed() == 2s);
    });
}

TEST_CASE("with_timeout: after 1 s it gives up, with Elapsed", "[13_error_handling]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const result = co_await with_timeout(1s, long_operation);
        CHECK(result.unwrap_err().is<Elapsed>());
        CHECK(result.unwrap_err().message() == "deadline has elapsed");
        CHECK(start.elapsed() == 1s);
    });
}

TEST_CASE("with_timeout: the operation's own error comes out of the same Result",
          "[13_error_handling]") {
    on_paused_runtime([]() -> Task<void> {
        auto const result = co_await with_timeout(5s, broken_operation);
        auto const* const code = result.unwrap_err().downcast<std::error_code>();
        REQUIRE(code != nullptr);
        CHECK(*code == std::errc::connection_refused);
    });
}

TEST_CASE("a timeout drops the future that it wraps", "[13_error_handling]") {
    Trace trace;
    auto operation = [](Trace& events) -> Task<int> {
        Noted const local(events, "its local");
        co_await sleep(2s);
        events.note("never");
        co_return 1;
    };

    on_paused_runtime([&]() -> Task<void> {
        auto const result = co_await timeout(1s, operation(trace));
        trace.note("timed out");
        CHECK(result.is_err());
        co_await sleep(5s);
    });

    CHECK(trace.take() == std::vector<std::string>{"end its local", "timed out"});
}

TEST_CASE("`?`: co_await of an error ends the task at once, its locals first",
          "[13_error_handling]") {
    Trace trace;
    auto reads = [](Trace& events) -> Task<Completed> {
        Noted const local(events, "its local");
        auto result = co_await broken_operation();
        std::string const text = co_await std::move(result);
        events.note("never");
        co_return Ok(text);
    };

    on_paused_runtime([&]() -> Task<void> {
        auto const result = co_await reads(trace);
        trace.note("the error is here");
        CHECK(result.is_err());
    });

    CHECK(trace.take() == std::vector<std::string>{"end its local", "the error is here"});
}

TEST_CASE("retry_operation: it tries until it has a value, after 100 ms and then 200",
          "[13_error_handling]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Flaky flaky(3);
        auto const result = co_await retry_operation(trace, Calls(flaky), 5);
        CHECK(result == Ok(3));
        CHECK(flaky.calls() == std::vector<milliseconds>{0ms, 100ms, 300ms});
    });
    CHECK(trace.take() == std::vector<std::string>{"Attempt 1 failed: no luck with 1",
                                                   "Attempt 2 failed: no luck with 2"});
}

TEST_CASE("retry_operation: it waits for twice as long each time, and not after the last attempt",
          "[13_error_handling]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        Flaky flaky(100);
        auto const result = co_await retry_operation(trace, Calls(flaky), 5);
        CHECK(result == Err("no luck with 5"));  // the last error
        CHECK(flaky.calls() == std::vector<milliseconds>{0ms, 100ms, 300ms, 700ms, 1500ms});
        CHECK(start.elapsed() == 1500ms);
    });
    CHECK(trace.take().size() == 4);
}

TEST_CASE("retry_operation: what succeeds at once is called once", "[13_error_handling]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Flaky flaky(1);
        auto const result = co_await retry_operation(trace, Calls(flaky), 1);
        CHECK(result == Ok(1));
        CHECK(flaky.calls() == std::vector<milliseconds>{0ms});
    });
    CHECK(trace.take().empty());
}

TEST_CASE("retry_operation: no attempts at all is a panic with a message", "[13_error_handling]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Flaky flaky(1);
        std::string message;
        try {
            static_cast<void>(co_await retry_operation(trace, Calls(flaky), 0));
        } catch (Panic const& panic) { message = panic.message(); }
        CHECK(message == "retry_operation: 0 attempts");
        CHECK(flaky.calls().empty());
    });
}

TEST_CASE("rt::retry: the same, ready made", "[13_error_handling]") {
    on_paused_runtime([]() -> Task<void> {
        Flaky third(3);
        auto const value = co_await tandem::rt::retry(Calls(third), 5);
        CHECK(value == Ok(3));
        CHECK(third.calls() == std::vector<milliseconds>{0ms, 100ms, 300ms});

        Instant const start = Instant::now();
        Flaky never(100);
        auto const error = co_await tandem::rt::retry(Calls(never), 5);
        CHECK(error == Err("no luck with 5"));
        CHECK(never.calls() == std::vector<milliseconds>{0ms, 100ms, 300ms, 700ms, 1500ms});
        CHECK(start.elapsed() == 1500ms);
    });
}

TEST_CASE("rt::retry: no attempts at all is a panic with a message", "[13_error_handling]") {
    on_paused_runtime([]() -> Task<void> {
        Flaky flaky(1);
        std::string message;
        try {
            static_cast<void>(co_await tandem::rt::retry(Calls(flaky), 0));
        } catch (Panic const& panic) { message = panic.message(); }
        CHECK(message.find("max_attempts 0") != std::string::npos);
        CHECK(flaky.calls().empty());
    });
}

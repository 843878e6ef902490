#include "tandem/rt/time/timeout.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/any_error.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/time/pause.hpp"

namespace {

using namespace std::chrono_literals;
namespace oneshot = tandem::async::oneshot;
using tandem::AnyError;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::Send;
using tandem::Sync;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Future;
using tandem::async::OutputOf;
using tandem::async::pending;
using tandem::async::Poll;
using tandem::async::ready;
using tandem::async::Task;
using tandem::rt::time::advance;
using tandem::rt::time::Elapsed;
using tandem::rt::time::Instant;
using tandem::rt::time::Sleep;
using tandem::rt::time::sleep;
using tandem::rt::time::Timeout;
using tandem::rt::time::timeout;
using tandem::rt::time::timeout_at;
using tandem::testing::Noted;
using tandem::testing::on_paused_runtime;
using tandem::testing::Polled;
using tandem::testing::Trace;

static_assert(Future<Timeout<Sleep>>);
static_assert(Send<Timeout<Sleep>>);
static_assert(!Send<Timeout<Task<int>>>);
static_assert(!std::is_copy_constructible_v<Timeout<Sleep>>);
static_assert(std::is_move_constructible_v<Timeout<Sleep>>);
static_assert(std::is_same_v<OutputOf<Timeout<Sleep>>, Result<void, Elapsed>>);
static_assert(std::is_same_v<OutputOf<Timeout<Task<int>>>, Result<int, Elapsed>>);
static_assert(std::is_same_v<OutputOf<Timeout<Task<int&>>>, Result<int&, Elapsed>>);
static_assert(Send<Elapsed> && Sync<Elapsed>);

Task<std::string> answer_after(std::chrono::milliseconds wait) {
    co_await sleep(wait);
    co_return "answer";
}

}  // namespace

TEST_CASE("timeout: a future that is ready in time hands its value over", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const answer = co_await timeout(10ms, answer_after(9ms));
        CHECK(answer == Ok("answer"));
        CHECK(start.elapsed() == 9ms);
    });
}

TEST_CASE("timeout: one that is not is Elapsed, at that moment", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const answer = co_await timeout(10ms, answer_after(11ms));
        CHECK(answer.unwrap_err() == Elapsed());
        CHECK(start.elapsed() == 10ms);
        auto const nothing = co_await timeout_at(start + 30ms, pending<int>());
        CHECK(nothing.is_err());
        CHECK(start.elapsed() == 30ms);
    });
}

TEST_CASE("timeout: of a value and an end at one moment the value wins", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        auto const answer = co_await timeout(10ms, answer_after(10ms));
        CHECK(answer.is_ok());
        CHECK(Polled(timeout(0ms, ready(1))).poll().value() == Ok(1));
        CHECK(Polled(timeout(-1s, ready(2))).poll().value() == Ok(2));
        CHECK(Polled(timeout_at(Instant::now() - 1s, ready(3))).poll().value() == Ok(3));
        CHECK(Polled(timeout_at(Instant::now(), pending<int>())).poll().value().is_err());
        CHECK(Polled(timeout(0s, pending<int>())).poll().value().is_err());
    });
}

TEST_CASE("timeout: a future that never waits needs no runtime", "[rt][time]") {
    CHECK(block_on(timeout(1s, ready(5))) == Ok(5));
    CHECK_THROWS_AS(block_on(timeout(1s, pending<int>())), Panic);
}

TEST_CASE("timeout: the longest durations do not overflow, and never end", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        auto [tx, rx] = oneshot::channel<int>();
        Polled asks(timeout(std::chrono::hours::max(), std::move(rx)));
        CHECK(asks.poll().is_pending());
        co_await advance(24h * 365 * 10);
        CHECK(asks.poll().is_pending());

        static_cast<void>(tx.send(8));
        CHECK(asks.take_wakes() == 1);
        CHECK(asks.poll().value().unwrap() == Ok(8));
    });
}

TEST_CASE("timeout: it counts from when its future has to wait", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto asks = timeout(10ms, answer_after(1h));
        co_await advance(5ms);
        auto const answer = co_await std::move(asks);
        CHECK(answer.is_err());
        CHECK(start.elapsed() == 15ms);
    });
}

TEST_CASE("timeout: it takes futures of nothing, of references and of results", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Result<void, Elapsed> const nothing = co_await timeout(10ms, sleep(1ms));
        CHECK(nothing.is_ok());

        int number = 4;
        Polled refers(timeout(10ms, ready(std::ref(number))));
        refers.poll().value().unwrap().get() = 5;
        CHECK(number == 5);

        Result<int, std::string> const failed = Err("broken");
        CHECK(Polled(timeout(10ms, ready(failed))).poll().value().unwrap() == Err("broken"));

        auto owner = co_await timeout(10ms, ready(std::make_unique<int>(6)));
        CHECK(*owner.unwrap() == 6);

        auto wait = sleep(5ms);  // kept, and waited for again
        auto const first = co_await timeout(2ms, std::ref(wait));
        CHECK(first.is_err());
        auto const second = co_await timeout(3ms, std::ref(wait));
        CHECK(second.is_ok());
    });
}

namespace {

Task<int> hold(Trace& trace, std::string name, std::chrono::milliseconds wait) {
    Noted const local(trace, std::move(name));
    co_await sleep(wait);
    co_return 1;
}

/// Ready at once; what it holds it keeps, unlike a Task, until it is dropped.
class ReadyAndHeld {
public:
    using Output = int;

    explicit ReadyAndHeld(Trace& trace) : held_(trace, "held") {}

    Poll<int> poll(Context&) { return Poll<int>::ready(1); }

private:
    Noted held_;
};

Task<int> throws_after(std::chrono::milliseconds wait) {
    co_await sleep(wait);
    throw std::runtime_error("broken");
}

}  // namespace

TEST_CASE("timeout: its future is gone before the result is handed over", "[rt][time]") {
    Trace trace;
    on_paused_runtime(
        [](Trace* events) -> Task<void> {
            auto in_time = timeout(2ms, hold(*events, "in time", 1ms));
            auto const value = co_await std::ref(in_time);
            events->note(value.is_ok() ? "ok" : "elapsed");
            auto at_once = timeout(1s, ReadyAndHeld(*events));
            static_cast<void>(co_await std::ref(at_once));
            events->note("handed over");
            auto too_late = timeout(1ms, hold(*events, "too late", 2ms));
            auto const nothing = co_await std::ref(too_late);
            events->note(nothing.is_ok() ? "ok" : "elapsed");
            {
                Polled dropped(timeout(1ms, hold(*events, "dropped", 1ms)));
                CHECK(dropped.poll().is_pending());
            }
            events->note("end");
        },
        &trace);
    CHECK(trace.take() == std::vector<std::string>{"end in time", "ok", "end held", "handed over",
                                                   "end too late", "elapsed", "end dropped",
                                                   "end"});
}

TEST_CASE("timeout: an exception comes out, and a second poll panics", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        bool thrown = false;
        try {
            static_cast<void>(co_await timeout(2ms, throws_after(1ms)));
        } catch (std::runtime_error const&) { thrown = true; }
        CHECK(thrown);

        Polled over(timeout(1s, ready(1)));
        CHECK(over.poll().is_ready());
        CHECK_THROWS_AS(over.poll(), Panic);
        Polled too_late(timeout(0s, pending<int>()));
        CHECK(too_late.poll().is_ready());
        CHECK_THROWS_AS(too_late.poll(), Panic);
    });
}

TEST_CASE("Timeout: the future inside can be reached, and taken out", "[rt][time]") {
    auto asks = timeout(1s, sleep(3ms));
    CHECK_FALSE(asks.get_ref().is_elapsed());
    asks.get_mut().reset(Instant::at(0));
    CHECK(asks.get_ref().is_elapsed());
    Sleep const inside = std::move(asks).into_inner();
    CHECK(inside.deadline() == Instant::at(0));
}

namespace {

Task<Result<int, AnyError>> ask_or_any_error() {
    auto answer = co_await timeout(1ms, answer_after(2ms));
    co_return Ok(static_cast<int>((co_await std::move(answer)).size()));
}

Task<Result<int, std::error_code>> ask_or_code() {
    auto answer = co_await timeout(1ms, answer_after(2ms));
    co_return Ok(static_cast<int>((co_await std::move(answer)).size()));
}

}  // namespace

TEST_CASE("Elapsed: it has a text, and becomes other errors", "[rt][time]") {
    CHECK(Elapsed().message() == "deadline has elapsed");
    CHECK(AnyError(Elapsed()).is<Elapsed>());
    on_paused_runtime([]() -> Task<void> {
        auto const any = co_await ask_or_any_error();
        CHECK(any.unwrap_err().message() == "deadline has elapsed");
        auto const code = co_await ask_or_code();
        CHECK(code.unwrap_err() == std::errc::timed_out);
    });
}

// "Select: Racing Futures"
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/time.hpp"

namespace {

namespace async = tandem::async;
using namespace std::chrono_literals;
using async::on;
using async::Task;
using std::chrono::milliseconds;
using tandem::rt::time::Instant;
using tandem::rt::time::sleep;
using tandem::testing::Noted;
using tandem::testing::on_paused_runtime;
using tandem::testing::Trace;
using Events = std::vector<std::string>;

Task<std::string> async_operation(milliseconds takes) {
    co_await sleep(takes);
    co_return "Success";
}

/// What select_example's handlers say: whether its loop goes on.
enum class Then { go_on, stop };

/// One turn of select_example's loop.
template <class Operation, class Interrupt>
Task<Then> select_once(Trace& prints, Operation operation, Interrupt interrupt) {
    auto timer_expired = [&prints] {
        prints.note("Timer expired");
        return Then::go_on;
    };
    auto completed = [&prints](std::string const& result) {
        prints.note("Operation completed: " + result);
        return Then::stop;
    };
    auto interrupted = [&prints] {
        prints.note("Interrupted");
        return Then::stop;
    };
    co_return co_await async::select(on(sleep(1s), timer_expired),
                                     on(std::move(operation), completed),
                                     on(std::move(interrupt), interrupted));
}

/// The operation is made once and lent to each turn.
Task<void> select_example(Trace& prints, milliseconds takes, milliseconds interrupted_after) {
    auto operation = async_operation(takes);
    auto interrupt = sleep(interrupted_after);
    while (co_await select_once(prints, std::ref(operation), std::ref(interrupt)) == Then::go_on) {}
}

/// As the chapter has it: each turn begins a new operation.
Task<void> select_example_anew(Trace& prints, milliseconds takes, milliseconds interrupted_after) {
    auto interrupt = sleep(interrupted_after);
    while (co_await select_once(prints, async_operation(takes), std::ref(interrupt)) ==
           Then::go_on) {}
}

Task<std::string> noted_operation(Trace& trace, std::string name, milliseconds takes) {
    Noted const local(trace, name);
    co_await sleep(takes);
    co_return name;
}

}  // namespace

TEST_CASE("select_example: the operation is there after 500 ms, before the timer", "[11_select]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await select_example(trace, 500ms, 10s);
        CHECK(start.elapsed() == 500ms);
    });
    CHECK(trace.take() == Events{"Operation completed: Success"});
}

TEST_CASE("select_example: the timer expires, and the operation goes on", "[11_select]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await select_example(trace, 2500ms, 10s);
        CHECK(start.elapsed() == 2500ms);
    });
    CHECK(trace.take() == Events{"Timer expired", "Timer expired", "Operation completed: Success"});
}

TEST_CASE("select_example: it can be interrupted", "[11_select]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await select_example(trace, 10s, 1500ms);
        CHECK(start.elapsed() == 1500ms);
    });
    CHECK(trace.take() == Events{"Timer expired", "Interrupted"});
}

TEST_CASE("an operation that is made anew in each turn never ends, if the timer is quicker",
          "[11_select]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> { co_await select_example_anew(trace, 1001ms, 3500ms); });
    CHECK(trace.take() == Events{"Timer expired", "Timer expired", "Timer expired", "Interrupted"});
}

TEST_CASE("select: the losers are dropped before the handler of the first is called",
          "[11_select]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        auto handler = [&trace](std::string const& winner) { trace.note(winner + " is first"); };
        co_await async::select(on(noted_operation(trace, "slow", 20ms), handler),
                               on(noted_operation(trace, "quick", 10ms), handler));
    });
    CHECK(trace.take() == Events{"end quick", "end slow", "quick is first"});
}

TEST_CASE("select: a handler may await in its turn, and gives the whole its value", "[11_select]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        int const value = co_await async::select(
            on(sleep(1s), [] { return -1; }),
            on(async_operation(500ms), [](std::string result) -> Task<int> {
                co_await sleep(2s);  // the timer is gone: this may take as long as it likes
                co_return static_cast<int>(result.size());
            }));
        CHECK(value == 7);
        CHECK(start.elapsed() == 2500ms);
    });
}

TEST_CASE("select: of several that are ready each is the first now and then", "[11_select]") {
    int first = 0;
    on_paused_runtime([&]() -> Task<void> {
        for (int i = 0; i < 200; ++i) {
            auto const won = co_await async::select(async::ready(0), async::ready(1));
            first += won.index() == 0 ? 1 : 0;
        }
    });
    CHECK(first > 0);
    CHECK(first < 200);
}

TEST_CASE("select: without handlers it tells which was the first", "[11_select]") {
    on_paused_runtime([]() -> Task<void> {
        auto const first = co_await async::select(sleep(1s), async_operation(500ms));
        REQUIRE(first.index() == 1);
        CHECK(first.get<1>() == "Success");
    });
}

#include "tandem/async/yield_now.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::async::Future;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::async::YieldNow;
using tandem::testing::Polled;
using tandem::testing::Trace;

static_assert(Future<YieldNow> && std::is_void_v<YieldNow::Output>);
static_assert(Send<YieldNow>);

Task<> two_parts(Trace& trace, std::string name) {
    trace.note(name + "1");
    co_await yield_now();
    trace.note(name + "2");
}

}  // namespace

TEST_CASE("YieldNow: pending once, and awake at once", "[async][yield_now]") {
    Polled polled(yield_now());

    CHECK(polled.poll().is_pending());
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.wakers_alive() == 0);
    CHECK(polled.poll().is_ready());
    CHECK(polled.take_wakes() == 0);
}

TEST_CASE("YieldNow: lets another task run in between", "[async][yield_now]") {
    Trace trace;
    Polled a(two_parts(trace, "a"));
    Polled b(two_parts(trace, "b"));

    CHECK(a.poll().is_pending());
    CHECK(b.poll().is_pending());
    CHECK(a.poll().is_ready());
    CHECK(b.poll().is_ready());

    CHECK(trace.take() == std::vector<std::string>{"a1", "b1", "a2", "b2"});
}

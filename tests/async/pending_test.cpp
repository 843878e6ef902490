#include "tandem/async/pending.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::async::Future;
using tandem::async::pending;
using tandem::async::Pending;
using tandem::async::Task;
using tandem::testing::Noted;
using tandem::testing::Polled;
using tandem::testing::Trace;

static_assert(Future<Pending<int>> && Future<Pending<>>);
static_assert(std::is_void_v<Pending<>::Output>);
static_assert(Send<Pending<int>>);

Task<> wait_for_ever(Trace& trace) {
    Noted const local(trace, "local");
    co_await pending();
    trace.note("never");
}

}  // namespace

TEST_CASE("Pending: never ready, never wakes, and keeps no waker", "[async][pending]") {
    Polled polled(pending<std::unique_ptr<int>>());

    for (int i = 0; i < 3; ++i) {
        CHECK(polled.poll().is_pending());
    }
    CHECK(polled.take_wakes() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("Pending: a task that awaits it ends when it is dropped", "[async][pending]") {
    Trace trace;
    Polled polled(wait_for_ever(trace));
    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().is_pending());

    polled.drop();

    CHECK(trace.take() == std::vector<std::string>{"end local"});
}

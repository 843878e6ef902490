#include "tandem/async/race.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/manual.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace tandem::async;
using tandem::Panic;
using tandem::Send;
using tandem::testing::Manual;
using tandem::testing::Noted;
using tandem::testing::Polled;
using tandem::testing::Threads;
using tandem::testing::Trace;

using Numbers = Race<Ready<int>, Task<int>>;
static_assert(Future<Numbers>);
static_assert(std::is_same_v<Numbers::Output, int>);
static_assert(std::is_nothrow_move_constructible_v<Numbers>);
static_assert(!std::is_copy_constructible_v<Numbers>);
static_assert(Send<Race<Ready<int>, Ready<int>>> && !Send<Numbers>);

}  // namespace

TEST_CASE("Race: the first that is ready gives the value, and the others are dropped before",
          "[async][race]") {
    Trace trace;
    Manual<int> const first(trace, "first");
    Manual<int> const second(trace, "second");
    Polled polled(race(first.future(), second.future()));
    REQUIRE(polled.poll().is_pending());

    second.finish(2);
    CHECK(polled.finish() == 2);

    CHECK(trace.take() == std::vector<std::string>{"end first", "end second"});
    CHECK(polled.wakers_alive() == 0);
    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("Race: of those that are ready at once, each wins sometimes", "[async][race]") {
    int wins[3] = {};
    for (int i = 0; i < 300; ++i) {
        ++wins[block_on(race(ready(0), ready(1), ready(2)))];
    }
    CHECK(wins[0] > 0);
    CHECK(wins[1] > 0);
    CHECK(wins[2] > 0);
}

TEST_CASE("Race: the output may be void, a reference, or have no assignment", "[async][race]") {
    block_on(race(pending(), yield_now()));

    int number = 1;
    auto const reference = [](int& n) -> Task<int&> { co_return n; };
    CHECK(&block_on(race(reference(number), reference(number))) == &number);

    Trace trace;
    auto const guard = [](Trace& to) -> Task<Noted> { co_return Noted(to, "guard"); };
    {
        Noted const won = block_on(race(guard(trace), guard(trace)));
        CHECK(trace.take().empty());
    }
    CHECK(trace.take() == std::vector<std::string>{"end guard"});
}

TEST_CASE("Race: an exception of one comes out", "[async][race]") {
    Manual<int> const manual;
    manual.fail();
    Polled polled(race(pending<int>(), manual.future()));

    CHECK_THROWS_AS(polled.poll(), std::runtime_error);
}

TEST_CASE("Race: between threads there is one winner", "[async][race][threads]") {
    for (int round = 0; round < 300; ++round) {
        Manual<int> const first;
        Manual<int> const second;
        Threads threads;
        threads.start([&] { first.finish(1); });
        threads.start([&] { second.finish(2); });

        int const won = block_on(race(first.future(), second.future()));
        CHECK((won == 1 || won == 2));
    }
}

#include "tandem/core/detail/unwinding.hpp"

#include <coroutine>
#include <exception>
#include <type_traits>

#include "support/catch.hpp"
#include "support/steps.hpp"
#include "support/threads.hpp"

namespace {

using tandem::detail::CoroutineEntered;
using tandem::detail::exceptions_in_flight;
using tandem::testing::Steps;
using tandem::testing::Threads;
using tandem::testing::while_unwinding;

static_assert(!std::is_copy_constructible_v<CoroutineEntered>);
static_assert(!std::is_copy_assignable_v<CoroutineEntered>);

/// Notes what it sees in every step, and in a destructor that an exception runs.
Steps note(int& in_flight) {
    in_flight = exceptions_in_flight();
    co_await std::suspend_always{};
    in_flight = exceptions_in_flight();
    co_await std::suspend_always{};
    while_unwinding([&] { in_flight = exceptions_in_flight(); });
}

}  // namespace

TEST_CASE("exceptions_in_flight: counts those of the code at hand", "[core][unwinding]") {
    int first = 0;
    int second = 0;

    CHECK(exceptions_in_flight() == 0);
    while_unwinding([&] {
        first = exceptions_in_flight();
        while_unwinding([&] { second = exceptions_in_flight(); });
    });
    CHECK(first == 1);
    CHECK(second == 2);
    CHECK(exceptions_in_flight() == 0);
}

TEST_CASE("exceptions_in_flight: a caught exception is not in flight", "[core][unwinding]") {
    int caught = -1;
    try {
        throw 0;
    } catch (int) { caught = exceptions_in_flight(); }
    CHECK(caught == 0);
}

TEST_CASE("CoroutineEntered: hides what its thread is carrying", "[core][unwinding]") {
    int inside = -1;
    int deeper = -1;
    int after = -1;

    while_unwinding([&] {
        {
            CoroutineEntered const entered;
            inside = exceptions_in_flight();
            while_unwinding([&] {
                CoroutineEntered const nested;
                deeper = exceptions_in_flight();
            });
        }
        after = exceptions_in_flight();
    });

    CHECK(inside == 0);
    CHECK(deeper == 0);
    CHECK(after == 1);
}

TEST_CASE("CoroutineEntered: each step counts afresh, on any thread",
          "[core][unwinding][threads]") {
    int in_flight = -1;
    Steps steps = note(in_flight);

    while_unwinding([&] { steps.step(); });
    CHECK(in_flight == 0);

    in_flight = -1;
    Threads threads;
    threads.start([&] { while_unwinding([&] { steps.step(); }); });
    threads.join();
    CHECK(in_flight == 0);

    while_unwinding([&] { steps.step(); });
    CHECK(in_flight == 1);  // its own
    CHECK(steps.done());
}

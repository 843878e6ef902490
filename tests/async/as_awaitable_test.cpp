#include "tandem/async/as_awaitable.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/steps.hpp"
#include "support/threads.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::async::as_awaitable;
using tandem::async::AsAwaitable;
using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::poll_fn;
using tandem::async::Ready;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::Noted;
using tandem::testing::on_threads;
using tandem::testing::spin_for;
using tandem::testing::Steps;  // the foreign coroutine: it knows nothing of polls
using tandem::testing::Threads;
using tandem::testing::Trace;

static_assert(!std::is_copy_constructible_v<AsAwaitable<Ready<int>>>);
static_assert(std::is_move_constructible_v<AsAwaitable<Ready<int>>>);
static_assert(Send<AsAwaitable<Ready<int>>> && !Send<AsAwaitable<Ready<int*>>>);
static_assert(!Send<AsAwaitable<Task<int>>>);

/// A value to come, given by hand, and the waker of the last who polled for it.
struct Given {
    std::optional<int> value{};
    std::optional<Waker> waker{};
    int polls = 0;

    void give(int number) {
        value = number;
        std::exchange(waker, std::nullopt)->wake();
    }
    auto future() {
        return poll_fn([this](Context& cx) {
            ++polls;
            if (value) {
                return Poll<int>::ready(*value);
            }
            waker.emplace(cx.waker().clone());
            return Poll<int>::pending();
        });
    }
};

template <class F>
Steps await_into(int& result, F future) {
    result = co_await as_awaitable(std::move(future));
}

Task<int> add_one(Given& given) {
    int const number = co_await given.future();
    co_return number + 1;
}

}  // namespace

TEST_CASE("as_awaitable: a future that is ready does not suspend", "[async][as_awaitable]") {
    int result = 0;
    Steps foreign = await_into(result, ready(7));

    foreign.step();

    CHECK(foreign.done());
    CHECK(result == 7);
}

TEST_CASE("as_awaitable: a wake polls, and resumes the coroutine when the value is there",
          "[async][as_awaitable]") {
    Given given;
    int result = 0;
    Steps foreign = await_into(result, given.future());

    foreign.step();
    CHECK(given.polls == 1);
    CHECK_FALSE(foreign.done());

    std::exchange(given.waker, std::nullopt)->wake();  // for nothing
    CHECK(given.polls == 2);
    CHECK_FALSE(foreign.done());

    given.waker->wake_by_ref();  // through the waker that the poll replaces
    CHECK(given.polls == 3);

    given.give(5);
    CHECK(given.polls == 4);
    CHECK(foreign.done());
    CHECK(result == 5);
}

TEST_CASE("as_awaitable: a wake within the poll is one more poll", "[async][as_awaitable]") {
    int result = 0;
    auto three_yields = []() -> Task<int> {
        for (int i = 0; i < 3; ++i) {
            co_await yield_now();
        }
        co_return 3;
    };
    Steps foreign = await_into(result, three_yields());

    foreign.step();

    CHECK(foreign.done());
    CHECK(result == 3);
}

TEST_CASE("as_awaitable: wakes after the end do nothing", "[async][as_awaitable]") {
    Given given;
    int result = 0;
    std::optional<Steps> foreign(await_into(result, given.future()));
    foreign->step();
    Waker const late = given.waker->clone();

    given.give(1);
    late.wake_by_ref();
    CHECK(given.polls == 2);

    foreign.reset();
    late.wake_by_ref();
    CHECK(given.polls == 2);
}

TEST_CASE("as_awaitable: takes a Task, a reference and a future that stays where it is",
          "[async][as_awaitable]") {
    Given given;
    int result = 0;

    SECTION("Task") {
        Steps foreign = await_into(result, add_one(given));
        foreign.step();
        given.give(1);
        CHECK(result == 2);
    }
    SECTION("std::ref") {
        Task<int> mine = add_one(given);
        Steps foreign = await_into(result, std::ref(mine));
        foreign.step();
        given.give(2);
        CHECK(result == 3);
    }
    SECTION("a reference") {
        int target = 1;
        auto reference_to = [](int& n) -> Task<int&> { co_return n; };
        auto await_it = [](Task<int&> task) -> Steps { ++co_await as_awaitable(std::move(task)); };
        Steps foreign = await_it(reference_to(target));
        foreign.step();
        CHECK(target == 2);
    }
}

TEST_CASE("as_awaitable: an exception comes out of the co_await", "[async][as_awaitable]") {
    Given given;
    auto throws = [](Given& first, bool wait) -> Task<int> {
        if (wait) {
            co_await first.future();
        }
        throw std::runtime_error("thrown");
    };
    auto catches = [](Task<int> task, bool& caught) -> Steps {
        try {
            co_await as_awaitable(std::move(task));
        } catch (std::runtime_error const&) { caught = true; }
    };
    bool const wait = GENERATE(false, true);
    bool caught = false;
    Steps foreign = catches(throws(given, wait), caught);

    foreign.step();
    if (wait) {
        CHECK_FALSE(caught);
        given.give(0);
    }

    CHECK(caught);
    CHECK(foreign.done());
}

TEST_CASE("as_awaitable: dropping the foreign coroutine cancels the future",
          "[async][as_awaitable]") {
    Trace trace;
    Given given;
    auto noted = [](Trace& notes, Given& first) -> Task<int> {
        Noted const local(notes, "local");
        co_return co_await first.future();
    };
    int result = 0;
    std::optional<Steps> foreign(await_into(result, noted(trace, given)));
    foreign->step();

    foreign.reset();

    CHECK(trace.take() == std::vector<std::string>{"end local"});
    given.give(1);  // wakes nobody
    CHECK(given.polls == 1);
}

TEST_CASE("as_awaitable: it is awaited once", "[async][as_awaitable]") {
    auto twice = as_awaitable(ready(1));
    auto await_twice = [](decltype(twice)& awaitable, bool& refused) -> Steps {
        co_await awaitable;
        try {
            co_await awaitable;
        } catch (Panic const&) { refused = true; }
    };
    bool refused = false;
    Steps foreign = await_twice(twice, refused);

    foreign.step();

    CHECK(refused);
}

TEST_CASE("as_awaitable: wakes from several threads at once resume it exactly once",
          "[async][as_awaitable][threads]") {
    for (int round = 0; round < 300; ++round) {
        std::atomic<int> value{0};
        std::vector<Waker> wakers;
        int polls = 0;  // not atomic: one thread polls at a time, and hands over to the next
        int resumed = 0;
        auto two_came = [&](Context& cx) {
            ++polls;
            if (value == 2) {
                return Poll<int>::ready(2);
            }
            if (wakers.size() < 2) {
                wakers.push_back(cx.waker().clone());
                wakers.push_back(cx.waker().clone());
            }
            return Poll<int>::pending();
        };
        auto foreign_code = [](auto future, int& times) -> Steps {
            co_await as_awaitable(std::move(future));
            ++times;
        };
        Steps foreign = foreign_code(poll_fn(std::move(two_came)), resumed);
        foreign.step();

        on_threads(2, [&](int i) {
            spin_for(round % 50 * i);
            ++value;
            wakers[static_cast<std::size_t>(i)].wake_by_ref();
        });

        REQUIRE(resumed == 1);
        REQUIRE(foreign.done());
        REQUIRE(polls >= 2);
    }
}

TEST_CASE("as_awaitable: a drop waits for the poll that another thread is in",
          "[async][as_awaitable][threads]") {
    std::optional<Waker> waker;
    std::atomic<bool> in_the_poll{false};
    std::atomic<bool> poll_is_over{false};
    int polls = 0;
    auto slow = [&](Context& cx) {
        if (++polls == 1) {
            waker.emplace(cx.waker().clone());
        } else {
            waker.reset();  // the one it is woken through
            in_the_poll = true;
            let_them_fall_asleep();  // time for the other thread to begin its drop
            poll_is_over = true;
        }
        return Poll<int>::pending();
    };
    int result = 0;
    std::optional<Steps> foreign(await_into(result, poll_fn(std::move(slow))));
    foreign->step();
    Threads threads;
    threads.start([&] { waker->wake_by_ref(); });
    while (!in_the_poll) {
        spin_for(100);
    }

    foreign.reset();

    CHECK(poll_is_over);
}

TEST_CASE("as_awaitable: dropped in one thread while another wakes it for nothing",
          "[async][as_awaitable][threads]") {
    for (int round = 0; round < 300; ++round) {
        std::vector<Waker> wakers;
        auto alive = std::make_unique<int>(0);
        auto never = [&wakers, &counter = *alive](Context& cx) {
            ++counter;  // a use after free, if it is polled after the drop
            if (wakers.empty()) {
                wakers.push_back(cx.waker().clone());
            }
            return Poll<int>::pending();
        };
        int result = 0;
        std::optional<Steps> foreign(await_into(result, poll_fn(std::move(never))));
        foreign->step();

        on_threads(2, [&](int i) {
            if (i == 0) {
                spin_for(round % 50);
                foreign.reset();
                alive.reset();
            } else {
                for (int n = 0; n < 5; ++n) {
                    wakers.front().wake_by_ref();
                }
            }
        });
    }
    SUCCEED("what a sanitizer has to say is the check");
}

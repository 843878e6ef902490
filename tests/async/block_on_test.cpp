#include "tandem/async/block_on.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/detail/raw_mutex.hpp"

namespace {

using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::poll_fn;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::detail::RawLock;
using tandem::detail::RawMutex;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::spin_for;
using tandem::testing::Threads;

/// Set by one thread, awaited by another.
class Signal {
public:
    void set() {
        std::optional<Waker> waker;
        {
            RawLock const lock(mutex_);
            set_ = true;
            waker_.swap(waker);
        }
        if (waker) {
            waker->wake();
        }
    }

    auto wait() {
        return poll_fn([this](Context& cx) {
            std::optional<Waker> waker(cx.waker().clone());
            RawLock const lock(mutex_);
            ++polls_;
            waker_.swap(waker);
            return set_ ? Poll<void>::ready() : Poll<void>::pending();
        });
    }

    [[nodiscard]] int polls() {
        RawLock const lock(mutex_);
        return polls_;
    }
    [[nodiscard]] std::optional<Waker> take_waker() {
        RawLock const lock(mutex_);
        return std::exchange(waker_, std::nullopt);
    }

private:
    RawMutex mutex_;
    bool set_ = false;
    int polls_ = 0;
    std::optional<Waker> waker_;
};

Task<int> number_after(Signal& signal, int number) {
    co_await signal.wait();
    co_return number;
}

}  // namespace

TEST_CASE("block_on: hands over what the future is ready with", "[async][block_on]") {
    int target = 0;
    auto reference = [](int& n) -> Task<int&> { co_return n; };

    CHECK(block_on(ready(3)) == 3);
    CHECK(*block_on(ready(std::make_unique<int>(4))) == 4);
    CHECK(&block_on(reference(target)) == &target);
    block_on(ready());
}

TEST_CASE("block_on: a future that wakes itself is polled again", "[async][block_on]") {
    int turns = 0;
    auto yields = [](int& count) -> Task<> {
        for (; count < 100; ++count) {
            co_await yield_now();
        }
    };
    block_on(yields(turns));
    CHECK(turns == 100);
}

TEST_CASE("block_on: polls one in place that is given by std::ref", "[async][block_on]") {
    Signal signal;
    signal.set();
    Task<int> task = number_after(signal, 5);

    CHECK(block_on(std::ref(task)) == 5);
}

TEST_CASE("block_on: an exception comes out", "[async][block_on]") {
    auto throws = []() -> Task<> {
        co_await yield_now();
        throw std::runtime_error("thrown");
    };
    CHECK_THROWS_AS(block_on(throws()), std::runtime_error);
    CHECK(block_on(ready(1)) == 1);  // the thread is none the worse for it
}

TEST_CASE("block_on: one inside another, and each sleeps for itself", "[async][block_on]") {
    Signal inner;
    Signal outer;
    auto task = [](Signal& first, Signal& second) -> Task<int> {
        int const number = block_on(number_after(first, 1));
        co_return number + co_await number_after(second, 1);
    };
    Threads threads;
    threads.start([&] {
        let_them_fall_asleep();
        inner.set();
        let_them_fall_asleep();
        outer.set();
    });
    CHECK(block_on(task(inner, outer)) == 2);
}

TEST_CASE("block_on: sleeps until it is woken, by another thread", "[async][block_on][threads]") {
    Signal signal;
    Threads threads;
    std::atomic<int> polls{0};
    threads.start([&] {
        let_them_fall_asleep();
        polls = signal.polls();
        signal.set();
    });

    CHECK(block_on(number_after(signal, 6)) == 6);

    threads.join();
    CHECK(polls <= 2);  // 1, or a stray wake-up: it does not spin
}

TEST_CASE("block_on: no wake-up is lost, however close it comes", "[async][block_on][threads]") {
    for (int round = 0; round < 2'000; ++round) {
        Signal signal;
        std::atomic<int> result{0};
        on_threads(2, [&](int i) {
            if (i == 0) {
                result = block_on(number_after(signal, round));
            } else {
                spin_for(round % 100);
                signal.set();
            }
        });
        REQUIRE(result == round);
    }
}

TEST_CASE("block_on: a waker may be called when the thread is long gone",
          "[async][block_on][threads]") {
    Signal signal;
    Threads threads;
    std::optional<Waker> late;
    threads.start([&] {
        auto once = poll_fn([&](Context& cx) {
            late.emplace(cx.waker().clone());
            return Poll<void>::ready();
        });
        block_on(std::move(once));
    });
    threads.join();

    late->wake();
    CHECK(block_on(ready(1)) == 1);
}

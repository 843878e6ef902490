#include "tandem/sync/condvar.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::sync::Condvar;
using tandem::sync::Mutex;
using tandem::sync::WaitTimeoutResult;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;
using Clock = std::chrono::steady_clock;

static_assert(!std::is_copy_constructible_v<Condvar> && !std::is_move_constructible_v<Condvar>);
static_assert(Send<Condvar> && Sync<Condvar>);
static_assert(Send<WaitTimeoutResult> && Sync<WaitTimeoutResult>);

constinit Condvar global_condvar;  // needs no code before main

template <class T>
void poison(Mutex<T> const& mutex) {
    try {
        auto const guard = mutex.lock();
        throw std::runtime_error("failed while holding the lock");
    } catch (std::runtime_error const&) { return; }
}

}  // namespace

TEST_CASE("Condvar: wait frees the lock while it sleeps, and holds it when it returns",
          "[sync][condvar][threads]") {
    Mutex<bool> const ready{false};
    Threads threads;
    bool locked_after = false;
    {
        auto guard = ready.lock().unwrap();
        threads.start([&] {
            *ready.lock().unwrap() = true;  // waits for ever if the waiter keeps the lock
            global_condvar.notify_one();
        });
        while (!*guard) {
            global_condvar.wait(guard).unwrap();
        }
        locked_after = ready.try_lock().is_err();
    }

    CHECK(locked_after);
    CHECK(ready.try_lock().is_ok());
}

TEST_CASE("Condvar: wait_while sleeps as long as the predicate holds", "[sync][condvar][threads]") {
    Mutex<int> const number{0};
    Condvar const changed;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < 5; ++i) {
            ++*number.lock().unwrap();
            changed.notify_all();
        }
    });

    auto guard = number.lock().unwrap();
    changed.wait_while(guard, [](int& n) { return n < 5; }).unwrap();

    CHECK(*guard == 5);
}

TEST_CASE("Condvar: wait_while does not sleep where there is nothing to wait for",
          "[sync][condvar]") {
    Mutex<int> const number{5};
    Condvar const changed;
    auto guard = number.lock().unwrap();

    changed.wait_while(guard, [](int& n) { return n < 5; }).unwrap();

    CHECK(
        changed.wait_timeout_while(guard, 1h, [](int& n) { return n < 5; }).unwrap().timed_out() ==
        false);
}

TEST_CASE("Condvar: notify_one wakes one waiter, notify_all the others",
          "[sync][condvar][threads]") {
    struct State {
        int tickets = 0;
        int through = 0;
        int waiting = 0;
    };
    Mutex<State> const state;
    Condvar const changed;
    Condvar const progress;
    Threads threads;
    for (int i = 0; i < 4; ++i) {
        threads.start([&] {
            auto guard = state.lock().unwrap();
            ++guard->waiting;
            progress.notify_all();
            changed.wait_while(guard, [](State& s) { return s.tickets == 0; }).unwrap();
            --guard->tickets;
            ++guard->through;
            progress.notify_all();
        });
    }
    {
        auto guard = state.lock().unwrap();
        progress.wait_while(guard, [](State& s) { return s.waiting < 4; }).unwrap();
        guard->tickets = 1;
    }
    changed.notify_one();  // all four sleep: waiting was counted under the lock they slept on
    {
        auto guard = state.lock().unwrap();
        progress.wait_while(guard, [](State& s) { return s.through < 1; }).unwrap();
        CHECK(guard->through == 1);
        guard->tickets = 3;
    }
    changed.notify_all();
    threads.join();

    CHECK(state.lock().unwrap()->through == 4);
}

TEST_CASE("Condvar: a guard that was moved from cannot wait", "[sync][condvar]") {
    Mutex<int> const mutex{0};
    Condvar const condvar;
    auto guard = mutex.lock().unwrap();
    auto const other = std::move(guard);

    // NOLINTBEGIN(bugprone-use-after-move): the claim
    CHECK_THROWS_AS(condvar.wait(guard), Panic);
    CHECK_THROWS_AS(condvar.wait_timeout(guard, 1ms), Panic);
    // NOLINTEND(bugprone-use-after-move)
}

TEST_CASE("Condvar: a notification without a waiter is not kept", "[sync][condvar]") {
    Mutex<int> const mutex{0};
    Condvar const condvar;
    condvar.notify_one();
    condvar.notify_all();

    auto guard = mutex.lock().unwrap();

    CHECK(condvar.wait_timeout(guard, 5ms).unwrap().timed_out());
}

TEST_CASE("Condvar: a wait with a timeout ends then, not before", "[sync][condvar]") {
    Mutex<int> const mutex{0};
    Condvar const condvar;
    auto guard = mutex.lock().unwrap();
    auto const begin = Clock::now();

    SECTION("wait_timeout") {
        CHECK(condvar.wait_timeout(guard, 20ms).unwrap().timed_out());
        CHECK(Clock::now() - begin >= 20ms);
    }
    SECTION("wait_timeout_while") {
        auto const waited = condvar.wait_timeout_while(guard, 20ms, [](int&) { return true; });
        CHECK(waited.unwrap().timed_out());
        CHECK(Clock::now() - begin >= 20ms);
    }
    SECTION("no time at all") {
        CHECK(condvar.wait_timeout(guard, 0s).unwrap().timed_out());
        CHECK(condvar.wait_timeout(guard, -1s).unwrap().timed_out());
        CHECK(condvar.wait_timeout(guard, std::chrono::nanoseconds::min()).unwrap().timed_out());
        CHECK(
            condvar.wait_timeout_while(guard, 0s, [](int&) { return true; }).unwrap().timed_out());
    }
    CHECK(mutex.try_lock().is_err());  // held again in every case
}

TEST_CASE("Condvar: a timeout that ends while the lock is held elsewhere waits for the lock",
          "[sync][condvar][threads]") {
    Mutex<int> const number{0};
    Condvar const condvar;
    Threads threads;
    auto guard = number.lock().unwrap();
    threads.start([&] {
        auto const mine = number.lock().unwrap();
        std::this_thread::sleep_for(20ms);
        *mine = 1;
    });
    while (*guard == 0) {
        (void)condvar.wait_timeout(guard, 1ms);
    }

    CHECK(*guard == 1);  // TSan objects if it was read without the lock
}

TEST_CASE("Condvar: the longest timeout is no timeout", "[sync][condvar][threads]") {
    Mutex<bool> const ready{false};
    Condvar const changed;
    Threads threads;
    auto guard = ready.lock().unwrap();
    threads.start([&] {
        let_them_fall_asleep();
        *ready.lock().unwrap() = true;
        changed.notify_one();
    });

    auto const longest = GENERATE(0, 1);
    auto const waiting = [](bool& is_ready) { return !is_ready; };
    bool const timed_out =
        longest == 0
            ? changed.wait_timeout_while(guard, std::chrono::hours::max(), waiting)
                  .unwrap()
                  .timed_out()
            : changed.wait_timeout_while(guard, std::chrono::duration<double>::max(), waiting)
                  .unwrap()
                  .timed_out();

    CHECK_FALSE(timed_out);
    CHECK(*guard);
}

TEST_CASE("Condvar: a wait says that the mutex is poisoned, and holds the lock all the same",
          "[sync][condvar][poison]") {
    Mutex<int> const mutex{1};
    Condvar const condvar;
    poison(mutex);
    auto guard = mutex.lock().unwrap_err().into_inner();

    CHECK(condvar.wait_timeout(guard, 1ms).is_err());
    CHECK(condvar.wait_timeout(guard, 1ms).unwrap_err().into_inner().timed_out());
    CHECK(condvar.wait_timeout_while(guard, 1ms, [](int&) { return true; }).is_err());
    CHECK(mutex.try_lock().unwrap_err().is_would_block());
}

TEST_CASE("Condvar: who poisons the mutex and notifies does not leave a waiter asleep",
          "[sync][condvar][poison][threads]") {
    Mutex<int> const mutex{0};
    Condvar const condvar;
    std::atomic<int> told{0};
    Threads threads;
    for (int i = 0; i < 2; ++i) {
        threads.start([&, i] {
            auto guard = mutex.lock().unwrap_or_else(
                [](auto poisoned) { return std::move(poisoned).into_inner(); });
            bool const err =
                i == 0
                    ? condvar.wait_while(guard, [](int& n) { return n == 0; }).is_err()
                    : condvar.wait_timeout_while(guard, 1h, [](int& n) { return n == 0; }).is_err();
            told += err ? 1 : 0;
        });
    }
    let_them_fall_asleep();

    poison(mutex);
    while (told < 2) {
        condvar.notify_all();
        std::this_thread::yield();
    }
    threads.join();

    CHECK(told == 2);
}

TEST_CASE("Condvar: a queue between threads loses nothing and hangs nobody",
          "[sync][condvar][threads]") {
    constexpr int rounds = 5'000;
    constexpr std::size_t room = 4;
    using Queue = std::deque<int>;
    Mutex<Queue> const queue;
    Condvar const not_empty;
    Condvar const not_full;
    std::atomic<long> sum{0};

    on_threads(4, [&](int i) {
        for (int n = 1; n <= rounds; ++n) {
            auto guard = queue.lock().unwrap();
            if (i % 2 == 0) {
                not_full.wait_while(guard, [](Queue& q) { return q.size() == room; }).unwrap();
                guard->push_back(n);
                not_empty.notify_one();
            } else {
                not_empty.wait_while(guard, [](Queue& q) { return q.empty(); }).unwrap();
                sum += guard->front();
                guard->pop_front();
                not_full.notify_one();
            }
        }
    });

    CHECK(sum == 2L * rounds * (rounds + 1) / 2);
    CHECK(queue.lock().unwrap()->empty());
}

TEST_CASE("Condvar: a notification that meets a deadline is not lost for another waiter",
          "[sync][condvar][threads]") {
    // One waits for good, others time out all the while. notify_one may wake one of those, but
    // then it returns "in time" and passes the turn on.
    struct State {
        int turn = 0;
        bool over = false;
    };
    Mutex<State> const state;
    Condvar const changed;
    constexpr int rounds = 300;

    on_threads(3, [&](int i) {
        if (i == 0) {
            for (int n = 0; n < rounds; ++n) {
                {
                    auto const guard = state.lock().unwrap();
                    ++guard->turn;
                }
                changed.notify_one();
                tandem::testing::spin_for(n % 50);
            }
            state.lock().unwrap()->over = true;
            changed.notify_all();
            return;
        }
        auto guard = state.lock().unwrap();
        while (!guard->over) {
            if (i == 1) {
                changed.wait(guard).unwrap();
            } else if (!changed.wait_timeout(guard, 20us).unwrap().timed_out()) {
                changed.notify_one();
            }
        }
    });

    CHECK(state.lock().unwrap()->turn == rounds);
}

#include "tandem/async/detail/task_checks.hpp"

#include <functional>
#include <latch>
#include <optional>
#include <source_location>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/reports.hpp"
#include "tandem/async/barrier.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/broadcast.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/rwlock.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/sync/rwlock.hpp"

namespace async = tandem::async;
using tandem::Diagnostic;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::detail::checked_build;
using tandem::detail::PollingTask;
using tandem::sync::Mutex;
using tandem::sync::MutexGuard;
using tandem::sync::RwLock;
using tandem::testing::contains;
using tandem::testing::Polled;
using tandem::testing::Reports;

namespace {

std::string at(unsigned line) { return "task_checks_test.cpp:" + std::to_string(line); }

/// Exactly one report, about the lock at one line and the co_await at another.
void check_held(Reports const& reports, unsigned locked, unsigned awaited) {
    std::vector<Diagnostic> const heard = reports.take();
    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == locked);
    CHECK(contains(heard[0].location.file_name(), "task_checks_test.cpp"));
    CHECK(contains(heard[0].message, at(locked) + ": "));
    CHECK(contains(heard[0].message, at(awaited)));
    CHECK(contains(heard[0].message, "async::Mutex"));
}

Task<> wait_once() { co_await yield_now(); }
Task<int> nothing_to_wait_for() { co_return 1; }

}  // namespace

// ---- A lock held across a suspension
// -------------------------------------------------------------

namespace {

unsigned locked_at = 0;
unsigned awaited_at = 0;

Task<> hold_mutex(Mutex<int> const& mutex) {
    locked_at = __LINE__ + 1;
    auto const guard = mutex.lock().unwrap();
    awaited_at = __LINE__ + 1;
    co_await yield_now();
    co_await yield_now();
}

Task<> hold_tried(Mutex<int> const& mutex) {
    locked_at = __LINE__ + 1;
    auto const guard = mutex.try_lock().unwrap();
    awaited_at = __LINE__ + 1;
    co_await yield_now();
}

Task<> hold_reader(RwLock<int> const& lock) {
    locked_at = __LINE__ + 1;
    auto const guard = lock.read().unwrap();
    awaited_at = __LINE__ + 1;
    co_await yield_now();
}

Task<> hold_writer(RwLock<int> const& lock) {
    locked_at = __LINE__ + 1;
    auto const guard = lock.write().unwrap();
    awaited_at = __LINE__ + 1;
    co_await yield_now();
}

/// Waits further down, where the guard is not: the line to name is the one beside the guard.
Task<> hold_over_child(Mutex<int> const& mutex) {
    co_await wait_once();
    locked_at = __LINE__ + 1;
    auto const guard = mutex.lock().unwrap();
    co_await nothing_to_wait_for();
    awaited_at = __LINE__ + 1;
    co_await wait_once();
}
Task<> hold_over_deep_child(Mutex<int> const& mutex) { co_await hold_over_child(mutex); }

Task<> hold_over_join(Mutex<int> const& mutex) {
    locked_at = __LINE__ + 1;
    auto const guard = mutex.lock().unwrap();
    awaited_at = __LINE__ + 1;
    co_await async::join(wait_once(), wait_once());
}

Task<MutexGuard<int>> lock_for_another(Mutex<int> const& mutex) {
    locked_at = __LINE__ + 1;
    co_return mutex.lock().unwrap();
}
Task<> hold_anothers(Mutex<int> const& mutex) {
    auto const guard = co_await lock_for_another(mutex);
    awaited_at = __LINE__ + 1;
    co_await yield_now();
}

Task<> lock_briefly(Mutex<int> const& mutex, RwLock<int> const& lock) {
    {
        auto const guard = mutex.lock().unwrap();
        static_cast<void>(lock.read());
        co_await nothing_to_wait_for();  // which is ready, and so suspends nothing
    }
    co_await yield_now();
    *mutex.lock().unwrap() += 1;
    *lock.write().unwrap() += co_await nothing_to_wait_for();
    co_await wait_once();
}

Task<> hold_async_guard(async::Mutex<int> const& mutex) {
    auto const guard = co_await mutex.lock();
    co_await yield_now();
}

/// Holds while it waits for a whole program of its own: no suspension of the task.
Task<> hold_over_block_on(Mutex<int> const& mutex) {
    auto const guard = mutex.lock().unwrap();
    block_on(wait_once());
    co_return;
}

}  // namespace

TEST_CASE("Task: a sync guard held across a co_await that waits is reported, both lines",
          "[async][task][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    RwLock<int> const lock{0};

    SECTION("lock") { block_on(hold_mutex(mutex)); }
    SECTION("try_lock") { block_on(hold_tried(mutex)); }
    SECTION("read") { block_on(hold_reader(lock)); }
    SECTION("write") { block_on(hold_writer(lock)); }

    check_held(reports, locked_at, awaited_at);
}

TEST_CASE("Task: the co_await that is named is the guard's own, wherever the task waits",
          "[async][task][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};

    SECTION("in a child") {
        block_on(hold_over_deep_child(mutex));
        check_held(reports, locked_at, awaited_at);
    }
    SECTION("in several") {
        block_on(hold_over_join(mutex));
        check_held(reports, locked_at, awaited_at);
    }
    SECTION("the guard came from a child") {
        block_on(hold_anothers(mutex));
        check_held(reports, locked_at, awaited_at);
    }
}

TEST_CASE("Task: a guard held across a co_await is reported once a line",
          "[async][task][checked]") {
    auto const hold = [](Mutex<int> const& mutex) -> Task<> {
        auto const guard = mutex.lock().unwrap();
        co_await yield_now();
        co_await yield_now();
    };
    Reports const reports;
    Mutex<int> const mutex{0};

    for (int i = 0; i < 3; ++i) {
        block_on(hold(mutex));
    }

    CHECK(reports.take().size() == (checked_build ? 1 : 0));
}

TEST_CASE("Task: locking that ends before the suspension is silent", "[async][task][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    RwLock<int> const lock{0};

    block_on(lock_briefly(mutex, lock));
    {
        auto const outside = lock.write().unwrap();  // this thread's, and none of the task's
        block_on(wait_once());
        Polled polled(wait_once());
        CHECK(polled.poll().is_pending());
    }
    block_on(hold_over_block_on(mutex));
    block_on(hold_async_guard(async::Mutex<int>(0)));

    CHECK(reports.take().empty());
}

TEST_CASE("Task: a guard goes where its task goes, and its end there is nobody else's",
          "[async][task][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    auto const hold = [](Mutex<int> const& it) -> Task<> {
        auto const guard = it.lock().unwrap();
        co_await yield_now();
    };

    for (int i = 0; i < 3; ++i) {
        Polled polled(hold(mutex));
        CHECK(polled.poll().is_pending());
        std::jthread([&] { static_cast<void>(polled.poll()); }).join();
        block_on(wait_once());  // the guard is not ours any more
    }
    static_cast<void>(mutex.lock());

    CHECK(reports.take().size() == (checked_build ? 1 : 0));
}

// ---- A task that is polled twice at the same time
// ------------------------------------------------

namespace {

Task<> polls(Task<>& task, std::string& message) {
    Waker const waker = Waker::noop();
    Context cx(waker);
    try {
        static_cast<void>(task.poll(cx));
    } catch (Panic const& panic) { message = panic.what(); }
    co_await yield_now();
}

Task<> wait_at(std::latch& running, std::latch& go_on) {
    running.count_down();
    go_on.wait();
    co_return;
}

}  // namespace

TEST_CASE("Task: polled within its own poll is reported, and panics", "[async][task][checked]") {
    if (!checked_build) {
        return;  // else it runs a coroutine that runs
    }
    Reports const reports;
    std::string message;
    std::optional<Task<>> task;
    task.emplace(polls(*task, message));
    Waker const waker = Waker::noop();
    Context cx(waker);

    CHECK(task->poll(cx).is_pending());
    CHECK(task->poll(cx).is_ready());

    CHECK(contains(message, "is polled while another poll of it is under way"));
    std::vector<Diagnostic> const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].location.file_name(), "task_checks_test.cpp"));
    CHECK(contains(heard[0].message, message));
    CHECK(contains(heard[0].message, "`polls`"));
}

TEST_CASE("Task: polled by two threads at once is reported, and panics in the second",
          "[async][task][threads][checked]") {
    if (!checked_build) {
        return;
    }
    Reports const reports;
    std::latch running{1};
    std::latch go_on{1};
    Task<> task = wait_at(running, go_on);
    Waker const waker = Waker::noop();
    {
        std::jthread const first([&] {
            Context cx(waker);
            static_cast<void>(task.poll(cx));
        });
        running.wait();
        Context cx(waker);

        CHECK_THROWS_AS(task.poll(cx), Panic);
        unsigned const line = __LINE__ - 1;

        go_on.count_down();
        std::vector<Diagnostic> const heard = reports.take();
        REQUIRE(heard.size() == 1);
        CHECK(heard[0].location.line() == line);
        CHECK(contains(heard[0].message, at(line)));
        CHECK(contains(heard[0].message, "`wait_at`"));
    }
}

TEST_CASE("Task: where the library polls twice, the task's own place is named",
          "[async][task][threads][checked]") {
    if (!checked_build) {
        return;
    }
    Reports const reports;
    std::latch running{1};
    std::latch go_on{1};
    Task<> task = wait_at(running, go_on);
    {
        std::jthread const first([&] { block_on(std::ref(task)); });
        running.wait();

        CHECK_THROWS_AS(block_on(std::ref(task)), Panic);

        go_on.count_down();
    }
    std::vector<Diagnostic> const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].location.file_name(), "task_checks_test.cpp"));
}

TEST_CASE("Task: polled by one thread after another is silent", "[async][task][threads][checked]") {
    Reports const reports;
    Polled polled(wait_once());

    CHECK(polled.poll().is_pending());
    std::jthread([&] { static_cast<void>(polled.poll()); }).join();

    CHECK(reports.take().empty());
}

// ---- A future that is moved too late
// -------------------------------------------------------------

TEST_CASE("Task: moved after its first poll is reported, at the move", "[async][task][checked]") {
    Reports const reports;
    Waker const waker = Waker::noop();
    Context cx(waker);
    Task<> task = wait_once();
    CHECK(task.poll(cx).is_pending());

    Task<> moved = std::move(task);
    unsigned const line = __LINE__ - 1;

    CHECK(moved.poll(cx).is_ready());
    std::vector<Diagnostic> const heard = reports.take();
    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == line);
    CHECK(contains(heard[0].message, at(line) + ": "));
    CHECK(contains(heard[0].message, "`wait_once`"));
    CHECK(contains(heard[0].message, "std::ref"));
}

TEST_CASE("Future: one that waits in a queue is reported where it is moved", "[async][checked]") {
    async::Mutex<int> const mutex{0};
    auto const held = mutex.try_lock().unwrap();
    async::Notify const notify;
    async::Barrier const barrier(2);
    auto [tx, rx] = async::mpsc::channel<int>(1);
    tx.try_send(1).unwrap();

    Reports const reports;
    Waker const waker = Waker::noop();
    Context cx(waker);
    unsigned line = 0;

    SECTION("lock") {
        auto future = mutex.lock();
        CHECK(future.poll(cx).is_pending());
        auto const moved = std::move(future);
        line = __LINE__ - 1;
    }
    SECTION("notified") {
        auto future = notify.notified();
        CHECK(future.poll(cx).is_pending());
        auto const moved = std::move(future);
        line = __LINE__ - 1;
    }
    SECTION("wait") {
        auto future = barrier.wait();
        CHECK(future.poll(cx).is_pending());
        auto const moved = std::move(future);
        line = __LINE__ - 1;
    }
    SECTION("send") {
        auto future = tx.send(2);
        CHECK(future.poll(cx).is_pending());
        auto const moved = std::move(future);
        line = __LINE__ - 1;
    }

    std::vector<Diagnostic> const heard = reports.take();
    REQUIRE(heard.size() == (checked_build ? 1 : 0));
    if (checked_build) {
        CHECK(heard[0].location.line() == line);
        CHECK(contains(heard[0].message, "after its first poll"));
    }
}

TEST_CASE("Future: moved before its first poll, given away or polled in place is silent",
          "[async][checked]") {
    Reports const reports;
    Waker const waker = Waker::noop();
    Context cx(waker);

    Task<> task = wait_once();
    Task<> moved = std::move(task);
    std::vector<Task<>> tasks;
    for (int i = 0; i < 10; ++i) {
        tasks.push_back(wait_once());
    }
    block_on(async::join_all(std::move(tasks)));
    CHECK(moved.poll(cx).is_pending());
    block_on(async::join(std::ref(moved), wait_once()));

    async::Notify const notify;
    auto future = notify.notified();
    auto later = std::move(future);
    CHECK(later.poll(cx).is_pending());

    CHECK(reports.take().empty());
}

// ---- What must not block in a task
// ---------------------------------------------------------------

namespace {

template <class Fn>
std::string panic_in_task(Fn fn) {
    PollingTask const polling(std::source_location::current());
    try {
        fn();
        return "no panic";
    } catch (Panic const& panic) { return panic.what(); }
}

}  // namespace

TEST_CASE("block_on and blocking_*: panic in a runtime's task, in every build",
          "[async][checked]") {
    async::Mutex<int> const mutex{0};
    async::RwLock<int> const lock{0};
    auto [tx, rx] = async::mpsc::channel<int>(1);
    auto [many_tx, many_rx] = async::broadcast::channel<int>(1);
    auto [one_tx, one_rx] = async::oneshot::channel<int>();
    one_tx.send(1).unwrap();

    CHECK(contains(panic_in_task([] { block_on(wait_once()); }), "block_on() cannot block"));
    CHECK(contains(panic_in_task([&] { static_cast<void>(mutex.blocking_lock()); }),
                   "co_await lock()"));
    CHECK(contains(panic_in_task([&] { static_cast<void>(lock.blocking_read()); }),
                   "co_await read()"));
    CHECK(contains(panic_in_task([&] { static_cast<void>(lock.blocking_write()); }),
                   "co_await write()"));
    CHECK(contains(panic_in_task([&it = tx] { static_cast<void>(it.blocking_send(1)); }),
                   "blocking_send() cannot block"));
    CHECK(contains(panic_in_task([&it = rx] { static_cast<void>(it.blocking_recv()); }),
                   "blocking_recv() cannot block"));
    CHECK(contains(panic_in_task([&it = many_rx] { static_cast<void>(it.blocking_recv()); }),
                   "blocking_recv() cannot block"));
    CHECK(contains(panic_in_task([&it = one_rx] { static_cast<void>(it.blocking_recv()); }),
                   "blocking_recv() cannot block"));

    CHECK(std::move(one_rx).blocking_recv().unwrap() == 1);  // nothing was lost
}

TEST_CASE("block_on: may run tasks outside of a runtime's, one inside the other",
          "[async][checked]") {
    auto const outer = []() -> Task<int> { co_return block_on(nothing_to_wait_for()) + 1; };

    CHECK(block_on(outer()) == 2);
}

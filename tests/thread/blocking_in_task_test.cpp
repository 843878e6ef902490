// What a checked build says of a call that blocks a thread on which a runtime polls a task.
#include <chrono>
#include <latch>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/reports.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/sync/barrier.hpp"
#include "tandem/sync/condvar.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"
#include "tandem/thread/thread.hpp"

namespace mpsc = tandem::sync::mpsc;
namespace thread = tandem::thread;
using tandem::Diagnostic;
using tandem::detail::BlockingAllowed;
using tandem::detail::checked_build;
using tandem::detail::PollingTask;
using tandem::sync::Barrier;
using tandem::sync::Condvar;
using tandem::sync::Mutex;
using tandem::testing::contains;
using tandem::testing::Reports;
using namespace std::chrono_literals;

namespace {

/// Calls `fn()` as a task of a runtime would: within a poll.
template <class Fn>
void in_task(Fn fn) {
    PollingTask const polling(std::source_location::current());
    fn();
}

void check_report(Reports const& reports, unsigned line, char const* what, char const* instead) {
    std::vector<Diagnostic> const heard = reports.take();
    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == line);
    CHECK(contains(heard[0].message,
                   "blocking_in_task_test.cpp:" + std::to_string(line) + ": " + what));
    CHECK(contains(heard[0].message, instead));
}

}  // namespace

TEST_CASE("thread::sleep: in a task it is reported", "[thread][checked]") {
    Reports const reports;
    in_task([] { thread::sleep(1ms); });
    check_report(reports, __LINE__ - 1, "thread::sleep", "rt::time::sleep");
}

TEST_CASE("thread::park: in a task it is reported", "[thread][checked]") {
    Reports const reports;
    SECTION("park") {
        thread::current().unpark();
        in_task([] { thread::park(); });
        check_report(reports, __LINE__ - 1, "thread::park", "async::Notify");
    }
    SECTION("park_timeout") {
        in_task([] { thread::park_timeout(1ms); });
        check_report(reports, __LINE__ - 1, "thread::park_timeout", "async::Notify");
    }
}

TEST_CASE("JoinHandle: join in a task is reported if the thread still runs", "[thread][checked]") {
    Reports const reports;
    static std::latch* over = nullptr;
    std::latch done{1};
    over = &done;
    auto handle = thread::spawn([] { over->wait(); });

    SECTION("it does") {
        auto ends = thread::spawn([] {
            thread::sleep(5ms);
            over->count_down();
        });
        in_task([&] { handle.join().unwrap(); });
        check_report(reports, __LINE__ - 1, "JoinHandle::join", "rt::spawn_blocking");
        ends.join().unwrap();
    }
    SECTION("it does not") {
        over->count_down();
        while (!handle.is_finished()) {
            thread::yield_now();
        }
        in_task([&] { handle.join().unwrap(); });
        CHECK(reports.take().empty());
    }
}

TEST_CASE("Receiver: a blocking receive in a task is reported", "[thread][mpsc][checked]") {
    Reports const reports;
    auto [tx, rx] = mpsc::channel<int>();
    tx.send(1).unwrap();
    tandem::drop(std::move(tx));
    unsigned line = 0;

    SECTION("recv") {
        in_task([&it = rx] { static_cast<void>(it.recv()); });
        line = __LINE__ - 1;
    }
    SECTION("recv_timeout") {
        in_task([&it = rx] { static_cast<void>(it.recv_timeout(1ms)); });
        line = __LINE__ - 1;
    }
    SECTION("a loop") {
        in_task([&it = rx] {
            for (int const value : it) {
                static_cast<void>(value);
            }
        });
        line = __LINE__ - 4;
    }
    SECTION("iter") {
        in_task([&it = rx] { static_cast<void>(it.iter()); });
        line = __LINE__ - 1;
    }

    check_report(reports, line, "a blocking receive", "async::mpsc");
}

TEST_CASE("Receiver: what does not wait is silent in a task", "[thread][mpsc][checked]") {
    Reports const reports;
    auto [tx, rx] = mpsc::channel<int>();

    in_task([&sender = tx, &receiver = rx] {
        sender.send(1).unwrap();
        static_cast<void>(receiver.try_recv());
        for (int const value : receiver.try_iter()) {
            static_cast<void>(value);
        }
        thread::sleep(0ms);
        thread::yield_now();
    });

    CHECK(reports.take().empty());
}

TEST_CASE("Condvar: a wait in a task is reported", "[thread][condvar][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    Condvar const changed;
    auto guard = mutex.lock().unwrap();

    in_task([&] { static_cast<void>(changed.wait_timeout(guard, 1ms)); });
    check_report(reports, __LINE__ - 1, "Condvar::wait", "async::Notify");

    in_task(
        [&] { static_cast<void>(changed.wait_while(guard, [](int const&) { return false; })); });
    CHECK(reports.take().empty());  // nothing to wait for
}

TEST_CASE("Barrier: a wait in a task is reported", "[thread][barrier][checked]") {
    Reports const reports;
    Barrier const barrier(1);
    in_task([&] { static_cast<void>(barrier.wait()); });
    check_report(reports, __LINE__ - 1, "Barrier::wait", "async::Barrier");
}

TEST_CASE("thread::sleep: silent outside of tasks, and where blocking is allowed",
          "[thread][checked]") {
    Reports const reports;

    thread::sleep(1ms);
    in_task([] {
        BlockingAllowed const allowed;
        thread::sleep(1ms);
    });
    in_task([] { thread::spawn([] { thread::sleep(1ms); }).join().unwrap_or_else([](auto) {}); });

    std::vector<Diagnostic> const heard = reports.take();  // of the join, perhaps
    for (Diagnostic const& it : heard) {
        CHECK_FALSE(contains(it.message, "thread::sleep"));
    }
}

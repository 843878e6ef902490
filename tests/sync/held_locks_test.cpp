// What a checked build says of locks: the thread holds it already, a task waited too long for it.
#include <chrono>
#include <latch>
#include <optional>
#include <source_location>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/reports.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/sync/rwlock.hpp"

using tandem::Diagnostic;
using tandem::DiagnosticsHandler;
using tandem::set_diagnostics;
using tandem::detail::checked_build;
using tandem::detail::PollingTask;
using tandem::sync::Mutex;
using tandem::sync::MutexGuard;
using tandem::sync::RwLock;
using tandem::sync::RwLockReadGuard;
using tandem::sync::RwLockWriteGuard;
using tandem::testing::contains;
using tandem::testing::Reports;

namespace {

/// A mistake that would hang goes on here: its report, before it waits, ends the guard in the way.
template <class Guard>
class Rescue {
public:
    explicit Rescue(Guard guard)
        : guard_(std::move(guard)), before_(set_diagnostics([this](Diagnostic const& it) {
              heard.push_back(it);
              guard_.reset();
          })) {}
    Rescue(Rescue const&) = delete;
    Rescue& operator=(Rescue const&) = delete;
    ~Rescue() { set_diagnostics(std::move(before_)); }

    std::vector<Diagnostic> heard;

private:
    std::optional<Guard> guard_;
    DiagnosticsHandler before_;
};

void check_report(std::vector<Diagnostic> const& heard, unsigned first, unsigned second) {
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == second);
    CHECK(contains(heard[0].message, "held_locks_test.cpp:" + std::to_string(second) + ": "));
    CHECK(contains(heard[0].message, "held_locks_test.cpp:" + std::to_string(first)));
    CHECK(contains(heard[0].message, "waits for ever"));
}

/// Holds the lock for so long that another thread, which polls a task, waits for it.
template <class Take>
void wait_for_another(std::chrono::milliseconds time, Take take) {
    std::latch held{1};
    std::jthread const holder([&] {
        auto const guard = take();
        held.count_down();
        std::this_thread::sleep_for(time);
    });
    held.wait();
    PollingTask const polling(std::source_location::current());
    auto const guard = take();
}

constexpr std::chrono::milliseconds too_long{40};

}  // namespace

TEST_CASE("Mutex: a thread that locks what it holds is told before it waits",
          "[sync][mutex][checked]") {
    if (!checked_build) {
        return;
    }
    Mutex<int> const mutex{0};
    Rescue<MutexGuard<int>> const rescue(mutex.lock().unwrap());
    unsigned const first = __LINE__ - 1;

    static_cast<void>(mutex.lock());
    unsigned const second = __LINE__ - 1;

    check_report(rescue.heard, first, second);
}

TEST_CASE("Mutex: a guard from try_lock counts, wherever it was moved", "[sync][mutex][checked]") {
    if (!checked_build) {
        return;
    }
    Mutex<int> const mutex{0};
    auto guard = mutex.try_lock().unwrap();
    unsigned const first = __LINE__ - 1;
    auto moved = std::move(guard);
    Rescue<MutexGuard<int>> const rescue(std::move(moved));

    static_cast<void>(mutex.lock());
    unsigned const second = __LINE__ - 1;

    check_report(rescue.heard, first, second);
}

TEST_CASE("RwLock: a thread that writes what it holds is told before it waits",
          "[sync][rwlock][checked]") {
    if (!checked_build) {
        return;
    }
    RwLock<int> const lock{0};
    unsigned first = 0;

    SECTION("as a reader") {
        Rescue<RwLockReadGuard<int>> const rescue(lock.read().unwrap());
        first = __LINE__ - 1;
        static_cast<void>(lock.write());
        check_report(rescue.heard, first, first + 2);
    }
    SECTION("as the writer") {
        Rescue<RwLockWriteGuard<int>> const rescue(lock.write().unwrap());
        first = __LINE__ - 1;
        static_cast<void>(lock.write());
        check_report(rescue.heard, first, first + 2);
    }
    SECTION("or reads what it writes") {
        Rescue<RwLockWriteGuard<int>> const rescue(lock.try_write().unwrap());
        first = __LINE__ - 1;
        static_cast<void>(lock.read());
        check_report(rescue.heard, first, first + 2);
    }
}

TEST_CASE("Mutex: locking again is silent where nothing waits for itself",
          "[sync][mutex][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    Mutex<int> const another{0};
    RwLock<int> const lock{0};

    {
        auto const guard = mutex.lock().unwrap();
        CHECK(mutex.try_lock().is_err());
        static_cast<void>(another.lock());
        auto const reader = lock.read().unwrap();
        static_cast<void>(lock.read());
    }
    static_cast<void>(mutex.lock());
    static_cast<void>(lock.write());

    CHECK(reports.take().empty());
}

TEST_CASE("Mutex: waiting for another thread's guard is silent", "[sync][mutex][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    std::latch held{1};

    {
        std::jthread const holder([&] {
            auto const guard = mutex.lock().unwrap();
            held.count_down();
            std::this_thread::sleep_for(too_long);  // outside of a task, a thread may wait
        });
        held.wait();
        static_cast<void>(mutex.lock());
    }

    CHECK(reports.take().empty());
}

TEST_CASE("Mutex: a guard that another thread releases is forgotten here",
          "[sync][mutex][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};

    std::optional<MutexGuard<int>> guard(mutex.lock().unwrap());
    std::jthread([&] { guard.reset(); }).join();
    std::latch held{1};
    {
        std::jthread const holder([&] {
            auto const others = mutex.lock().unwrap();
            held.count_down();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        });
        held.wait();
        static_cast<void>(mutex.lock());
    }

    CHECK(reports.take().empty());
}

TEST_CASE("Mutex: a guard may be released after its thread has ended", "[sync][mutex][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};

    for (int i = 0; i < 3; ++i) {
        std::optional<MutexGuard<int>> guard;
        std::jthread([&] { guard.emplace(mutex.lock().unwrap()); }).join();
        std::jthread([&] { guard.reset(); }).join();
    }
    static_cast<void>(mutex.lock());

    CHECK(reports.take().empty());
}

TEST_CASE("Mutex, RwLock: a task that waits more than 10 ms for a lock is told where",
          "[sync][mutex][rwlock][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    RwLock<int> const lock{0};
    unsigned line = 0;

    SECTION("lock") {
        wait_for_another(too_long, [&] { return mutex.lock().unwrap(); });
        line = __LINE__ - 1;
    }
    SECTION("write") {
        wait_for_another(too_long, [&] { return lock.write().unwrap(); });
        line = __LINE__ - 1;
    }
    std::vector<Diagnostic> const heard = reports.take();

    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == line);
    CHECK(contains(heard[0].message, "held_locks_test.cpp:" + std::to_string(line) + ": "));
    CHECK(contains(heard[0].message, "async::Mutex"));
}

TEST_CASE("Mutex: brief locking in a task is silent, and so is waiting briefly",
          "[sync][mutex][checked]") {
    Reports const reports;
    Mutex<int> const mutex{0};
    int const rounds = 100;  // few: one of them may be interrupted while it holds the lock
    {
        std::jthread const other([&] {
            for (int i = 0; i < rounds; ++i) {
                *mutex.lock().unwrap() += 1;
            }
        });
        PollingTask const polling(std::source_location::current());
        for (int i = 0; i < rounds; ++i) {
            *mutex.lock().unwrap() += 1;
        }
    }

    CHECK(*mutex.lock().unwrap() == 2 * rounds);
    CHECK(reports.take().empty());
}

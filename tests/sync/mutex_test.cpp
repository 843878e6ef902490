#include "tandem/sync/mutex.hpp"

#include <coroutine>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/steps.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::sync::Mutex;
using tandem::sync::MutexGuard;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Steps;
using tandem::testing::Threads;
using tandem::testing::while_unwinding;

static_assert(sizeof(Mutex<int>) <= 12);
static_assert(sizeof(Mutex<char>) <= 8);
static_assert(!std::is_copy_constructible_v<Mutex<int>>);
static_assert(!std::is_move_constructible_v<Mutex<int>>);
static_assert(!std::is_copy_assignable_v<Mutex<int>>);
static_assert(!std::is_move_assignable_v<Mutex<int>>);
static_assert(std::is_default_constructible_v<Mutex<int>>);
static_assert(!std::is_convertible_v<int, Mutex<int>>);

struct NoDefault {
    explicit NoDefault(int n) : number(n) {}
    int number;
};
static_assert(!std::is_default_constructible_v<Mutex<NoDefault>>);

static_assert(!std::is_copy_constructible_v<MutexGuard<int>>);
static_assert(std::is_nothrow_move_constructible_v<MutexGuard<int>>);
static_assert(!std::is_copy_assignable_v<MutexGuard<int>>);
static_assert(!std::is_move_assignable_v<MutexGuard<int>>);

static_assert(Send<Mutex<int>> && Sync<Mutex<int>>);
static_assert(!Send<Mutex<int*>> && !Sync<Mutex<int*>>);
static_assert(!Send<MutexGuard<int>> && !Sync<MutexGuard<int>>);

static_assert(std::is_same_v<decltype(Mutex{5}), Mutex<int>>);
static_assert(std::is_same_v<decltype(Mutex{std::string("text")}), Mutex<std::string>>);

// A guard gives T&, through a const mutex as well: the lock is what makes writing safe.
template <class M>
concept CanLock = requires(M&& mutex) { std::forward<M>(mutex).lock(); };
template <class M>
concept CanTryLock = requires(M&& mutex) { std::forward<M>(mutex).try_lock(); };
static_assert(CanLock<Mutex<int>&> && CanLock<Mutex<int> const&>);
static_assert(!CanLock<Mutex<int>> && !CanLock<Mutex<int> const>);
static_assert(CanTryLock<Mutex<int>&> && CanTryLock<Mutex<int> const&>);
static_assert(!CanTryLock<Mutex<int>> && !CanTryLock<Mutex<int> const>);
static_assert(std::is_same_v<decltype(*std::declval<MutexGuard<int> const&>()), int&>);

struct Immovable {
    Immovable(int a, int b) : sum(a + b) {}
    Immovable(Immovable&&) = delete;
    int sum;
};

constinit Mutex<int> global_mutex{5};  // needs no code before main
constinit Mutex<int> global_zero;

void poison(Mutex<int> const& mutex) {
    try {
        auto const guard = mutex.lock();
        throw std::runtime_error("failed while holding the lock");
    } catch (std::runtime_error const&) { return; }
}

}  // namespace

TEST_CASE("Mutex: lock reaches the value", "[sync][mutex]") {
    Mutex<int> const counter{41};

    *counter.lock().unwrap() += 1;

    CHECK(*counter.lock().unwrap() == 42);
}

TEST_CASE("Mutex: a default one holds a default value", "[sync][mutex]") {
    Mutex<int> const number;
    Mutex<std::string> const text;

    CHECK(*number.lock().unwrap() == 0);
    CHECK(text.lock().unwrap()->empty());
}

TEST_CASE("Mutex: a global one is ready before main", "[sync][mutex]") {
    CHECK(*global_mutex.lock().unwrap() == 5);
    CHECK(*global_zero.lock().unwrap() == 0);
}

TEST_CASE("Mutex: builds in place what cannot be moved", "[sync][mutex]") {
    Mutex<Immovable> const mutex{std::in_place, 3, 4};

    CHECK(mutex.lock().unwrap()->sum == 7);
}

TEST_CASE("Mutex: try_lock refuses while a guard lives", "[sync][mutex]") {
    Mutex<int> const counter{0};

    SECTION("held") {
        auto const guard = counter.lock();
        CHECK(counter.try_lock().unwrap_err().is_would_block());
    }
    SECTION("held by the guard it was moved into") {
        auto first = counter.lock().unwrap();
        auto const second = std::move(first);
        CHECK(counter.try_lock().is_err());
    }
    SECTION("held by a guard from try_lock") {
        auto const guard = counter.try_lock();
        CHECK(counter.try_lock().is_err());
    }
    SECTION("released at the end of the guard's scope") {
        { auto const guard = counter.lock(); }
        CHECK(counter.try_lock().is_ok());
    }
    SECTION("released with the guard it was moved into") {
        auto first = counter.lock().unwrap();
        { auto const second = std::move(first); }
        CHECK(counter.try_lock().is_ok());
    }
}

TEST_CASE("Mutex: try_lock's guard reaches the value", "[sync][mutex]") {
    Mutex<int> const counter{41};

    *counter.try_lock().unwrap() += 1;

    CHECK(*counter.lock().unwrap() == 42);
}

TEST_CASE("MutexGuard: one that was moved from panics when used", "[sync][mutex]") {
    Mutex<std::string> const mutex{"text"};
    auto guard = mutex.lock().unwrap();
    auto const other = std::move(guard);

    CHECK_THROWS_AS(*guard, Panic);
    CHECK_THROWS_AS(guard->size(), Panic);
    CHECK(other->size() == 4);
}

TEST_CASE("Mutex: into_inner moves the value out", "[sync][mutex]") {
    Mutex<std::unique_ptr<int>> owner{std::make_unique<int>(7)};

    auto const value = std::move(owner).into_inner().unwrap();

    CHECK(*value == 7);
}

TEST_CASE("Mutex: get_mut reaches the value without the lock", "[sync][mutex]") {
    Mutex<int> counter{1};

    counter.get_mut().unwrap() = 2;

    CHECK(*counter.lock().unwrap() == 2);
}

TEST_CASE("Mutex: destroys its value once", "[sync][mutex]") {
    {
        Mutex<Counted> const mutex{Counted(1)};
        CHECK(Counted::alive == 1);
        CHECK(mutex.lock().unwrap()->number == 1);
    }
    CHECK(Counted::alive == 0);
}

// ---- Poisoning: exactly when an exception leaves a guard's scope --------------------------------

TEST_CASE("Mutex: an exception that leaves a guard's scope poisons", "[sync][mutex][poison]") {
    Mutex<int> mutex{1};
    REQUIRE_FALSE(mutex.is_poisoned());

    poison(mutex);

    CHECK(mutex.is_poisoned());
    CHECK(mutex.lock().is_err());
    CHECK(mutex.try_lock().unwrap_err().is_poisoned());
    CHECK_FALSE(mutex.try_lock().unwrap_err().is_would_block());
    CHECK(mutex.get_mut().is_err());
    CHECK_THROWS_AS(mutex.lock().unwrap(), Panic);
}

TEST_CASE("Mutex: the error of a poisoned lock still holds it", "[sync][mutex][poison]") {
    Mutex<int> mutex{1};
    poison(mutex);

    SECTION("lock") {
        auto const guard = mutex.lock().unwrap_err().into_inner();
        CHECK(mutex.try_lock().unwrap_err().is_would_block());
        *guard = 2;
    }
    SECTION("try_lock") {
        auto const guard = mutex.try_lock().unwrap_err().into_inner();
        CHECK(mutex.try_lock().unwrap_err().is_would_block());
        **guard = 2;
    }
    SECTION("get_mut") { mutex.get_mut().unwrap_err().into_inner() = 2; }
    SECTION("dropped, it lets go of the lock") {
        { auto const error = mutex.lock(); }
        *mutex.lock().unwrap_err().into_inner() = 2;
    }
    CHECK(std::move(mutex).into_inner().unwrap_err().into_inner() == 2);
}

TEST_CASE("Mutex: clear_poison makes it sound again", "[sync][mutex][poison]") {
    Mutex<int> const mutex{1};
    poison(mutex);

    mutex.clear_poison();

    CHECK_FALSE(mutex.is_poisoned());
    CHECK(mutex.lock().is_ok());
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("Mutex: an exception that stays inside the guard's scope does not poison",
          "[sync][mutex][poison]") {
    Mutex<int> const mutex{0};
    {
        auto const guard = mutex.lock().unwrap();
        try {
            throw 0;
        } catch (int) { *guard = 1; }
    }
    CHECK_FALSE(mutex.is_poisoned());
}

TEST_CASE("Mutex: a guard that ends normally in a catch block does not poison",
          "[sync][mutex][poison]") {
    Mutex<int> const mutex{0};
    try {
        throw 0;
    } catch (int) {
        auto const guard = mutex.lock().unwrap();
        *guard = 1;
    }
    CHECK_FALSE(mutex.is_poisoned());
}

TEST_CASE("Mutex: a guard made and ended while the stack unwinds does not poison",
          "[sync][mutex][poison]") {
    Mutex<int> const mutex{0};
    while_unwinding([&] { *mutex.lock().unwrap() += 1; });
    while_unwinding([&] {
        while_unwinding([&] { *mutex.lock().unwrap() += 1; });
        auto const guard = mutex.lock().unwrap();
        while_unwinding([&] { *guard += 1; });
    });
    CHECK_FALSE(mutex.is_poisoned());
    CHECK(*mutex.lock().unwrap() == 3);
}

TEST_CASE("Mutex: an exception inside a destructor that unwinding runs poisons all the same",
          "[sync][mutex][poison]") {
    Mutex<int> const mutex{0};
    while_unwinding([&] { poison(mutex); });
    CHECK(mutex.is_poisoned());
}

TEST_CASE("Mutex: a guard that was moved poisons where it ends", "[sync][mutex][poison]") {
    Mutex<int> const mutex{0};

    SECTION("into a scope that an exception leaves") {
        auto guard = mutex.lock().unwrap();
        try {
            auto const inner = std::move(guard);
            throw 0;
        } catch (int) {}
        CHECK(mutex.is_poisoned());
    }
    SECTION("out of a scope that an exception leaves") {
        auto keep = std::unique_ptr<MutexGuard<int>>();
        try {
            auto guard = mutex.lock().unwrap();
            keep = std::make_unique<MutexGuard<int>>(std::move(guard));
            throw 0;
        } catch (int) {}
        keep.reset();
        CHECK_FALSE(mutex.is_poisoned());
    }
    SECTION("out of a function that returns normally") {
        auto const lock = [&] { return mutex.lock().unwrap(); };
        { auto const guard = lock(); }
        CHECK_FALSE(mutex.is_poisoned());
    }
}

TEST_CASE("Mutex: a thread that dies of an exception poisons", "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};
    Threads threads;
    threads.start([&] { poison(mutex); });
    threads.join();

    CHECK(mutex.is_poisoned());
}

// ---- The same for a guard that lives in a coroutine, which moves between threads ----------------

namespace {

enum class End { normal, throws, caught };

/// Holds the lock over two suspensions, and ends as told.
Steps hold_lock(Mutex<int> const& mutex, End end) {
    auto const guard = mutex.lock().unwrap();
    co_await std::suspend_always{};
    *guard += 1;
    co_await std::suspend_always{};
    if (end == End::throws) {
        throw std::runtime_error("failed");
    }
    if (end == End::caught) {
        try {
            throw std::runtime_error("failed");
        } catch (std::runtime_error const&) { *guard += 1; }
    }
}

/// Runs `fn` on another thread, in the middle of an exception of that thread.
template <class Fn>
void on_an_unwinding_thread(Fn fn) {
    Threads threads;
    threads.start([&fn] { while_unwinding(fn); });
}

}  // namespace

TEST_CASE("Mutex: a coroutine resumed by a thread that unwinds does not poison",
          "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};
    End const end = GENERATE(End::normal, End::caught);
    Steps steps = hold_lock(mutex, end);
    steps.step();

    on_an_unwinding_thread([&] { steps.step(); });
    on_an_unwinding_thread([&] { steps.step(); });

    REQUIRE(steps.done());
    CHECK_FALSE(steps.failed());
    CHECK_FALSE(mutex.is_poisoned());
}

TEST_CASE("Mutex: a coroutine that locks on a thread that unwinds and ends elsewhere",
          "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};

    SECTION("normally does not poison") {
        Steps steps = hold_lock(mutex, End::normal);
        on_an_unwinding_thread([&] { steps.step(); });
        steps.step();
        steps.step();
        REQUIRE(steps.done());
        CHECK_FALSE(mutex.is_poisoned());
    }
    SECTION("by an exception poisons") {
        Steps steps = hold_lock(mutex, End::throws);
        on_an_unwinding_thread([&] { steps.step(); });
        steps.step();
        steps.step();
        REQUIRE(steps.failed());
        CHECK(mutex.is_poisoned());
    }
}

TEST_CASE("Mutex: an exception in a coroutine that has moved to another thread poisons",
          "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};
    Steps steps = hold_lock(mutex, End::throws);
    steps.step();
    steps.step();
    bool failed = false;

    SECTION("which has nothing else on its hands") {
        Threads threads;
        threads.start([&] { steps.step(); });
        threads.join();
        failed = steps.failed();
    }
    SECTION("which is unwinding") {
        on_an_unwinding_thread([&] {
            steps.step();
            failed = steps.failed();
        });
    }
    CHECK(failed);
    CHECK(mutex.is_poisoned());
}

TEST_CASE("Mutex: a suspended coroutine that is destroyed does not poison",
          "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};
    auto steps = std::make_unique<Steps>(hold_lock(mutex, End::normal));
    steps->step();
    REQUIRE(mutex.try_lock().is_err());

    SECTION("by its own thread") { steps.reset(); }
    SECTION("by its own thread, which is unwinding") {
        while_unwinding([&] { steps.reset(); });
    }
    SECTION("by another thread, which is unwinding") {
        on_an_unwinding_thread([&] { steps.reset(); });
    }
    CHECK_FALSE(mutex.is_poisoned());
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("Mutex: a coroutine inside another does not confuse the two", "[sync][mutex][poison]") {
    Mutex<int> const outer{0};
    Mutex<int> const inner{0};
    auto const resume_inner = [](Mutex<int> const& mine, Steps& other) -> Steps {
        auto const guard = mine.lock().unwrap();
        other.step();
        while_unwinding([&] { other.step(); });
        co_return;
    };
    Steps child = hold_lock(inner, End::normal);
    Steps parent = resume_inner(outer, child);

    while_unwinding([&] { parent.step(); });
    child.step();

    REQUIRE(parent.done());
    REQUIRE(child.done());
    CHECK_FALSE(outer.is_poisoned());
    CHECK_FALSE(inner.is_poisoned());
}

// ---- Threads ------------------------------------------------------------------------------------

TEST_CASE("Mutex: no increment is lost between threads", "[sync][mutex][threads]") {
    constexpr int threads = 4;
    constexpr int rounds = 5'000;
    Mutex<int> const counter{0};

    on_threads(threads, [&](int) {
        for (int n = 0; n < rounds; ++n) {
            *counter.lock().unwrap() += 1;
        }
    });

    CHECK(*counter.lock().unwrap() == threads * rounds);
}

TEST_CASE("Mutex: no increment is lost between lock and try_lock", "[sync][mutex][threads]") {
    constexpr int rounds = 2'000;
    Mutex<int> const counter{0};

    on_threads(2, [&](int i) {
        for (int n = 0; n < rounds;) {
            if (i == 0) {
                *counter.lock().unwrap() += 1;
                ++n;
            } else if (auto guard = counter.try_lock(); guard.is_ok()) {
                *guard.unwrap() += 1;
                ++n;
            } else {
                std::this_thread::yield();
            }
        }
    });

    CHECK(*counter.lock().unwrap() == 2 * rounds);
}

TEST_CASE("Mutex: every sleeper is woken", "[sync][mutex][threads]") {
    constexpr int sleepers = 3;
    Mutex<int> const counter{0};
    std::latch at_the_door{sleepers};
    Threads threads;
    {
        auto const guard = counter.lock();
        for (int i = 0; i < sleepers; ++i) {
            threads.start([&] {
                at_the_door.count_down();
                *counter.lock().unwrap() += 1;
            });
        }
        at_the_door.wait();
        let_them_fall_asleep();
    }
    threads.join();

    CHECK(*counter.lock().unwrap() == sleepers);
}

TEST_CASE("Mutex: an exception wakes sleepers, who find it poisoned",
          "[sync][mutex][poison][threads]") {
    Mutex<int> const mutex{0};
    bool poisoned = false;
    Threads threads;
    try {
        auto const guard = mutex.lock();
        threads.start([&] { poisoned = mutex.lock().is_err(); });
        let_them_fall_asleep();
        throw 0;
    } catch (int) {}
    threads.join();

    CHECK(poisoned);
}

#include "tandem/async/task.hpp"

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
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
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/steps.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/any_error.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/mutex.hpp"

namespace {

using tandem::AnyError;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::Send;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Future;
using tandem::async::pending;
using tandem::async::Poll;
using tandem::async::poll_fn;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::sync::Mutex;
using tandem::sync::MutexGuard;
using tandem::testing::Counted;
using tandem::testing::Noted;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Reports;
using tandem::testing::Threads;
using tandem::testing::Trace;
using tandem::testing::while_unwinding;

using Events = std::vector<std::string>;

static_assert(Future<Task<int>> && Future<Task<>> && Future<Task<int&>>);
static_assert(!std::is_copy_constructible_v<Task<int>> && !std::is_copy_assignable_v<Task<int>>);
static_assert(std::is_nothrow_move_constructible_v<Task<int>>);
static_assert(std::is_nothrow_move_assignable_v<Task<int>>);
static_assert(!std::is_default_constructible_v<Task<int>>);
static_assert(!Send<Task<int>>);  // its frame may hold references
static_assert(sizeof(Task<int>) == sizeof(void*));

/// Keeps the waker of whoever waits, and lets him pass once it is open.
struct Gate {
    bool open = false;
    int polls = 0;
    std::optional<Waker> waker{};

    void open_and_wake() {
        open = true;
        std::exchange(waker, std::nullopt)->wake();
    }
    auto pass() {
        return poll_fn([this](Context& cx) {
            ++polls;
            if (!open) {
                waker.emplace(cx.waker().clone());
            }
            return open ? Poll<void>::ready() : Poll<void>::pending();
        });
    }
};

Task<int> number(int n) { co_return n; }
Task<int> number_later(int n) {
    co_await yield_now();
    co_return n;
}

/// As many tasks as `depth`, each awaiting the next, the last one at the gate.
Task<long> gate_at(long depth, Gate& gate) {
    Counted const local;
    if (depth == 0) {
        co_await gate.pass();
        co_return 0;
    }
    co_return 1 + co_await gate_at(depth - 1, gate);
}

/// The stack that a Linux program's main thread has, whatever the test's own.
template <class Fn>
void on_a_stack_of_8_mb(Fn fn) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, 8U << 20U);
    pthread_t thread{};
    auto const run = [](void* given) -> void* {
        (*static_cast<Fn*>(given))();
        return nullptr;
    };
    REQUIRE(::pthread_create(&thread, &attributes, run, &fn) == 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
}

constexpr long deep = 1'000'000;
constexpr long many = 10'000'000;

}  // namespace

TEST_CASE("Task: runs nothing before it is polled", "[async][task]") {
    Trace trace;
    auto work = [](Trace& notes) -> Task<> {
        notes.note("runs");
        co_return;
    };
    Polled polled(work(trace));
    CHECK(trace.take().empty());

    CHECK(polled.poll().is_ready());
    CHECK(trace.take() == Events{"runs"});
}

TEST_CASE("Task: dropped before its first poll it drops its arguments only", "[async][task]") {
    Trace trace;
    auto work = [](Noted, Trace& notes) -> Task<> {
        notes.note("runs");
        co_return;
    };
    { Task<> const task = work(Noted(trace, "argument"), trace); }

    CHECK(trace.take() == Events{"end argument"});
}

TEST_CASE("Task: hands its result over, of whatever kind", "[async][task]") {
    int target = 0;
    auto reference = [](int& n) -> Task<int&> {
        co_await yield_now();
        co_return n;
    };
    auto constant = [](int const& n) -> Task<int const&> { co_return n; };
    auto owner = []() -> Task<std::unique_ptr<int>> {
        co_await yield_now();
        co_return std::make_unique<int>(4);
    };
    auto converted = []() -> Task<std::string> { co_return "text"; };
    auto awaits_reference = [&](int& n) -> Task<> { ++co_await reference(n); };

    CHECK(block_on(number(3)) == 3);
    CHECK(&block_on(reference(target)) == &target);
    CHECK(&block_on(constant(target)) == &target);
    CHECK(*block_on(owner()) == 4);
    CHECK(block_on(converted()) == "text");
    block_on(awaits_reference(target));
    CHECK(target == 1);
}

TEST_CASE("Task: a result that is aligned to more than the heap gives is aligned",
          "[async][task]") {
    static bool always_aligned = true;  // in the frame too, from where it is moved
    struct alignas(64) Wide {
        explicit Wide(int n) : number(n) { look(this); }
        Wide(Wide&& other) noexcept : number(other.number) { look(&other); }
        static void look(void const* at) {
            always_aligned &= reinterpret_cast<std::uintptr_t>(at) % alignof(Wide) == 0;
        }
        int number;
    };
    auto wide = [](int n) -> Task<Wide> {
        co_await yield_now();
        co_return Wide(n);
    };
    for (int i = 0; i < 20; ++i) {
        Wide const result = block_on(wide(i));
        REQUIRE(result.number == i);
    }
    CHECK(always_aligned);
}

TEST_CASE("Task: a result is moved, and ended once", "[async][task]") {
    Counted::copies = 0;
    auto counted = []() -> Task<Counted> {
        co_await yield_now();
        co_return Counted(6);
    };
    auto passes_on = [&]() -> Task<Counted> { co_return co_await counted(); };

    CHECK(block_on(passes_on()).number == 6);
    CHECK(Counted::copies == 0);
    CHECK(Counted::alive == 0);
}

TEST_CASE("Task: an exception crosses co_await as it is", "[async][task]") {
    struct Own : std::runtime_error {
        explicit Own(int n) : std::runtime_error("own"), number(n) {}
        int number;
    };
    auto throws = [](bool wait) -> Task<int> {
        if (wait) {
            co_await yield_now();
        }
        throw Own(8);
    };
    auto between = [&](bool wait) -> Task<int> { co_return 1 + co_await throws(wait); };
    auto catches = [&](bool wait) -> Task<int> {
        try {
            co_await between(wait);
        } catch (Own const& error) { co_return error.number; }
        co_return 0;
    };
    bool const wait = GENERATE(false, true);

    CHECK(block_on(catches(wait)) == 8);
    CHECK_THROWS_AS(block_on(between(wait)), Own);
}

TEST_CASE("Task: an exception ends the locals of each task it leaves, the inner first",
          "[async][task]") {
    Trace trace;
    auto throws = [](Trace& notes, Noted) -> Task<> {
        Noted const local(notes, "inner local");
        co_await yield_now();
        throw 1;
    };
    auto outer = [&](Trace& notes) -> Task<> {
        Noted const local(notes, "outer local");
        Noted argument(notes, "argument");
        co_await throws(notes, std::move(argument));
    };
    Polled polled(outer(trace));
    CHECK(polled.poll().is_pending());

    CHECK_THROWS_AS(polled.poll(), int);

    CHECK(trace.take() == Events{"end inner local", "end argument", "end outer local"});
}

TEST_CASE("Task: a child ends as soon as its result is taken", "[async][task]") {
    Trace trace;
    auto child = [](Trace& notes) -> Task<int> {
        Noted const local(notes, "child");
        co_return 1;
    };
    auto parent = [&](Trace& notes) -> Task<> {
        Task<int> task = child(notes);  // declared here, and over at its co_await
        co_await std::move(task);
        notes.note("goes on");
    };
    block_on(parent(trace));

    CHECK(trace.take() == Events{"end child", "goes on"});
}

TEST_CASE("Task: panics when it is polled or awaited once too often", "[async][task]") {
    SECTION("moved from") {
        Task<int> task = number(1);
        Task<int> other = std::move(task);
        CHECK_FALSE(static_cast<bool>(task));
        CHECK(static_cast<bool>(other));
        CHECK_THROWS_AS(block_on(std::ref(task)), Panic);
        CHECK_THROWS_AS(block_on(std::move(task)), Panic);
        CHECK(block_on(std::move(other)) == 1);
    }
    SECTION("over") {
        Polled polled(number(1));
        CHECK(polled.poll().is_ready());
        CHECK_FALSE(static_cast<bool>(polled.future()));
        CHECK_THROWS_AS(polled.poll(), Panic);
    }
    SECTION("over by an exception") {
        auto throws = []() -> Task<int> {
            throw 1;
            co_return 0;
        };
        Polled polled(throws());
        CHECK_THROWS_AS(polled.poll(), int);
        CHECK_THROWS_AS(polled.poll(), Panic);
    }
    SECTION("awaited twice") {
        auto twice = [](Task<int> task) -> Task<int> {
            int const first = co_await std::move(task);
            co_return first + co_await std::move(task);
        };
        CHECK_THROWS_AS(block_on(twice(number(1))), Panic);
    }
}

TEST_CASE("Task: assignment drops the task that was there", "[async][task]") {
    Trace trace;
    auto work = [](Noted) -> Task<> { co_return; };
    Task<> task = work(Noted(trace, "first"));

    task = work(Noted(trace, "second"));

    CHECK(trace.take() == Events{"end first"});
}

// ---- co_await of a Result: Rust's `?` ---------------------------------------------------------

namespace {

using Parsed = Result<int, std::string>;

Parsed parse(int n) {
    if (n < 0) {
        return Err("negative");
    }
    return Ok(n);
}

Task<Parsed> doubled(int n) {
    int const parsed = co_await parse(n);
    co_return Ok(2 * parsed);
}

}  // namespace

TEST_CASE("Task: co_await of a Result goes on with its value, or ends with its error",
          "[async][task]") {
    auto sum = [](int a, int b) -> Task<Parsed> {
        int const first = co_await co_await doubled(a);
        int const second = co_await co_await doubled(b);
        co_return Ok(first + second);
    };
    CHECK(block_on(doubled(2)) == Ok(4));
    CHECK(block_on(doubled(-1)) == Err(std::string("negative")));
    CHECK(block_on(sum(1, 2)) == Ok(6));
    CHECK(block_on(sum(1, -2)) == Err(std::string("negative")));
}

TEST_CASE("Task: co_await of a Result converts the error", "[async][task]") {
    auto to_any = [](int n) -> Task<Result<int, AnyError>> { co_return Ok(co_await parse(n)); };
    auto from_literal = [](bool good) -> Task<Parsed> {
        Result<void, char const*> given =
            good ? Result<void, char const*>(Ok()) : Result<void, char const*>(Err("literal"));
        co_await given;
        co_return Ok(1);
    };
    CHECK(block_on(to_any(3)).unwrap() == 3);
    CHECK(block_on(to_any(-3)).unwrap_err().message() == "negative");
    CHECK(block_on(from_literal(true)) == Ok(1));
    CHECK(block_on(from_literal(false)) == Err(std::string("literal")));
}

TEST_CASE("Task: co_await of a Result yields a value that only moves", "[async][task]") {
    using Owner = Result<std::unique_ptr<int>, int>;
    auto moves = [](Owner given) -> Task<Owner> {
        std::unique_ptr<int> owner = co_await std::move(given);
        ++*owner;
        co_return Ok(std::move(owner));
    };
    CHECK(*block_on(moves(Ok(std::make_unique<int>(1)))).unwrap() == 2);
    CHECK(block_on(moves(Err(9))).unwrap_err() == 9);
}

TEST_CASE("Task: an error ends the locals before anybody sees it", "[async][task]") {
    Trace trace;
    auto fails = [](Trace& notes, Noted, bool wait) -> Task<Parsed> {
        Noted const first(notes, "first");
        Noted const second(notes, "second");
        if (wait) {
            co_await yield_now();
        }
        co_await parse(-1);
        notes.note("never");
        co_return Ok(0);
    };
    auto outer = [&](Trace& notes, bool wait) -> Task<Parsed> {
        Noted argument(notes, "argument");
        auto result = co_await fails(notes, std::move(argument), wait);
        notes.note("sees it");
        co_return result;
    };
    bool const wait = GENERATE(false, true);
    Events const ends{"end second", "end first", "end argument"};

    SECTION("at the root") {
        Polled polled(fails(trace, Noted(trace, "argument"), wait));
        CHECK(polled.finish().is_err());
        CHECK(trace.take() == ends);
    }
    SECTION("awaited") {
        Polled polled(outer(trace, wait));
        CHECK(polled.finish().is_err());
        CHECK(trace.take() == Events{"end second", "end first", "end argument", "sees it"});
    }
}

// ---- Cancellation -----------------------------------------------------------------------------

TEST_CASE("Task: dropped wherever it waits, its locals end in order", "[async][task]") {
    Trace trace;
    auto child = [](Trace& notes) -> Task<> {
        Noted const local(notes, "child");
        co_await yield_now();
    };
    auto parent = [&](Trace& notes, Noted) -> Task<> {
        Noted const a(notes, "a");
        co_await yield_now();
        {
            Noted const b(notes, "b");
            co_await yield_now();
        }
        Noted const c(notes, "c");
        co_await child(notes);
        Noted const d(notes, "d");
        co_await yield_now();
    };
    std::vector<Events> const expected{
        {"end argument"},
        {"end a", "end argument"},
        {"end b", "end a", "end argument"},
        {"end b", "end child", "end c", "end a", "end argument"},
        {"end b", "end child", "end d", "end c", "end a", "end argument"},
    };
    for (std::size_t polls = 0; polls < expected.size(); ++polls) {
        Polled polled(parent(trace, Noted(trace, "argument")));
        for (std::size_t i = 0; i < polls; ++i) {
            CHECK(polled.poll().is_pending());
        }
        polled.drop();
        CHECK(trace.take() == expected[polls]);
    }
}

TEST_CASE("Task: a drop cancels what it waits for, at any depth", "[async][task]") {
    Gate gate;
    Polled polled(gate_at(100, gate));
    CHECK(polled.poll().is_pending());
    CHECK(Counted::alive == 101);

    polled.drop();

    CHECK(Counted::alive == 0);
}

TEST_CASE("Task: a child that is dropped by its parent is cancelled", "[async][task]") {
    Trace trace;
    auto child = [](Trace& notes) -> Task<> {
        Noted const local(notes, "child");
        co_await pending();
    };
    auto parent = [&](Trace& notes) -> Task<> {
        {
            Task<> task = child(notes);
            Polled begun(std::move(task));
            static_cast<void>(begun.poll());
        }
        notes.note("goes on");
        co_return;
    };
    block_on(parent(trace));
    CHECK(trace.take() == Events{"end child", "goes on"});
}

TEST_CASE("Task: takes no stack for its depth", "[async][task]") {
    Gate gate;
    SECTION("recursion that ends") {
        gate.open = true;
        long result = 0;
        on_a_stack_of_8_mb([&] { result = block_on(gate_at(deep, gate)); });
        CHECK(result == deep);
    }
    SECTION("a chain that is dropped") {
        on_a_stack_of_8_mb([&] {
            Polled polled(gate_at(deep, gate));
            static_cast<void>(polled.poll());
        });
        CHECK(gate.polls == 1);
    }
    SECTION("a chain that waits, is woken, and ends") {
        long result = 0;
        on_a_stack_of_8_mb([&] {
            Polled polled(gate_at(deep, gate));
            static_cast<void>(polled.poll());
            gate.open_and_wake();
            result = polled.poll().value();
        });
        CHECK(result == deep);
        CHECK(gate.polls == 2);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("Task: an exception climbs a deep chain without taking stack", "[async][task]") {
    struct Deep {
        static Task<> throws_at(long depth) {
            if (depth == 0) {
                throw depth;
            }
            co_await throws_at(depth - 1);
        }
    };
    bool caught = false;
    on_a_stack_of_8_mb([&] {
        try {
            block_on(Deep::throws_at(deep / 10));
        } catch (long) { caught = true; }
    });
    CHECK(caught);
}

TEST_CASE("Task: a loop of awaits takes no stack", "[async][task]") {
    auto loop = [](long rounds) -> Task<long> {
        long sum = 0;
        for (long i = 0; i < rounds; ++i) {
            sum += co_await number(1);
        }
        co_return sum;
    };
    auto loop_of_ready = [](long rounds) -> Task<long> {
        long sum = 0;
        for (long i = 0; i < rounds; ++i) {
            sum += co_await ready(1);
        }
        co_return sum;
    };
    long tasks = 0;
    long futures = 0;
    on_a_stack_of_8_mb([&] {
        tasks = block_on(loop(many));
        futures = block_on(loop_of_ready(many));
    });
    CHECK(tasks == many);
    CHECK(futures == many);
}

// ---- Polling ----------------------------------------------------------------------------------

TEST_CASE("Task: a poll reaches the leaf alone, and so does its waker", "[async][task]") {
    long const depth = GENERATE(0L, 1L, 63L, 64L, 65L, 1'000L);
    Gate gate;
    Polled polled(gate_at(depth, gate));

    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().is_pending());
    CHECK(gate.polls == 2);
    CHECK(polled.wakers_alive() == 1);
    CHECK(polled.take_wakes() == 0);

    gate.open_and_wake();

    CHECK(polled.take_wakes() == 1);
    CHECK(polled.poll().value() == depth);
    CHECK(gate.polls == 3);
}

TEST_CASE("Task: the waker of the last poll is the one that counts", "[async][task]") {
    Gate gate;
    Task<long> task = gate_at(3, gate);
    auto const poll = [&](Context& cx) { return task.poll(cx); };
    Polled first(poll_fn(poll));
    Polled second(poll_fn(poll));

    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());
    gate.open_and_wake();

    CHECK(first.take_wakes() == 0);
    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().value() == 3);
}

TEST_CASE("Task: begun in place, and then awaited, it goes on where it was", "[async][task]") {
    Gate gate;
    auto begin_and_await = [](long depth, Gate& first) -> Task<long> {
        Task<long> task = gate_at(depth, first);
        auto once = poll_fn([&task](Context& cx) {
            static_cast<void>(task.poll(cx));
            return Poll<void>::ready();
        });
        co_await std::move(once);
        co_return 100 + co_await std::move(task);
    };
    long const depth = GENERATE(0L, 1L, 70L);

    SECTION("and waits on") {
        Polled polled(begin_and_await(depth, gate));
        CHECK(polled.poll().is_pending());
        CHECK(gate.polls == 2);
        gate.open_and_wake();
        CHECK(polled.take_wakes() == 1);
        CHECK(polled.poll().value() == 100 + depth);
    }
    SECTION("and is dropped") {
        Polled polled(begin_and_await(depth, gate));
        CHECK(polled.poll().is_pending());
        polled.drop();
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("Task: polled by std::ref until it is ready", "[async][task]") {
    auto by_reference = []() -> Task<int> {
        Task<int> task = number_later(4);
        co_return co_await std::ref(task);
    };
    Polled polled(by_reference());
    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().value() == 4);
}

TEST_CASE("Task: a poll that throws does so in the task that awaits", "[async][task]") {
    Trace trace;
    auto awaits = [](Trace& notes, int polls_before) -> Task<int> {
        Noted const local(notes, "local");
        auto throws = poll_fn([polls_before](Context&) mutable {
            if (polls_before-- == 0) {
                throw std::runtime_error("in the poll");
            }
            return Poll<int>::pending();
        });
        co_return co_await std::move(throws);
    };
    auto catches = [&](Trace& notes, int polls_before) -> Task<int> {
        try {
            co_await awaits(notes, polls_before);
        } catch (std::runtime_error const&) { notes.note("caught"); }
        co_await yield_now();  // and lives on
        co_return 1;
    };
    int const polls_before = GENERATE(0, 1, 2);

    SECTION("caught") {
        Polled polled(catches(trace, polls_before));
        CHECK(polled.finish() == 1);
        CHECK(trace.take() == Events{"end local", "caught"});
    }
    SECTION("out of the root") {
        Polled polled(awaits(trace, polls_before));
        for (int i = 0; i < polls_before; ++i) {
            CHECK(polled.poll().is_pending());
        }
        CHECK_THROWS_AS(polled.poll(), std::runtime_error);
        CHECK(trace.take() == Events{"end local"});
    }
}

TEST_CASE("Task: an awaited future ends with the expression, and is moved once at most",
          "[async][task]") {
    struct Own {
        using Output = int;
        explicit Own(Trace& trace) : noted(trace, "future") {}
        Poll<int> poll(Context&) { return Poll<int>::ready(1); }
        Noted noted;
    };
    Trace trace;
    auto awaits = [](Trace& notes) -> Task<int> {
        int const result = co_await Own(notes);
        notes.note("goes on");
        co_return result;
    };
    CHECK(block_on(awaits(trace)) == 1);
    CHECK(trace.take() == Events{"end future", "goes on"});
}

// ---- Threads ----------------------------------------------------------------------------------

TEST_CASE("Task: polled by one thread after another", "[async][task][threads]") {
    auto work = [](int depth) -> Task<int> {
        int sum = 0;
        for (int i = 0; i < depth; ++i) {
            sum += co_await number_later(i);
        }
        co_return sum;
    };
    Polled polled(work(30));
    std::optional<int> result;
    while (!result) {
        Threads threads;
        threads.start([&] {
            if (auto poll = polled.poll(); poll.is_ready()) {
                result = poll.value();
            }
        });
    }
    CHECK(result == 29 * 30 / 2);
}

TEST_CASE("Task: frames may end on another thread than they began on", "[async][task][threads]") {
    for (int round = 0; round < 5; ++round) {
        Gate gate;
        std::vector<Polled<Task<long>>> begun;
        begun.reserve(10);
        Threads threads;
        threads.start([&] {
            for (long i = 0; i < 10; ++i) {
                begun.emplace_back(gate_at(50, gate));
                static_cast<void>(begun.back().poll());
            }
        });
        threads.join();
        threads.start([&] { begun.clear(); });
        threads.join();
        REQUIRE(Counted::alive == 0);
        for (int i = 0; i < 300; ++i) {  // frames that were kept are fit for use
            REQUIRE(block_on(number_later(i)) == i);
        }
    }
}

TEST_CASE("Task: woken and polled on by many threads at once", "[async][task][threads]") {
    std::atomic<int> sum{0};
    on_threads(4, [&](int) {
        for (int i = 0; i < 500; ++i) {
            sum += block_on(number_later(1));
        }
    });
    CHECK(sum == 2'000);
}

// ---- Guards: a lock is poisoned exactly when an exception leaves its guard's own scope ---------

namespace {

Task<> hold(Mutex<int> const& mutex, bool fail) {
    auto const guard = mutex.lock().unwrap();
    co_await yield_now();
    if (fail) {
        throw 1;
    }
}

Task<> hold_over_child(Mutex<int> const& mutex, Mutex<int> const& childs, bool rethrow) {
    auto const guard = mutex.lock().unwrap();
    try {
        co_await hold(childs, true);
    } catch (int) {
        if (rethrow) {
            throw;
        }
    }
}

Task<> hold_argument(MutexGuard<int>, bool fail) {
    co_await yield_now();
    if (fail) {
        throw 1;
    }
}

template <class F>
bool throws(Polled<F>& polled) {
    try {
        static_cast<void>(polled.poll());
        return false;
    } catch (int) { return true; }
}

}  // namespace

TEST_CASE("Task: a guard held over a suspension poisons when an exception leaves its scope",
          "[async][task]") {
    Reports const expected;  // a checked build says what a mistake that is
    Mutex<int> const mutex{0};
    bool const fail = GENERATE(false, true);

    SECTION("a local") {
        Polled polled(hold(mutex, fail));
        CHECK(polled.poll().is_pending());
        CHECK(throws(polled) == fail);
    }
    SECTION("an argument") {
        Polled polled(hold_argument(mutex.lock().unwrap(), fail));
        CHECK(polled.poll().is_pending());
        CHECK(throws(polled) == fail);
    }
    CHECK(mutex.is_poisoned() == fail);
}

TEST_CASE("Task: an exception that the awaiting task catches poisons the child's lock only",
          "[async][task]") {
    Reports const expected;  // as above
    Mutex<int> const parents{0};
    Mutex<int> const childs{0};
    bool const rethrow = GENERATE(false, true);
    Polled polled(hold_over_child(parents, childs, rethrow));
    CHECK(polled.poll().is_pending());

    CHECK(throws(polled) == rethrow);

    CHECK(childs.is_poisoned());
    CHECK(parents.is_poisoned() == rethrow);
}

TEST_CASE("Task: a guard that is dropped with its task poisons nothing", "[async][task]") {
    Mutex<int> const mutex{0};
    std::optional<Polled<Task<>>> polled(hold(mutex, true));
    CHECK(polled->poll().is_pending());

    SECTION("in peace") { polled.reset(); }
    SECTION("in the middle of another exception") {
        while_unwinding([&] { polled.reset(); });
    }
    SECTION("by another thread, in the middle of an exception") {
        Threads threads;
        threads.start([&] { while_unwinding([&] { polled.reset(); }); });
    }
    CHECK_FALSE(mutex.is_poisoned());
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("Task: another exception in the thread that polls is none of the task's business",
          "[async][task]") {
    Mutex<int> const mutex{0};
    bool const fail = GENERATE(false, true);
    Polled polled(hold(mutex, fail));
    bool const begin_unwinding = GENERATE(false, true);
    bool const end_unwinding = GENERATE(false, true);
    bool thrown = false;

    if (begin_unwinding) {
        while_unwinding([&] { static_cast<void>(polled.poll()); });
    } else {
        static_cast<void>(polled.poll());
    }
    Threads threads;
    threads.start([&] {
        if (end_unwinding) {
            while_unwinding([&] { thrown = throws(polled); });
        } else {
            thrown = throws(polled);
        }
    });
    threads.join();

    CHECK(thrown == fail);
    CHECK(mutex.is_poisoned() == fail);
}

TEST_CASE("Task: a guard outside of a task is not poisoned by what the task catches",
          "[async][task]") {
    Mutex<int> const outside{0};
    Mutex<int> const inside{0};
    {
        auto const guard = outside.lock().unwrap();
        CHECK_THROWS_AS(block_on(hold(inside, true)), int);
    }
    CHECK(inside.is_poisoned());
    CHECK_FALSE(outside.is_poisoned());
}

namespace {

/// Neither assignable nor copyable: a value that can only be built.
struct OnlyBuilt {
    explicit OnlyBuilt(int n) noexcept : number(n) {}
    OnlyBuilt(OnlyBuilt&& other) noexcept : number(other.number) {}
    OnlyBuilt& operator=(OnlyBuilt&&) = delete;
    ~OnlyBuilt() = default;

    int const number;
};

}  // namespace

TEST_CASE("Task: it awaits a value that cannot be assigned", "[async][task]") {
    auto awaits = []() -> Task<int> {
        OnlyBuilt const built = co_await tandem::async::ready(OnlyBuilt(7));
        co_return built.number;
    };

    CHECK(block_on(awaits()) == 7);
}

TEST_CASE("Task: co_await of a Result with a reference gives the reference", "[async][task]") {
    int target = 1;
    auto writes = [](int& to) -> Task<Result<void, int>> {
        Result<int&, int> result(to);
        int& reference = co_await std::move(result);
        reference = 2;
        co_return Ok();
    };

    CHECK(block_on(writes(target)).is_ok());
    CHECK(target == 2);
}

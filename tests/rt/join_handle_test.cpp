#include "tandem/rt/join_handle.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/runtimes.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/select.hpp"
#include "tandem/core/any_error.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace rt = tandem::rt;
namespace async = tandem::async;
using tandem::drop;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::AbortHandle;
using tandem::rt::JoinError;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::rt::RuntimeFlavor;
using tandem::testing::Borrow;
using tandem::testing::both_kinds;
using tandem::testing::contains;
using tandem::testing::Counted;
using tandem::testing::CountingWaker;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Reports;
using tandem::testing::runtime_of;
using tandem::testing::Signal;
using tandem::testing::spin_for;
using tandem::testing::under_tsan;
using tandem::testing::wait_until;

static_assert(!std::is_copy_constructible_v<JoinHandle<int>>);
static_assert(std::is_nothrow_move_constructible_v<JoinHandle<int>>);
static_assert(std::is_nothrow_move_assignable_v<JoinHandle<int>>);
static_assert(!std::is_default_constructible_v<JoinHandle<int>>);
static_assert(async::Future<JoinHandle<void>>);
static_assert(std::is_same_v<JoinHandle<int>::Output, tandem::Result<int, JoinError>>);
static_assert(tandem::Send<JoinHandle<int>> && tandem::Sync<JoinHandle<int>>);
static_assert(tandem::Send<JoinHandle<void>>);
static_assert(!tandem::Send<JoinHandle<int*>> && !tandem::Sync<JoinHandle<int*>>);
static_assert(!std::is_copy_constructible_v<AbortHandle>);
static_assert(std::is_nothrow_move_assignable_v<AbortHandle>);
static_assert(tandem::Send<AbortHandle> && tandem::Sync<AbortHandle>);
static_assert(tandem::Send<JoinError> && tandem::Sync<JoinError>);
static_assert(std::is_constructible_v<tandem::AnyError, JoinError>);

namespace {

Task<int> later(int n) {
    co_await yield_now();
    co_return n;
}

Task<int> wait_for(Borrow<Signal> signal, Counted, int n) {
    Counted const local(1);
    co_await signal->wait();
    co_return n;
}

Task<> fail() {
    co_await yield_now();
    throw std::runtime_error("on purpose");
}

/// Lets a current-thread runtime run what it has; does not hurt the other kind.
void let_run(Runtime const& runtime, int turns = 10) {
    auto const idle = [](int n) -> Task<> {
        for (; n > 0; --n) {
            co_await yield_now();
        }
    };
    runtime.block_on(idle(turns));
}

}  // namespace

TEST_CASE("JoinHandle: a task that has not begun is aborted without a poll", "[rt][join_handle]") {
    static std::atomic<int> begun;
    begun = 0;
    auto const body = [](Counted) -> Task<> {
        ++begun;
        co_return;
    };
    Runtime const runtime = runtime_of(RuntimeFlavor::current_thread);
    Counted::alive = 0;

    auto handle = runtime.spawn(body, Counted(1));
    CHECK(Counted::alive > 0);
    CHECK_FALSE(handle.is_finished());
    handle.abort();
    handle.abort();

    auto const error = runtime.block_on(std::move(handle)).unwrap_err();
    CHECK(error.is_cancelled());
    CHECK_FALSE(error.is_panic());
    CHECK(contains(error.message(), "was cancelled"));
    CHECK_THROWS_AS(error.into_panic(), Panic);
    CHECK(begun == 0);
    CHECK(Counted::alive == 0);
}

TEST_CASE("JoinHandle: a task that waits is aborted where it waits", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Counted::alive = 0;
        Signal signal;
        auto handle = runtime.spawn(wait_for, Borrow(signal), Counted(1), 1);
        while (signal.polls() == 0) {
            let_run(runtime);
        }
        CHECK(Counted::alive >= 2);

        handle.abort();

        CHECK(runtime.block_on(std::move(handle)).unwrap_err().is_cancelled());
        CHECK(Counted::alive == 0);
        CHECK(signal.polls() == 1);
        signal.set();  // its waker outlives the task
    }
}

TEST_CASE("JoinHandle: a task that aborts itself ends at its next suspension, or at its end",
          "[rt][join_handle]") {
    auto const aborts = [](Borrow<std::optional<AbortHandle>> self, bool goes_on,
                           Borrow<int> steps) -> Task<int> {
        co_await yield_now();
        (*self)->abort();
        ++*steps;
        if (goes_on) {
            co_await yield_now();
            ++*steps;
        }
        co_return 7;
    };
    for (auto const kind : both_kinds) {
        for (bool const goes_on : {true, false}) {
            Runtime const runtime = runtime_of(kind, 1);
            std::optional<AbortHandle> self;
            int steps = 0;
            Signal begin;
            auto const begins = [](auto body, Borrow<Signal> start,
                                   Borrow<std::optional<AbortHandle>> me, bool more,
                                   Borrow<int> count) -> Task<int> {
                co_await start->wait();
                co_return co_await body(me, more, count);
            };
            auto handle =
                runtime.spawn(begins, aborts, Borrow(begin), Borrow(self), goes_on, Borrow(steps));
            self.emplace(handle.abort_handle());
            begin.set();
            auto const result = runtime.block_on(std::move(handle));
            if (goes_on) {
                CHECK(result.unwrap_err().is_cancelled());
            } else {
                CHECK(result.unwrap() == 7);
            }
            CHECK(steps == 1);
        }
    }
}

TEST_CASE("JoinHandle: a task is aborted while another thread runs it",
          "[rt][join_handle][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    Counted::alive = 0;
    static std::atomic<bool> runs;
    static std::atomic<bool> go_on;
    for (bool const suspends : {true, false}) {
        runs = go_on = false;
        auto const busy = [](bool more, Counted) -> Task<int> {
            runs = true;
            wait_until([] { return go_on.load(); });
            if (more) {
                co_await yield_now();
            }
            co_return 3;
        };
        auto handle = runtime.spawn(busy, suspends, Counted(1));
        wait_until([] { return runs.load(); });
        handle.abort();
        CHECK_FALSE(handle.is_finished());
        go_on = true;
        auto const result = runtime.block_on(std::move(handle));
        CHECK(result.is_err() == suspends);
        CHECK(Counted::alive == 0);
    }
}

TEST_CASE("JoinHandle: an abort after the end changes nothing", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto handle = runtime.spawn(later, 5);
        AbortHandle const abort_handle = handle.abort_handle();
        while (!handle.is_finished()) {
            let_run(runtime);
        }
        CHECK(abort_handle.is_finished());
        handle.abort();
        abort_handle.abort();
        CHECK(runtime.block_on(std::move(handle)).unwrap() == 5);
        abort_handle.abort();
        CHECK(abort_handle.is_finished());
    }
}

TEST_CASE("JoinHandle: an AbortHandle outlives the task and its runtime", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        std::optional<AbortHandle> abort_handle;
        std::optional<AbortHandle> clone;
        Counted::alive = 0;
        Signal signal;
        {
            Runtime const runtime = runtime_of(kind);
            auto const handle = runtime.spawn(wait_for, Borrow(signal), Counted(1), 1);
            abort_handle.emplace(handle.abort_handle());
            clone.emplace(abort_handle->clone());
            CHECK(clone->id() == handle.id());
        }
        CHECK(Counted::alive == 0);
        CHECK(abort_handle->is_finished());
        clone->abort();
        abort_handle.reset();
        clone->abort();
        AbortHandle const moved = std::move(*clone);
        CHECK_THROWS_AS(clone->id(), Panic);
        clone->abort();  // nothing
        CHECK(moved.is_finished());
    }
}

TEST_CASE("JoinHandle: each task has an id of its own, which its error names",
          "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        std::set<std::uint64_t> ids;
        auto const spawn_more = []() -> Task<std::vector<std::uint64_t>> {
            std::vector<std::uint64_t> mine;
            for (int i = 0; i < 50; ++i) {
                auto handle = rt::spawn(later, 1);
                mine.push_back(handle.id().as_u64());
                static_cast<void>(co_await std::move(handle));
            }
            co_return mine;
        };
        for (int i = 0; i < 10; ++i) {
            auto handle = runtime.spawn(spawn_more);
            ids.insert(handle.id().as_u64());
            for (auto const id : runtime.block_on(std::move(handle)).unwrap()) {
                ids.insert(id);
            }
            auto blocking = runtime.spawn_blocking([] {});
            ids.insert(blocking.id().as_u64());
            static_cast<void>(block_on(std::move(blocking)));
        }
        CHECK(ids.size() == 10 * 52);

        auto handle = runtime.spawn(fail);
        auto const id = handle.id();
        CHECK(handle.abort_handle().id() == id);
        auto const error = runtime.block_on(std::move(handle)).unwrap_err();
        CHECK(error.id() == id);
        CHECK(error.message() == "task " + std::to_string(id.as_u64()) + " panicked: on purpose");
    }
}

TEST_CASE("JoinHandle: a panic is the error, with the exception in it", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        auto const error = runtime.block_on(runtime.spawn(fail)).unwrap_err();
        CHECK(error.is_panic());
        CHECK_FALSE(error.is_cancelled());
        CHECK(contains(error.into_panic().message(), "on purpose"));
        CHECK_THROWS_AS(error.into_panic().rethrow(), std::runtime_error);
        // One that ends at once, and one that throws what is no std::exception.
        auto const at_once = []() -> Task<int> {
            throw 7;
            co_return 1;
        };
        CHECK_THROWS_AS(
            runtime.block_on(runtime.spawn(at_once)).unwrap_err().into_panic().rethrow(), int);
        CHECK(reports.take().empty());
    }
}

TEST_CASE("JoinHandle: a panic that nobody collects is reported once", "[rt][join_handle]") {
    enum class Dropped { before, after, polled, but_for_an_abort_handle };
    for (auto const kind : both_kinds) {
        for (auto const how :
             {Dropped::before, Dropped::after, Dropped::polled, Dropped::but_for_an_abort_handle}) {
            Reports const reports;
            Runtime const runtime = runtime_of(kind);
            std::optional handle(runtime.spawn(fail));
            AbortHandle const task = handle->abort_handle();
            auto const ends = [&] {
                while (!task.is_finished()) {
                    let_run(runtime);
                }
            };
            if (how == Dropped::polled && kind == RuntimeFlavor::current_thread) {
                CountingWaker counting;
                auto const waker = counting.waker();
                async::Context cx(waker);
                CHECK(handle->poll(cx).is_pending());
            }
            if (how == Dropped::after || how == Dropped::polled) {
                ends();
                CHECK(reports.take().empty());
            }
            handle.reset();
            ends();
            CHECK(reports.wait_for(1).size() == 1);
        }
    }
}

TEST_CASE("JoinHandle: what was aborted, or collected, is not reported", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        Signal signal;
        auto aborted = runtime.spawn(wait_for, Borrow(signal), Counted(1), 1);
        aborted.abort();
        drop(std::move(aborted));
        let_run(runtime);

        drop(runtime.block_on(runtime.spawn(fail)));
        auto result = runtime.block_on(runtime.spawn(fail));
        CHECK(result.is_err());
        CHECK(reports.take().empty());
    }
}

TEST_CASE("JoinHandle: polled with another waker, it wakes the last", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Signal signal;
        auto handle = runtime.spawn(wait_for, Borrow(signal), Counted(1), 9);
        CountingWaker first;
        CountingWaker second;
        for (int i = 0; i < 3; ++i) {
            for (CountingWaker* each : {&first, &first, &second}) {
                auto const waker = each->waker();
                async::Context cx(waker);
                CHECK(handle.poll(cx).is_pending());
            }
        }
        CHECK(first.alive() == 0);
        CHECK(second.alive() == 1);
        signal.set();
        while (!handle.is_finished()) {
            let_run(runtime);
        }
        wait_until([&] { return second.wakes() == 1; });
        CHECK(first.wakes() == 0);
        {
            auto const waker = first.waker();
            async::Context cx(waker);
            auto polled = handle.poll(cx);
            REQUIRE(polled.is_ready());
            CHECK(std::move(polled).value().unwrap() == 9);
        }
        CHECK(first.alive() + second.alive() == 0);
    }
}

TEST_CASE("JoinHandle: dropped while it waits, it lets its waker go", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Signal signal;
        Counted::alive = 0;
        CountingWaker waker;
        {
            auto handle = runtime.spawn(wait_for, Borrow(signal), Counted(1), 9);
            auto const mine = waker.waker();
            async::Context cx(mine);
            CHECK(handle.poll(cx).is_pending());
        }
        CHECK(waker.alive() == 0);
        signal.set();
        while (Counted::alive > 0) {
            let_run(runtime);
        }
        CHECK(waker.wakes() == 0);
    }
}

TEST_CASE("JoinHandle: the result can be had once", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto handle = runtime.spawn(later, 1);
        CHECK(runtime.block_on(std::ref(handle)).unwrap() == 1);
        CHECK(handle.is_finished());
        handle.abort();
        CHECK_THROWS_AS(runtime.block_on(std::ref(handle)), Panic);
        CHECK_THROWS_AS(handle.id(), Panic);
        CHECK_THROWS_AS(handle.abort_handle(), Panic);

        // Assigned another task, it stands for that.
        handle = runtime.spawn(later, 2);
        CHECK_FALSE((kind == RuntimeFlavor::current_thread && handle.is_finished()));
        CHECK(runtime.block_on(std::move(handle)).unwrap() == 2);
    }
}

TEST_CASE("JoinHandle: assigned over, the task before is detached", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Signal signal;
        std::atomic<bool> ended{false};
        auto const body = [](Borrow<Signal> mine, Borrow<std::atomic<bool>> end) -> Task<int> {
            co_await mine->wait();
            *end = true;
            co_return 1;
        };
        auto handle = runtime.spawn(body, Borrow(signal), Borrow(ended));
        handle = runtime.spawn(later, 2);
        signal.set();
        CHECK(runtime.block_on(std::move(handle)).unwrap() == 2);
        while (!ended) {
            let_run(runtime);
        }
        CHECK(ended);
    }
}

TEST_CASE("JoinHandle: a result that nobody takes ends with the task", "[rt][join_handle]") {
    auto const make = []() -> Task<Counted> {
        co_await yield_now();
        co_return Counted(1);
    };
    for (auto const kind : both_kinds) {
        Counted::alive = 0;
        Runtime const runtime = runtime_of(kind);
        drop(runtime.spawn(make));
        let_run(runtime);
        wait_until([] { return Counted::alive == 0; });
        {
            auto const handle = runtime.spawn(make);
            while (!handle.is_finished()) {
                let_run(runtime);
            }
            CHECK(Counted::alive == 1);
        }
        CHECK(Counted::alive == 0);
        CHECK(runtime.block_on(runtime.spawn(make)).unwrap().number == 1);
        CHECK(Counted::alive == 0);
    }
}

TEST_CASE("JoinHandle: may be taken out of its runtime's end", "[rt][join_handle]") {
    for (auto const kind : both_kinds) {
        std::optional<JoinHandle<Counted>> done;
        std::optional<JoinHandle<int>> waiting;
        Counted::alive = 0;
        Signal signal;
        {
            Runtime const runtime = runtime_of(kind);
            done.emplace(runtime.spawn([]() -> Task<Counted> { co_return Counted(4); }));
            waiting.emplace(runtime.spawn(wait_for, Borrow(signal), Counted(1), 9));
            while (!done->is_finished() || signal.polls() == 0) {
                let_run(runtime);
            }
        }
        CHECK(Counted::alive == 1);
        CHECK(block_on(std::move(*done)).unwrap().number == 4);
        CHECK(block_on(std::move(*waiting)).unwrap_err().is_cancelled());
        CHECK(Counted::alive == 0);
        signal.set();
    }
}

TEST_CASE("JoinHandle: works under another executor, and in a select and a join_all",
          "[rt][join_handle]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    CHECK(block_on(runtime.spawn(later, 3)).unwrap() == 3);

    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 50; ++i) {
        handles.push_back(runtime.spawn(later, i));
    }
    int sum = 0;
    for (auto const& each : block_on(async::join_all(std::move(handles)))) {
        sum += each.unwrap();
    }
    CHECK(sum == 49 * 50 / 2);

    Signal signal;
    auto never = runtime.spawn(wait_for, Borrow(signal), Counted(1), 1);
    auto won = block_on(async::select(std::ref(never), runtime.spawn(later, 8)));
    CHECK(won.index() == 1);
    CHECK(won.get<1>().unwrap() == 8);
    never.abort();
    CHECK(block_on(std::move(never)).unwrap_err().is_cancelled());
}

TEST_CASE("JoinHandle: a task that waits for itself by its handle can be aborted",
          "[rt][join_handle]") {
    struct Cell {
        std::optional<JoinHandle<int>> handle;
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind, 1);
        auto cell = std::make_unique<Cell>();
        Signal begin;
        auto const body = [](Borrow<Cell> mine, Borrow<Signal> start) -> Task<int> {
            co_await start->wait();
            co_return (co_await std::ref(*mine->handle)).unwrap_or(0);
        };
        cell->handle.emplace(runtime.spawn(body, Borrow(*cell), Borrow(begin)));
        begin.set();
        let_run(runtime);
        AbortHandle const stop = cell->handle->abort_handle();
        stop.abort();
        while (!stop.is_finished()) {
            let_run(runtime);
        }
        CHECK(runtime.block_on(std::ref(*cell->handle)).unwrap_err().is_cancelled());
    }
}

TEST_CASE("JoinHandle: dropped, polled and aborted at each moment of the task's end",
          "[rt][join_handle][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    int const rounds = under_tsan ? 600 : 2'000;
    Counted::alive = 0;
    Reports const reports;
    auto const body = [](Counted, bool fails) -> Task<Counted> {
        Counted const local(2);
        if (fails) {
            throw std::runtime_error("on purpose");
        }
        co_await yield_now();
        co_return Counted(3);
    };
    int failures = 0;
    int collected = 0;
    for (int round = 0; round < rounds; ++round) {
        bool const fails = round % 3 == 0;
        failures += fails ? 1 : 0;
        std::optional handle(runtime.spawn(body, Counted(1), fails));
        AbortHandle const stop = handle->abort_handle();
        std::atomic<int> took{0};
        on_threads(2, [&](int thread) {
            if (thread == 0) {
                spin_for((round * 7) % 600);
                CountingWaker counting;
                auto const waker = counting.waker();
                async::Context cx(waker);
                for (int polls = round % 5; polls > 0; --polls) {
                    if (auto polled = handle->poll(cx); polled.is_ready()) {
                        took = std::move(polled).value().is_err() && fails ? 1 : 0;
                        break;
                    }
                }
                handle.reset();
            } else if (round % 2 == 0) {
                spin_for((round * 11) % 900);
                stop.abort();
            }
        });
        collected += took;
        wait_until([&] { return stop.is_finished(); });
        wait_until([&] { return Counted::alive == 0; });
    }
    auto const reported = static_cast<int>(reports.take().size());
    // One that was aborted in time has not failed, and is not told of here.
    CHECK(reported + collected <= failures);
    CHECK(reported > 0);
}

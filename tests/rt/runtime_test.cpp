#include "tandem/rt/runtime.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/process.hpp"
#include "rt/support/runtimes.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/arc.hpp"

namespace rt = tandem::rt;
namespace async = tandem::async;
using namespace std::chrono_literals;
using tandem::drop;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::AbortHandle;
using tandem::rt::Builder;
using tandem::rt::Handle;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::rt::RuntimeFlavor;
using tandem::testing::Borrow;
using tandem::testing::both_kinds;
using tandem::testing::contains;
using tandem::testing::context_switches;
using tandem::testing::Counted;
using tandem::testing::descriptors_open;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Reports;
using tandem::testing::runtime_of;
using tandem::testing::Signal;
using tandem::testing::spin_for;
using tandem::testing::Threads;
using tandem::testing::threads_alive;
using tandem::testing::under_asan;
using tandem::testing::under_tsan;
using tandem::testing::wait_for_threads;
using tandem::testing::wait_until;

static_assert(!std::is_copy_constructible_v<Runtime>);
static_assert(std::is_nothrow_move_constructible_v<Runtime>);
static_assert(std::is_nothrow_move_assignable_v<Runtime>);
static_assert(tandem::Send<Runtime> && tandem::Sync<Runtime>);

namespace {

Task<int> later(int n) {
    co_await yield_now();
    co_return n;
}

Task<> wait_for(Borrow<Signal> signal, Counted) {
    Counted const local(1);
    co_await signal->wait();
}

Task<> turns(int n) {
    for (; n > 0; --n) {
        co_await yield_now();
    }
}

}  // namespace

// block_on

TEST_CASE("Runtime: what the future of block_on does in its end belongs to the runtime, too",
          "[rt][runtime]") {
    struct SpawnsInItsEnd {
        using Output = void;
        explicit SpawnsInItsEnd(bool& done) : spawned(&done) {}
        SpawnsInItsEnd(SpawnsInItsEnd&& other) noexcept
            : spawned(std::exchange(other.spawned, nullptr)) {}
        SpawnsInItsEnd& operator=(SpawnsInItsEnd&&) = delete;
        ~SpawnsInItsEnd() {
            if (spawned != nullptr) {
                drop(rt::spawn(yield_now()));
                *spawned = true;
            }
        }
        async::Poll<void> poll(async::Context&) { return async::Poll<void>::ready(); }

        bool* spawned;
    };

    for (RuntimeFlavor const kind : both_kinds) {
        bool spawned = false;
        runtime_of(kind).block_on(SpawnsInItsEnd(spawned));
        CHECK(spawned);
    }
}

TEST_CASE("Runtime: block_on yields what the future does", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        CHECK(runtime.block_on(later(3)) == 3);
        runtime.block_on(turns(3));
        auto unique = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
        CHECK(*runtime.block_on(unique()) == 4);
        Task<int> named = later(5);
        CHECK(runtime.block_on(std::ref(named)) == 5);
        CHECK(runtime.block_on(async::block([](int n) { return n; }, 6)) == 6);
    }
}

TEST_CASE("Runtime: an exception comes out of block_on, and the runtime goes on", "[rt][runtime]") {
    auto const bad = []() -> Task<> {
        co_await yield_now();
        throw std::runtime_error("on purpose");
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        CHECK_THROWS_AS(runtime.block_on(bad()), std::runtime_error);
        CHECK_FALSE(Handle::try_current().has_value());
        CHECK(runtime.block_on(runtime.spawn(later, 3)).unwrap() == 3);
    }
}

TEST_CASE("Runtime: block_on inside of a runtime panics, and says what to do", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Runtime const other = runtime_of(RuntimeFlavor::current_thread);
        auto const nested = [](Handle there) -> Task<std::string> {
            try {
                static_cast<void>(there.block_on(later(1)));
            } catch (Panic const& panic) { co_return panic.what(); }
            co_return "no panic";
        };
        auto const message = runtime.block_on(nested(other.handle().clone()));
        CHECK(contains(message, "block_on cannot block this thread"));
        CHECK(contains(message, "co_await the future"));
        CHECK(runtime.block_on(runtime.spawn(nested, runtime.handle().clone())).unwrap() ==
              message);
        CHECK(other.block_on(later(2)) == 2);
    }
}

TEST_CASE("Runtime: many threads are in block_on of a multi-thread one", "[rt][runtime][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    std::atomic<int> sum{0};
    auto const body = [](int n) -> Task<int> {
        int mine = 0;
        for (int i = 0; i < 50; ++i) {
            auto handle = rt::spawn(later, n);
            mine += (co_await std::move(handle)).unwrap();
        }
        co_return mine;
    };
    on_threads(6, [&](int thread) { sum += runtime.block_on(body(thread)); });
    CHECK(sum == 50 * (0 + 1 + 2 + 3 + 4 + 5));
}

TEST_CASE("Runtime: of several threads in a current-thread one, the next takes over",
          "[rt][runtime][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::current_thread);
    std::array<Signal, 4> signals;
    auto const body = [](Signal& signal) -> Task<int> {
        auto handle = rt::spawn(later, 7);
        co_await signal.wait();
        co_return (co_await std::move(handle)).unwrap();
    };
    std::atomic<int> sum{0};
    Threads threads;
    for (Signal& each : signals) {
        threads.start([&] { sum += runtime.block_on(body(each)); });
    }
    for (Signal& each : signals) {
        each.wait_for_polls(1);  // also those that do not run the tasks poll their own future
    }
    // Tasks from elsewhere run, whoever of them has the runtime just now.
    for (Signal& each : signals) {
        CHECK(block_on(runtime.spawn(later, 1)).unwrap() == 1);
        each.set();
    }
    threads.join();
    CHECK(sum == 4 * 7);
}

TEST_CASE("Runtime: block_on of a second thread is inside of the runtime, too",
          "[rt][runtime][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::current_thread);
    Signal stop;
    auto const until = [](Signal& signal) -> Task<> { co_await signal.wait(); };
    Threads threads;
    threads.start([&] { runtime.block_on(until(stop)); });
    stop.wait_for_polls(1);

    auto const sleeps = []() -> Task<int> {
        Handle const here = Handle::current();
        co_await rt::time::sleep(1ms);
        co_return (co_await rt::spawn(later, 3)).unwrap();
    };
    int result = 0;
    CHECK_NOTHROW(result = runtime.block_on(sleeps()));
    CHECK(result == 3);
    stop.set();
}

TEST_CASE("Runtime: threads come and go in block_on of a current-thread one",
          "[rt][runtime][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::current_thread);
    int const rounds = under_tsan ? 100 : 300;
    std::atomic<int> sum{0};
    on_threads(4, [&](int thread) {
        for (int i = 0; i < rounds; ++i) {
            spin_for((i * (thread + 3)) % 200);
            sum += runtime.block_on(runtime.spawn(later, 1)).unwrap();
        }
    });
    CHECK(sum == 4 * rounds);
}

TEST_CASE("Runtime: on a current-thread one, tasks run in block_on alone", "[rt][runtime]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::current_thread);
    std::atomic<int> ran{0};
    auto const body = [](Borrow<std::atomic<int>> count) -> Task<> {
        ++*count;
        co_return;
    };
    for (int i = 0; i < 10; ++i) {
        drop(runtime.spawn(body, Borrow(ran)));
    }
    let_them_fall_asleep();
    CHECK(ran == 0);
    runtime.block_on(turns(2));
    CHECK(ran == 10);
}

TEST_CASE("Runtime: a waker of an old block_on wakes nobody wrongly", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        std::optional<async::Waker> old;
        {
            Runtime const runtime = runtime_of(kind);
            auto const keep = [&old](async::Context& cx) {
                old.emplace(cx.waker().clone());
                return async::Poll<void>::ready();
            };
            runtime.block_on(async::poll_fn(keep));
            old->wake_by_ref();
            CHECK(runtime.block_on(later(1)) == 1);
        }
        async::Waker const clone = old->clone();
        old->wake();  // its runtime is gone
        clone.wake_by_ref();
    }
}

// Shutdown

TEST_CASE("Runtime: its end drops every task where it waits", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        Counted::alive = 0;
        std::array<Signal, 20> signals;
        std::vector<JoinHandle<void>> handles;
        {
            Runtime const runtime = runtime_of(kind);
            for (Signal& each : signals) {
                handles.push_back(runtime.spawn(wait_for, Borrow(each), Counted(1)));
            }
            for (Signal& each : signals) {
                while (each.polls() == 0) {
                    runtime.block_on(turns(1));
                }
            }
            CHECK(Counted::alive >= 40);
        }
        CHECK(Counted::alive == 0);
        for (auto& each : handles) {
            CHECK(each.is_finished());
            CHECK(block_on(std::move(each)).unwrap_err().is_cancelled());
        }
        // Their wakers are still there, and the runtime is not.
        for (Signal& each : signals) {
            if (auto waker = each.take_waker()) {
                async::Waker const clone = waker->clone();
                clone.wake_by_ref();
                waker->wake();
            }
        }
    }
}

TEST_CASE("Runtime: its end waits for the poll and the blocking function that run",
          "[rt][runtime]") {
    std::atomic<int> ended{0};
    std::atomic<int> begun{0};
    auto const slow_task = [](Borrow<std::atomic<int>> begin,
                              Borrow<std::atomic<int>> end) -> Task<> {
        ++*begin;
        let_them_fall_asleep();
        ++*end;
        co_return;
    };
    auto const slow = [](Borrow<std::atomic<int>> begin, Borrow<std::atomic<int>> end) {
        ++*begin;
        let_them_fall_asleep();
        ++*end;
    };
    Counted::alive = 0;
    Reports const reports;  // a long poll may be one
    {
        Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
        drop(runtime.spawn(slow_task, Borrow(begun), Borrow(ended)));
        drop(runtime.spawn_blocking(slow, Borrow(begun), Borrow(ended)));
        wait_until([&] { return begun == 2; });
    }
    CHECK(ended == 2);
}

TEST_CASE("Runtime: shutdown_timeout waits no longer than it is told", "[rt][runtime]") {
    int const before = threads_alive();
    for (auto const kind : both_kinds) {
        Signal signal;
        std::atomic<bool> begun{false};
        std::atomic<bool> go_on{false};
        auto const blocks = [](Borrow<std::atomic<bool>> begin, Borrow<std::atomic<bool>> end) {
            *begin = true;
            wait_until([&] { return end->load(); });
            return 5;
        };
        Runtime runtime = runtime_of(kind);
        auto task = runtime.spawn(wait_for, Borrow(signal), Counted(1));
        auto blocking = runtime.spawn_blocking(blocks, Borrow(begun), Borrow(go_on));
        wait_until([&] { return begun.load(); });

        auto const began = std::chrono::steady_clock::now();
        runtime.shutdown_timeout(20ms);
        auto const took = std::chrono::steady_clock::now() - began;

        CHECK(took >= 20ms);
        CHECK(took < 10s);
        CHECK(task.is_finished());
        CHECK_FALSE(blocking.is_finished());
        CHECK(runtime.spawn(later, 1).is_finished());
        runtime.shutdown_timeout(1h);  // it has ended already
        go_on = true;
        CHECK(block_on(std::move(blocking)).unwrap() == 5);
        signal.set();
    }
    wait_for_threads(before);
}

TEST_CASE("Runtime: shutdown_background does not wait at all", "[rt][runtime]") {
    int const before = threads_alive();
    std::atomic<bool> begun{false};
    std::atomic<bool> go_on{false};
    auto const blocks = [](Borrow<std::atomic<bool>> begin, Borrow<std::atomic<bool>> end) {
        *begin = true;
        wait_until([&] { return end->load(); });
        return 5;
    };
    Runtime runtime = runtime_of(RuntimeFlavor::multi_thread);
    auto blocking = runtime.spawn_blocking(blocks, Borrow(begun), Borrow(go_on));
    wait_until([&] { return begun.load(); });
    runtime.shutdown_background();
    CHECK_FALSE(blocking.is_finished());
    go_on = true;
    CHECK(block_on(std::move(blocking)).unwrap() == 5);
    wait_for_threads(before);
}

TEST_CASE("Runtime: one that ends inside of a task does not hang, and is reported",
          "[rt][runtime]") {
    int const before = threads_alive();
    for (auto const kind : both_kinds) {
        for (auto const other_kind : both_kinds) {
            for (bool const background : {true, false}) {
                Reports const reports;
                Runtime const outer = runtime_of(kind);
                auto const ends = [](Runtime mine, bool quietly) -> Task<int> {
                    auto handle = mine.spawn(later, 1);
                    if (quietly) {
                        mine.shutdown_background();
                    }
                    co_await yield_now();
                    drop(std::move(mine));
                    co_return 1;
                };
                auto handle = outer.spawn(ends, runtime_of(other_kind), background);
                CHECK(outer.block_on(std::move(handle)).unwrap() == 1);
                auto const heard = reports.take();
                CHECK(heard.size() == (background ? 0 : 1));
                if (!heard.empty()) {
                    CHECK(contains(heard[0].message, "a Runtime ended inside of a task"));
                }
            }
        }
    }
    wait_for_threads(before);
}

TEST_CASE("Runtime: one may end in a task of its own", "[rt][runtime]") {
    int const before = threads_alive();
    Counted::alive = 0;
    for (auto const kind : both_kinds) {
        Reports const reports;
        struct Cell {
            std::optional<Runtime> runtime;
        };
        Cell cell;
        cell.runtime.emplace(runtime_of(kind));
        Handle const handle = cell.runtime->handle().clone();
        Signal never;
        auto waits = handle.spawn(wait_for, Borrow(never), Counted(1));
        auto const ends = [](Borrow<Cell> mine) -> Task<int> {
            co_await yield_now();
            mine->runtime.reset();
            co_return 1;
        };
        auto task = handle.spawn(ends, Borrow(cell));
        auto const both = [](JoinHandle<int> first, JoinHandle<void> second) -> Task<bool> {
            auto const result = co_await std::move(first);
            auto const other = co_await std::move(second);
            co_return result.is_ok() && other.is_err();
        };
        CHECK(handle.block_on(both(std::move(task), std::move(waits))));
        CHECK(reports.take().size() == 1);
        CHECK(Counted::alive == 0);
        never.set();
    }
    wait_for_threads(before);
}

TEST_CASE("Runtime: ends while tasks spawn, sleep, block and hold each other's handles",
          "[rt][runtime][threads]") {
    int const before = threads_alive();
    int const rounds = under_tsan ? 20 : 60;
    Counted::alive = 0;
    for (int round = 0; round < rounds; ++round) {
        for (auto const kind : both_kinds) {
            Runtime const runtime = runtime_of(kind);
            struct Spawner {
                static Task<> run(Counted, int depth) {
                    while (true) {
                        if (depth < 3) {
                            drop(rt::spawn(run, Counted(depth), depth + 1));
                        }
                        co_await yield_now();
                        if (depth > 1) {
                            co_return;
                        }
                    }
                }
            };
            auto const sleeps = [](Counted) -> Task<> { co_await rt::time::sleep(1h); };
            auto const sleeps_a_little = [](Counted) -> Task<> {
                while (true) {
                    co_await rt::time::sleep(20us);
                }
            };
            auto const holds = [](JoinHandle<void> other, Handle here, Counted) -> Task<> {
                auto mine = here.spawn(turns, 1'000'000);
                auto const result = co_await std::move(other);
                static_cast<void>(co_await std::move(mine));
            };
            auto const blocking_in_a_loop = [](Counted) -> Task<> {
                while (true) {
                    auto call = rt::spawn_blocking(
                        [](Counted) { std::this_thread::sleep_for(50us); }, Counted(1));
                    static_cast<void>(co_await std::move(call));
                }
            };
            drop(runtime.spawn(&Spawner::run, Counted(0), 0));
            drop(runtime.spawn(sleeps_a_little, Counted(1)));
            drop(runtime.spawn(blocking_in_a_loop, Counted(1)));
            auto first = runtime.spawn(sleeps, Counted(1));
            auto second =
                runtime.spawn(holds, std::move(first), runtime.handle().clone(), Counted(1));
            drop(runtime.spawn(holds, std::move(second), runtime.handle().clone(), Counted(1)));
            runtime.block_on(turns(round));
        }
        REQUIRE(Counted::alive == 0);
    }
    wait_for_threads(before);
}

TEST_CASE("Runtime: a waker that is called while the runtime ends touches nothing that is gone",
          "[rt][runtime][threads]") {
    int const rounds = under_tsan ? 150 : 400;
    for (auto const kind : both_kinds) {
        for (int round = 0; round < rounds; ++round) {
            Signal signal;
            std::optional<Runtime> runtime(runtime_of(kind, 1));
            drop(runtime->spawn(wait_for, Borrow(signal), Counted(1)));
            while (signal.polls() == 0) {
                runtime->block_on(turns(1));
            }
            auto waker = signal.take_waker();
            on_threads(2, [&](int thread) {
                if (thread == 0) {
                    spin_for(round % 40);
                    waker->wake();
                } else {
                    runtime.reset();
                }
            });
        }
    }
}

// Fairness

TEST_CASE("Runtime: two tasks that wake each other do not starve a third", "[rt][runtime]") {
    struct Pair {
        async::Notify ping;
        async::Notify pong;
        std::atomic<bool> stop{false};
    };
    auto const ping = [](Borrow<Pair> pair) -> Task<> {
        while (!pair->stop) {
            pair->pong.notify_one();
            co_await pair->ping.notified();
        }
        pair->pong.notify_one();
    };
    auto const pong = [](Borrow<Pair> pair) -> Task<> {
        while (!pair->stop) {
            co_await pair->pong.notified();
            pair->ping.notify_one();
        }
    };
    for (auto const kind : both_kinds) {
        Pair pair;
        Runtime const runtime = runtime_of(kind, 1);
        auto first = runtime.spawn(ping, Borrow(pair));
        auto second = runtime.spawn(pong, Borrow(pair));
        // A task of the worker's own queue, one that comes from outside, and a timer.
        auto const others = [](Borrow<Pair> mine) -> Task<> {
            for (int i = 0; i < 20; ++i) {
                auto local = rt::spawn(later, 1);
                static_cast<void>(co_await std::move(local));
                co_await rt::time::sleep(10us);
            }
            mine->stop = true;
            mine->ping.notify_one();
        };
        auto third = runtime.spawn(others, Borrow(pair));
        auto const all = [](JoinHandle<void> a, JoinHandle<void> b, JoinHandle<void> c) -> Task<> {
            static_cast<void>(co_await std::move(a));
            static_cast<void>(co_await std::move(b));
            static_cast<void>(co_await std::move(c));
        };
        runtime.block_on(all(std::move(first), std::move(second), std::move(third)));
        CHECK(pair.stop);
    }
}

TEST_CASE("Runtime: a busy worker takes tasks from outside, and looks at its timers",
          "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        std::atomic<bool> stop{false};
        Runtime const runtime = runtime_of(kind, 1);
        auto const busy = [](Borrow<std::atomic<bool>> end) -> Task<> {
            while (!*end) {
                co_await yield_now();
            }
        };
        for (int i = 0; i < 3; ++i) {
            drop(runtime.spawn(busy, Borrow(stop)));
        }
        Threads threads;
        threads.start([&] {
            for (int i = 0; i < 20; ++i) {
                static_cast<void>(block_on(runtime.spawn(later, 1)));
            }
            auto const sleeps = []() -> Task<> { co_await rt::time::sleep(100us); };
            static_cast<void>(block_on(runtime.spawn(sleeps)));
            stop = true;
        });
        runtime.block_on(busy(Borrow(stop)));
        threads.join();
    }
}

TEST_CASE("Runtime: a task that always finds what it waits for lets others run", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind, 1);
        std::atomic<bool> stop{false};
        auto const greedy = [](Borrow<std::atomic<bool>> end) -> Task<std::uint64_t> {
            auto [tx, rx] = async::mpsc::channel<int>(4);
            static_cast<void>(co_await tx.send(0));
            std::uint64_t received = 0;
            while (!*end) {
                static_cast<void>(co_await rx.recv());
                static_cast<void>(co_await tx.send(1));
                ++received;
            }
            co_return received;
        };
        auto const modest = [](Borrow<std::atomic<bool>> end) -> Task<> {
            co_await turns(5);
            *end = true;
        };
        auto first = runtime.spawn(greedy, Borrow(stop));
        auto second = runtime.spawn(modest, Borrow(stop));
        CHECK(runtime.block_on(std::move(first)).is_ok());
        CHECK(runtime.block_on(std::move(second)).is_ok());
        // block_on's own future counts, too.
        stop = false;
        drop(runtime.spawn(modest, Borrow(stop)));
        CHECK(runtime.block_on(greedy(Borrow(stop))) > 0);
    }
}

TEST_CASE("Runtime: more tasks than a worker's queue holds, spawned by one", "[rt][runtime]") {
    for (auto const kind : both_kinds) {
        for (std::size_t const workers : {1U, 3U}) {
            Runtime const runtime = runtime_of(kind, workers);
            auto const many = []() -> Task<int> {
                std::vector<JoinHandle<int>> handles;
                for (int i = 0; i < 2'000; ++i) {
                    handles.push_back(rt::spawn(later, 1));
                }
                int sum = 0;
                for (auto& each : handles) {
                    sum += (co_await std::move(each)).unwrap();
                }
                co_return sum;
            };
            CHECK(runtime.block_on(runtime.spawn(many)).unwrap() == 2'000);
        }
    }
}

TEST_CASE("Runtime: a worker's tasks are stolen while it is busy", "[rt][runtime][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread, 2);
    static std::atomic<int> ran;
    ran = 0;
    auto const hog = []() -> Task<bool> {
        for (int i = 0; i < 10; ++i) {
            drop(rt::spawn([]() -> Task<> {
                ++ran;
                co_return;
            }));
        }
        // The last of them is ours to run next; the others have to be taken from us.
        wait_until([] { return ran >= 9; });
        co_return true;
    };
    Reports const reports;  // a long poll may be one
    CHECK(runtime.block_on(runtime.spawn(hog)).unwrap());
}

// At rest, and at the end

TEST_CASE("Runtime: with nothing to do, its threads sleep", "[rt][runtime]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread, 3);
    auto const sleeps = []() -> Task<> { co_await rt::time::sleep(1h); };
    auto const handle = runtime.spawn(sleeps);
    static_cast<void>(block_on(runtime.spawn(later, 1)));
    // ThreadSanitizer has a thread of its own, which wakes up now and then.
    long const most = under_tsan ? 20 : 3;
    // A thread may be slow to fall asleep; a runtime that does not sleep does so every time.
    long least = 1'000;
    for (int attempt = 0; attempt < 5 && least > most; ++attempt) {
        std::this_thread::sleep_for(50ms);
        long const before = context_switches();
        std::this_thread::sleep_for(300ms);
        least = std::min(least, context_switches() - before);
    }
    CHECK(least <= most);  // our own sleep is one
    handle.abort();
}

TEST_CASE("Runtime: made and ended again and again, nothing is left of them", "[rt][runtime]") {
    int const threads = threads_alive();
    int const descriptors = descriptors_open();
    for (int i = 0; i < 100; ++i) {
        for (auto const kind : both_kinds) {
            Runtime const runtime = runtime_of(kind);
            if (i % 2 == 0) {
                drop(runtime.spawn(turns, 1'000'000));
                drop(runtime.spawn_blocking([] {}));
                runtime.block_on(turns(1));
            }
        }
    }
    wait_for_threads(threads);
    CHECK(descriptors_open() == descriptors);
}

TEST_CASE("Runtime: moved, it goes on, assigned over, it ends", "[rt][runtime]") {
    int const before = threads_alive();
    Signal signal;
    Runtime first = runtime_of(RuntimeFlavor::multi_thread);
    auto task = first.spawn(wait_for, Borrow(signal), Counted(1));
    Runtime second = std::move(first);
    CHECK_FALSE(task.is_finished());
    CHECK(second.block_on(later(1)) == 1);
    second = runtime_of(RuntimeFlavor::multi_thread);
    CHECK(task.is_finished());
    CHECK(second.block_on(later(2)) == 2);
    second.shutdown_background();
    wait_for_threads(before);
    signal.set();
}

// All at once

namespace {

struct Storm {
    RuntimeFlavor kind;
    std::uint32_t seed;
    int spawners;
    int aborters;
    int tasks;  // of all spawners together
};

/// Spawners spawn, aborters abort at random, and in the middle the runtime ends. True: each task
/// was destroyed once, and each handle had an answer.
bool survives(Storm const& storm) {
    Counted::alive = 0;
    auto const body = [](Counted mine, std::uint32_t what) -> Task<int> {
        Counted const local(1);
        switch (what % 6) {
            case 0: co_return 1;
            case 1: co_await yield_now(); break;
            case 2: co_await turns(3); break;
            case 3: co_await async::pending<void>(); break;
            case 4: static_cast<void>(co_await rt::spawn(later, 1)); break;
            default: co_await rt::time::sleep(std::chrono::microseconds(what % 50)); break;
        }
        co_return mine.number;
    };
    std::optional<Runtime> runtime(runtime_of(storm.kind, 2));
    Handle const handle = runtime->handle().clone();
    std::mutex mutex;
    std::vector<AbortHandle> targets;
    std::atomic<int> spawning{storm.spawners};
    std::atomic<int> answers{0};
    std::atomic<int> wrong{0};
    int const each = storm.tasks / storm.spawners;
    auto const middle = static_cast<std::uint32_t>(std::mt19937(storm.seed)() % 1'000);

    on_threads(storm.spawners + storm.aborters + 1, [&](int thread) {
        std::mt19937 random(storm.seed * 64 + static_cast<std::uint32_t>(thread));
        if (thread == 0) {
            if (storm.kind == RuntimeFlavor::current_thread) {
                runtime->block_on(turns(static_cast<int>(middle)));
            } else {
                for (std::uint32_t i = 0; i < middle / 4; ++i) {
                    std::this_thread::yield();
                }
            }
            runtime.reset();
        } else if (thread <= storm.spawners) {
            std::vector<JoinHandle<int>> mine;
            for (int i = 0; i < each; ++i) {
                auto task = handle.spawn(body, Counted(1), static_cast<std::uint32_t>(random()));
                if (random() % 3 == 0) {
                    std::scoped_lock const lock(mutex);
                    targets.push_back(task.abort_handle());
                }
                if (random() % 4 == 0) {
                    task.abort();
                }
                if (random() % 8 != 0) {
                    mine.push_back(std::move(task));
                } else {
                    ++answers;  // detached: it is counted by what is alive
                }
            }
            --spawning;
            for (auto& task : mine) {
                auto const result = block_on(std::move(task));
                wrong += result.is_ok() || result.error().is_cancelled() ? 0 : 1;
                ++answers;
            }
        } else {
            while (spawning > 0) {
                std::optional<AbortHandle> target;
                {
                    std::scoped_lock const lock(mutex);
                    if (!targets.empty()) {
                        std::swap(targets[random() % targets.size()], targets.back());
                        target.emplace(std::move(targets.back()));
                        targets.pop_back();
                    }
                }
                if (target) {
                    target->abort();
                } else {
                    std::this_thread::yield();
                }
            }
        }
    });
    return wrong == 0 && answers == storm.spawners * each && Counted::alive == 0;
}

void storms(int repetitions, int tasks) {
    int const before = threads_alive();
    for (int i = 0; i < repetitions; ++i) {
        for (auto const kind : both_kinds) {
            CAPTURE(i, kind == RuntimeFlavor::multi_thread);
            REQUIRE(survives({.kind = kind,
                              .seed = static_cast<std::uint32_t>(i),
                              .spawners = 8,
                              .aborters = 8,
                              .tasks = tasks}));
        }
    }
    wait_for_threads(before);
}

}  // namespace

TEST_CASE("Runtime: spawned, aborted and shut down at once, each task ends once",
          "[rt][runtime][threads]") {
    storms(under_tsan ? 8 : 30, under_tsan ? 800 : 1'600);
}

TEST_CASE("Runtime: a million tasks are spawned, aborted and shut down at once",
          "[.][big][rt][runtime][threads]") {
    storms(500, 1'000);
}

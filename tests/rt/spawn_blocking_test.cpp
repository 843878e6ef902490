#include "tandem/rt/spawn_blocking.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/handle.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time/sleep.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::drop;
using tandem::Panic;
using tandem::unsafe_send;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::Builder;
using tandem::rt::Handle;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::rt::spawn;
using tandem::rt::spawn_blocking;
using tandem::rt::time::sleep;
using tandem::sync::mpsc::channel;
using tandem::sync::mpsc::Receiver;
using tandem::sync::mpsc::Sender;
using tandem::testing::contains;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::Reports;
using tandem::testing::Threads;

Runtime one_thread() { return Builder::new_current_thread().enable_all().build().unwrap(); }

/// Says that it has begun, and goes on when it may.
void begin_and_wait(std::latch* begun, std::latch* end) {
    begun->count_down();
    end->wait();
}

int square(int n) { return n * n; }

}  // namespace

TEST_CASE("spawn_blocking: what it returns, also nothing and what only moves",
          "[rt][spawn_blocking]") {
    Runtime const rt = one_thread();
    CHECK(rt.block_on(rt.spawn_blocking(square, 7)).unwrap() == 49);
    CHECK(rt.block_on(rt.spawn_blocking([] {})).is_ok());
    auto const where = [] { return tandem::thread::current().id().as_u64(); };
    CHECK(rt.block_on(rt.spawn_blocking(where)).unwrap() != where());
    auto const length = [](std::string const& text) { return text.size(); };
    CHECK(rt.block_on(rt.spawn_blocking(length, std::string(100, 'x'))).unwrap() == 100);
    int written = 0;
    auto const write = [](int* to) { *to = 6; };
    CHECK(rt.block_on(rt.spawn_blocking(write, unsafe_send(&written))).is_ok());
    CHECK(written == 6);
    auto moved = rt.block_on(
        rt.spawn_blocking([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(5)));
    CHECK(*moved.unwrap() == 5);
    auto const sum = [](int a, int b, int c, int d, int e, int f, int g) {
        return a + b + c + d + e + f + g;
    };
    CHECK(rt.block_on(rt.spawn_blocking(sum, 1, 2, 3, 4, 5, 6, 7)).unwrap() == 28);
    CHECK(rt.block_on(rt.handle().spawn_blocking(sum, 1, 2, 3, 4, 5, 6, 7)).unwrap() == 28);
    auto const guard = rt.enter();
    CHECK(rt.block_on(spawn_blocking(sum, 1, 2, 3, 4, 5, 6, 7)).unwrap() == 28);
    CHECK(rt.block_on(spawn_blocking(square, 3)).unwrap() == 9);
}

TEST_CASE("spawn_blocking: outside of a runtime it panics", "[rt][spawn_blocking]") {
    std::string message;
    try {
        drop(spawn_blocking(square, 1));
    } catch (Panic const& panic) { message = panic.what(); }
    CHECK(contains(message, "rt::spawn_blocking was called outside of a runtime"));
}

TEST_CASE("spawn_blocking: a panic is in the handle's result, or reported",
          "[rt][spawn_blocking]") {
    Reports const reports;
    Runtime const rt = one_thread();
    auto const fails = [](Counted) -> int { throw std::runtime_error("disk full"); };
    auto failed = rt.block_on(rt.spawn_blocking(fails, Counted()));
    CHECK(failed.error().into_panic().message() == "disk full");
    CHECK(Counted::alive == 0);
    CHECK(reports.take().empty());

    drop(rt.spawn_blocking(fails, Counted()));
    auto const heard = reports.wait_for(1);
    CHECK(contains(heard[0].message, "disk full"));
    CHECK(contains(heard[0].message, "spawn_blocking_test.cpp"));
}

TEST_CASE("spawn_blocking: the runtime's tasks go on meanwhile", "[rt][spawn_blocking]") {
    Runtime const rt = one_thread();
    auto [tx, rx] = channel<int>();
    auto waits = rt.spawn_blocking([](Receiver<int> const& receiver) { return *receiver.recv(); },
                                   std::move(rx));
    drop(rt.spawn(
        [](Sender<int> sender) -> Task<void> {
            co_await yield_now();
            sender.send(3).unwrap();
        },
        std::move(tx)));
    CHECK(rt.block_on(std::move(waits)).unwrap() == 3);
}

TEST_CASE("spawn_blocking: its threads belong to the runtime, and may block",
          "[rt][spawn_blocking]") {
    Runtime const rt = Builder::new_multi_thread()
                           .worker_threads(1)
                           .thread_name("pool")
                           .enable_all()
                           .build()
                           .unwrap();
    auto name = rt.spawn_blocking(
        [] { return std::string(tandem::thread::current().name().value_or("no name")); });
    CHECK(rt.block_on(std::move(name)).unwrap() == "pool");
    auto blocks = rt.spawn_blocking([] {
        int const spawned = block_on(spawn([]() -> Task<int> { co_return 1; })).unwrap();
        int const nested = Handle::current().block_on(spawn_blocking(square, 2)).unwrap();
        Handle::current().block_on(sleep(1ms));
        return spawned + nested;
    });
    CHECK(rt.block_on(std::move(blocks)).unwrap() == 5);
}

TEST_CASE("spawn_blocking: abort ends what has not begun, and nothing else",
          "[rt][spawn_blocking]") {
    Runtime const rt = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    std::latch begun{1};
    std::latch end{1};
    auto running = rt.spawn_blocking(begin_and_wait, unsafe_send(&begun), unsafe_send(&end));
    auto queued = rt.spawn_blocking([](Counted) {}, Counted());
    begun.wait();

    running.abort();
    queued.abort();
    end.count_down();

    CHECK(rt.block_on(std::move(running)).is_ok());
    CHECK(rt.block_on(std::move(queued)).error().is_cancelled());
    CHECK(Counted::alive == 0);
}

TEST_CASE("spawn_blocking: no more threads than allowed, and all calls are made",
          "[rt][spawn_blocking]") {
    constexpr int most = 3;
    Runtime const rt = Builder::new_current_thread().max_blocking_threads(most).build().unwrap();
    std::atomic<int> inside{0};
    std::atomic<int> most_inside{0};
    std::vector<JoinHandle<void>> calls;
    for (int i = 0; i < 30; ++i) {
        calls.push_back(rt.spawn_blocking(
            [](std::atomic<int>* now, std::atomic<int>* high) {
                int const here = ++*now;
                for (int seen = *high; seen < here && !high->compare_exchange_weak(seen, here);) {}
                std::this_thread::sleep_for(1ms);
                --*now;
            },
            unsafe_send(&inside), unsafe_send(&most_inside)));
    }
    for (auto& call : calls) {
        CHECK(rt.block_on(std::move(call)).is_ok());
    }
    CHECK(most_inside <= most);
    CHECK(most_inside > 0);
}

TEST_CASE("spawn_blocking: a thread that is idle is used again, for as long as it is kept",
          "[rt][spawn_blocking]") {
    auto const who = [] { return std::to_string(tandem::thread::current().id().as_u64()); };
    auto const threads_used = [&](Runtime const& rt, int calls, std::chrono::milliseconds pause) {
        std::set<std::string> threads;
        for (int i = 0; i < calls; ++i) {
            threads.insert(rt.block_on(rt.spawn_blocking(who)).unwrap());
            std::this_thread::sleep_for(pause);
        }
        return threads.size();
    };
    CHECK(threads_used(one_thread(), 20, 2ms) <= 2);  // one that was not idle yet at worst
    Runtime const impatient = Builder::new_current_thread().thread_keep_alive(0ms).build().unwrap();
    CHECK(threads_used(impatient, 5, 20ms) >= 2);
}

TEST_CASE("spawn_blocking: the end of the runtime waits for what has begun",
          "[rt][spawn_blocking]") {
    std::latch begun{1};
    std::latch end{1};
    std::optional<JoinHandle<void>> running;
    std::optional<JoinHandle<void>> queued;
    std::atomic<bool> too_early{true};
    std::atomic<bool> ended{false};
    Threads ender;
    {
        std::optional<Runtime> rt(
            Builder::new_current_thread().max_blocking_threads(1).build().unwrap());
        running = rt->spawn_blocking(begin_and_wait, unsafe_send(&begun), unsafe_send(&end));
        queued = rt->spawn_blocking([] {});
        begun.wait();
        ender.start([&] {
            let_them_fall_asleep();
            too_early = ended.load();
            end.count_down();
        });
        rt.reset();
        ended = true;
    }
    ender.join();
    CHECK_FALSE(too_early);
    CHECK(block_on(*std::move(running)).is_ok());
    CHECK(block_on(*std::move(queued)).error().is_cancelled());
}

TEST_CASE("spawn_blocking: shutdown_timeout waits no longer than that", "[rt][spawn_blocking]") {
    std::latch begun{1};
    std::latch end{1};
    Runtime rt = one_thread();
    auto running = rt.spawn_blocking(begin_and_wait, unsafe_send(&begun), unsafe_send(&end));
    begun.wait();
    Handle const handle = rt.handle().clone();
    rt.shutdown_timeout(1ms);

    auto refused = handle.spawn_blocking(square, 2);
    CHECK(block_on(std::move(refused)).error().is_cancelled());

    end.count_down();
    CHECK(block_on(std::move(running)).is_ok());
}

TEST_CASE("spawn_blocking: many at once, from many threads", "[rt][spawn_blocking][threads]") {
    Runtime const rt =
        Builder::new_multi_thread().worker_threads(2).max_blocking_threads(4).build().unwrap();
    auto const main = []() -> Task<int> {
        std::vector<JoinHandle<int>> calls;
        for (int i = 0; i < 500; ++i) {
            calls.push_back(spawn_blocking(square, 1));
        }
        int sum = 0;
        for (auto& call : calls) {
            auto result = co_await std::move(call);
            sum += result.unwrap();
        }
        co_return sum;
    };
    auto first = rt.spawn(main);
    auto second = rt.spawn(main);
    CHECK(rt.block_on(main()) == 500);
    CHECK(rt.block_on(std::move(first)).unwrap() == 500);
    CHECK(rt.block_on(std::move(second)).unwrap() == 500);
}

TEST_CASE("spawn_blocking: a panic that nobody collects is reported with the place of the call",
          "[rt][spawn_blocking]") {
    Reports const reports;
    Runtime const rt = one_thread();
    auto const bad = [](auto...) { throw std::runtime_error("on purpose"); };
    unsigned const line = std::source_location::current().line();
    drop(rt.spawn_blocking(bad));
    drop(rt.spawn_blocking(bad, 1, 2, 3, 4, 5, 6));
    drop(rt.handle().spawn_blocking(bad, 1));
    auto const heard = reports.wait_for(3);
    std::set<unsigned> lines;
    for (auto const& each : heard) {
        CHECK(contains(each.message, "spawn_blocking_test.cpp:"));
        lines.insert(each.location.line() - line);
    }
    CHECK(lines == std::set{1U, 2U, 3U});
}

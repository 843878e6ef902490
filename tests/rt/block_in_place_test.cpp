#include "tandem/rt/block_in_place.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time/sleep.hpp"
#include "tandem/sync/mpsc.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::drop;
using tandem::Panic;
using tandem::unsafe_send;
using tandem::async::block_on;
using tandem::async::join_all;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::block_in_place;
using tandem::rt::Builder;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::rt::spawn;
using tandem::rt::spawn_blocking;
using tandem::sync::mpsc::Receiver;
using tandem::sync::mpsc::Sender;
using tandem::testing::contains;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::Reports;

static_assert(std::is_same_v<int&, decltype(block_in_place([](int& n) -> int& { return n; },
                                                           std::declval<int&>()))>);
static_assert(std::is_void_v<decltype(block_in_place([] {}))>);

Runtime threads(std::size_t count) {
    return Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap();
}

/// Blocks until somebody sends.
int receive(Receiver<int> const& rx) { return rx.recv().unwrap(); }

Task<int> receives_in_place(Receiver<int> rx) { co_return block_in_place(receive, rx); }

Task<void> sends(Sender<int> tx, int number) {
    co_await yield_now();
    tx.send(number).unwrap();
}

}  // namespace

TEST_CASE("block_in_place: where there are no tasks it is a call", "[rt][block_in_place]") {
    int number = 1;
    block_in_place([](int& n) -> int& { return n; }, number) = 2;
    CHECK(number == 2);
    CHECK(*block_in_place([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(3)) == 3);
    CHECK_THROWS_AS(block_in_place([] { throw std::runtime_error("no"); }), std::runtime_error);

    Runtime const rt = threads(1);
    CHECK(
        rt.block_on(rt.spawn_blocking([] { return block_in_place([] { return 4; }); })).unwrap() ==
        4);
    CHECK(block_on([]() -> Task<int> { co_return block_in_place([] { return 5; }); }()) == 5);
}

TEST_CASE("block_in_place: on a current_thread runtime it panics", "[rt][block_in_place]") {
    Runtime const rt = Builder::new_current_thread().build().unwrap();
    auto const main = []() -> Task<std::string> {
        std::string message;
        try {
            block_in_place([] {});
        } catch (Panic const& panic) { message = panic.what(); }
        co_return message;
    };
    CHECK(contains(rt.block_on(main()), "needs a multi_thread runtime"));
    CHECK(contains(rt.block_on(rt.spawn(main)).unwrap(), "spawn_blocking"));
}

TEST_CASE("block_in_place: in a multi_thread runtime's block_on it may block",
          "[rt][block_in_place]") {
    Runtime const rt = threads(1);
    auto [tx, rx] = tandem::sync::mpsc::channel<int>();
    drop(rt.spawn(sends, std::move(tx), 6));
    CHECK(rt.block_on(receives_in_place(std::move(rx))) == 6);
}

TEST_CASE("block_in_place: the only worker's other tasks go on", "[rt][block_in_place]") {
    Runtime const rt = threads(1);
    auto const main = []() -> Task<int> {
        auto [tx, rx] = tandem::sync::mpsc::channel<int>();
        std::vector<JoinHandle<void>> handles;
        handles.push_back(spawn(sends, tx.clone(), 1));  // behind the next in the queue …
        handles.push_back(spawn(sends, tx.clone(), 2));  // … which would be the next to run
        int sum = block_in_place(receive, rx) + block_in_place(receive, rx);
        // And again, on a thread that is no worker any more.
        handles.push_back(spawn(sends, tx.clone(), 4));
        sum += block_in_place(receive, rx);
        co_await join_all(std::move(handles));
        co_return sum;
    };
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == 7);
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == 7);
}

TEST_CASE("block_in_place: nested, and with a block_on in it", "[rt][block_in_place]") {
    Runtime const rt = threads(1);
    auto const main = []() -> Task<int> {
        co_return block_in_place([] {
            auto spawned = spawn([]() -> Task<int> {
                co_await yield_now();
                co_return 2;
            });
            int const inner = block_in_place([] { return 1; });
            return inner + block_on(std::move(spawned)).unwrap();
        });
    };
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == 3);

    auto const with_a_runtime = []() -> Task<int> {
        co_return block_in_place([] {
            Runtime const inner = threads(1);
            return inner.block_on([]() -> Task<int> {
                int const number = block_in_place([] { return 3; });
                co_await yield_now();
                co_return number;
            }());
        });
    };
    CHECK(rt.block_on(rt.spawn(with_a_runtime)).unwrap() == 3);
}

TEST_CASE("block_in_place: an exception leaves the worker as it was", "[rt][block_in_place]") {
    Runtime const rt = threads(1);
    auto const main = []() -> Task<int> {
        for (int i = 0; i < 10; ++i) {
            try {
                block_in_place([] { throw std::runtime_error("no"); });
            } catch (std::runtime_error const&) {}
            co_await yield_now();
        }
        co_return 1;
    };
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == 1);
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == 1);
}

TEST_CASE("block_in_place: where there is no thread to be had, it blocks all the same",
          "[rt][block_in_place]") {
    Runtime const rt =
        Builder::new_multi_thread().worker_threads(2).max_blocking_threads(1).build().unwrap();
    std::latch busy{1};
    std::latch done{1};
    auto occupied = rt.spawn_blocking(
        [](std::latch* begun, std::latch* end) {
            begun->count_down();
            end->wait();
        },
        unsafe_send(&busy), unsafe_send(&done));
    busy.wait();
    auto const main = []() -> Task<int> {
        auto [tx, rx] = tandem::sync::mpsc::channel<int>();
        std::this_thread::sleep_for(2ms);      // so that the other worker falls asleep
        drop(spawn(sends, std::move(tx), 1));  // the other worker steals it
        int const number = block_in_place(receive, rx);
        co_await yield_now();
        co_return number;
    };
    for (int i = 0; i < 10; ++i) {
        REQUIRE(rt.block_on(rt.spawn(main)).unwrap() == 1);
    }
    done.count_down();
    rt.block_on(std::move(occupied)).unwrap();
}

TEST_CASE("block_in_place: the time it takes is nobody's mistake", "[rt][block_in_place]") {
    Reports const reports;
    Runtime const rt = threads(1);
    rt.block_on(rt.spawn([]() -> Task<void> {
          block_in_place([] { std::this_thread::sleep_for(150ms); });
          co_return;
      }))
        .unwrap();
    CHECK(reports.take().empty());
}

TEST_CASE("block_in_place: a runtime may end meanwhile", "[rt][block_in_place]") {
    for (int round = 0; round < 20; ++round) {
        std::latch begun{1};
        std::latch ended{1};
        Runtime rt = threads(1);
        drop(rt.spawn(
            [](std::latch* start, std::latch* end) -> Task<void> {
                drop(spawn([]() -> Task<void> { co_await yield_now(); }));
                block_in_place([&] {
                    start->count_down();
                    std::this_thread::sleep_for(1ms);
                    drop(spawn([]() -> Task<void> { co_await yield_now(); }));
                });
                end->count_down();
                co_await yield_now();
            },
            unsafe_send(&begun), unsafe_send(&ended)));
        begun.wait();
        if (round % 2 == 0) {
            rt.shutdown_background();
        } else {
            Runtime const waits = std::move(rt);
        }
        ended.wait();
    }
}

TEST_CASE("block_in_place: a runtime that has ended already loses no task of the worker's",
          "[rt][block_in_place]") {
    std::latch ended{1};
    Runtime rt = threads(1);
    drop(rt.spawn(
        [](Runtime* runtime, std::latch* end) -> Task<void> {
            for (int i = 0; i < 10; ++i) {
                drop(spawn([]() -> Task<void> { co_await yield_now(); }));
            }
            runtime->shutdown_background();
            block_in_place([] {});  // no thread comes for the core: what is in it leaks, or not
            end->count_down();
            co_return;
        },
        unsafe_send(&rt), unsafe_send(&ended)));
    ended.wait();
}

TEST_CASE("block_in_place: many tasks, and every one goes on", "[rt][block_in_place][threads]") {
    Runtime const rt = threads(2);
    constexpr int tasks = 200;
    constexpr int rounds = 20;
    auto const main = []() -> Task<int> {
        std::vector<JoinHandle<int>> handles;
        for (int i = 0; i < tasks; ++i) {
            handles.push_back(spawn(
                [](int number) -> Task<int> {
                    int done = 0;
                    for (int round = 0; round < rounds; ++round) {
                        done += block_in_place([] { return 1; });
                        if ((number + round) % 3 == 0) {
                            co_await yield_now();
                        }
                    }
                    co_return done;
                },
                i));
        }
        int sum = 0;
        for (auto& handle : handles) {
            auto result = co_await std::move(handle);
            sum += result.unwrap();
        }
        co_return sum;
    };
    CHECK(rt.block_on(main()) == tasks * rounds);
    CHECK(rt.block_on(rt.spawn(main)).unwrap() == tasks * rounds);
}

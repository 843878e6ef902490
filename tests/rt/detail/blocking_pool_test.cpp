#include "tandem/rt/detail/blocking_pool.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rt/support/process.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/runtime.hpp"
#include "tandem/sync/arc.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::async::block_on;
using tandem::rt::JoinHandle;
using tandem::rt::detail::Config;
using tandem::rt::detail::CurrentThread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::testing::contains;
using tandem::testing::Counted;
using tandem::testing::run_in_child;
using tandem::testing::threads_alive;
using tandem::testing::under_asan;
using tandem::testing::under_tsan;
using tandem::testing::wait_for_threads;

namespace {

Config config_of(std::uint32_t most_threads, std::chrono::nanoseconds keep_alive = 10s) {
    Config config;
    config.max_blocking_threads = most_threads;
    config.thread_keep_alive = keep_alive.count();
    return config;
}

/// A pool inside of a runtime of its own, which is shut down at the end.
class Pool {
public:
    explicit Pool(Config const& config) : runtime_(*new CurrentThread(config)) {}
    Pool(Pool const&) = delete;
    Pool& operator=(Pool const&) = delete;
    ~Pool() {
        end();
        runtime_.remove_owner();
    }

    template <class Fn, class... Args>
    auto spawn(Fn fn, Args... args) {
        return rt::detail::spawn_blocking_on(runtime_, rt::detail::Site::current(), fn,
                                             std::move(args)...);
    }
    [[nodiscard]] auto counts() { return runtime_.blocking_pool().counts(); }
    [[nodiscard]] std::uint32_t threads() { return counts().threads; }

    void end(tandem::detail::Deadline deadline = tandem::detail::never) {
        rt::detail::shut_down(runtime_, deadline);
    }

private:
    rt::detail::RuntimeShared& runtime_;
};

/// Where a function waits until the test lets it go on.
struct Gate {
    using tandem_send = void;
    using tandem_sync = void;

    std::counting_semaphore<> come{0};
    std::counting_semaphore<> open{0};

    void pass() {
        come.release();
        open.acquire();
    }
};

int pass(Arc<Gate> gate, int result) {
    const_cast<Gate&>(*gate).pass();
    return result;
}

Gate& of(Arc<Gate> const& gate) { return const_cast<Gate&>(*gate); }

void wait_for_no_thread(Pool& pool) {
    while (pool.threads() > 0) {
        std::this_thread::sleep_for(1ms);
    }
}

}  // namespace

TEST_CASE("BlockingPool: has no thread before it is needed", "[rt][blocking_pool]") {
    int const before = threads_alive();
    Pool pool(config_of(4));
    CHECK(pool.threads() == 0);
    CHECK(threads_alive() == before);
}

TEST_CASE("BlockingPool: starts a thread for each that blocks", "[rt][blocking_pool]") {
    int const before = threads_alive();
    {
        Pool pool(config_of(512));
        auto const gate = make_arc<Gate>();
        std::vector<JoinHandle<int>> handles;
        for (int i = 0; i < 20; ++i) {
            handles.push_back(pool.spawn(pass, gate.clone(), i));
        }
        for (int i = 0; i < 20; ++i) {
            of(gate).come.acquire();  // all at the same time
        }
        CHECK(pool.threads() == 20);
        CHECK(pool.counts().idle == 0);
        of(gate).open.release(20);
        for (int i = 0; i < 20; ++i) {
            CHECK(block_on(std::move(handles[static_cast<std::size_t>(i)])).unwrap() == i);
        }
    }
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: an idle thread is used again", "[rt][blocking_pool]") {
    Pool pool(config_of(512));
    auto const me = [] { return std::hash<std::thread::id>()(std::this_thread::get_id()); };
    auto const first = block_on(pool.spawn(me)).unwrap();
    for (int i = 0; i < 20; ++i) {
        while (pool.counts().idle == 0) {
            std::this_thread::yield();
        }
        CHECK(block_on(pool.spawn(me)).unwrap() == first);
    }
    CHECK(pool.threads() == 1);
}

TEST_CASE("BlockingPool: at its bound, calls queue up in order", "[rt][blocking_pool]") {
    Pool pool(config_of(2));
    auto const gate = make_arc<Gate>();
    std::vector<JoinHandle<int>> first;
    first.push_back(pool.spawn(pass, gate.clone(), 0));
    first.push_back(pool.spawn(pass, gate.clone(), 1));
    of(gate).come.acquire();
    of(gate).come.acquire();

    static std::atomic<int> turn;
    turn = 0;
    std::vector<JoinHandle<int>> queued;
    for (int i = 0; i < 10; ++i) {
        queued.push_back(pool.spawn([] { return turn++; }));
    }
    CHECK(pool.threads() == 2);
    CHECK(pool.counts().queued == 10);
    CHECK(turn == 0);
    of(gate).open.release();  // one thread alone works on the queue

    for (int i = 0; i < 10; ++i) {
        CHECK(block_on(std::move(queued[static_cast<std::size_t>(i)])).unwrap() == i);
    }
    CHECK(pool.threads() == 2);
    of(gate).open.release();
    for (auto& each : first) {
        CHECK(block_on(std::move(each)).is_ok());
    }
}

TEST_CASE("BlockingPool: threads that are idle for long end, and others come when needed",
          "[rt][blocking_pool]") {
    int const before = threads_alive();
    Pool pool(config_of(8, 5ms));
    for (int round = 0; round < 3; ++round) {
        auto const gate = make_arc<Gate>();
        std::vector<JoinHandle<int>> handles;
        for (int i = 0; i < 5; ++i) {
            handles.push_back(pool.spawn(pass, gate.clone(), i));
        }
        of(gate).open.release(5);
        for (auto& each : handles) {
            CHECK(block_on(std::move(each)).is_ok());
        }
        wait_for_no_thread(pool);
        CHECK(pool.counts().idle == 0);
        wait_for_threads(before + 1);  // the last of them is joined by the next to end
    }
    pool.end();
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: a call that meets a thread's end is not lost",
          "[rt][blocking_pool][threads]") {
    for (auto const keep_alive : {0us, 1us, 20us, 60us}) {
        Pool pool(config_of(3, keep_alive));
        int sum = 0;
        for (int i = 0; i < 300; ++i) {
            sum += block_on(pool.spawn([] { return 1; })).unwrap();
            if (i % 3 == 0) {
                std::this_thread::sleep_for(keep_alive);
            }
        }
        CHECK(sum == 300);
    }
}

TEST_CASE("BlockingPool: many threads call at once", "[rt][blocking_pool][threads]") {
    int const before = threads_alive();
    {
        Pool pool(config_of(3, 50us));
        static std::atomic<int> calls;
        calls = 0;
        tandem::testing::Threads threads;
        for (int t = 0; t < 4; ++t) {
            threads.start([&pool] {
                for (int i = 0; i < 200; ++i) {
                    auto handle = pool.spawn([] { ++calls; });
                    if (i % 4 != 0) {
                        static_cast<void>(block_on(std::move(handle)));
                    }
                }
            });
        }
        threads.join();
        while (calls < 800) {
            std::this_thread::yield();
        }
        CHECK(pool.threads() <= 3);
    }
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: its end waits for what runs, and cancels what has not begun",
          "[rt][blocking_pool]") {
    int const before = threads_alive();
    Counted::alive = 0;
    auto const gate = make_arc<Gate>();
    static std::atomic<bool> ended;
    ended = false;
    std::optional<Pool> pool(std::in_place, config_of(1));
    auto running = pool->spawn(
        [](Arc<Gate> mine, Counted) {
            const_cast<Gate&>(*mine).pass();
            std::this_thread::sleep_for(20ms);
            ended = true;
            return 1;
        },
        gate.clone(), Counted(1));
    of(gate).come.acquire();
    auto queued = pool->spawn([](Counted const& mine) { return mine.number; }, Counted(2));

    of(gate).open.release();
    pool.reset();

    CHECK(ended);
    CHECK(block_on(std::move(running)).unwrap() == 1);
    CHECK(block_on(std::move(queued)).unwrap_err().is_cancelled());
    CHECK(Counted::alive == 0);
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: its end does not wait beyond its deadline, the thread ends by itself",
          "[rt][blocking_pool]") {
    int const before = threads_alive();
    auto const gate = make_arc<Gate>();
    std::optional<JoinHandle<int>> running;
    {
        Pool pool(config_of(4));
        running.emplace(pool.spawn(pass, gate.clone(), 3));
        of(gate).come.acquire();
        auto const began = std::chrono::steady_clock::now();
        pool.end(tandem::detail::deadline_after(10ms));
        CHECK(std::chrono::steady_clock::now() - began >= 10ms);
        pool.end(tandem::detail::Deadline{0});
        CHECK(threads_alive() > before);
        CHECK_FALSE(running->is_finished());

        of(gate).open.release();
        CHECK(block_on(std::move(*running)).unwrap() == 3);
    }
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: what is called after its end is cancelled", "[rt][blocking_pool]") {
    Counted::alive = 0;
    Pool pool(config_of(4));
    static_cast<void>(block_on(pool.spawn([] {})));
    pool.end();

    auto handle = pool.spawn([](Counted const&) { return 1; }, Counted(1));

    CHECK(Counted::alive == 0);
    CHECK(block_on(std::move(handle)).unwrap_err().is_cancelled());
    CHECK(pool.threads() == 0);
}

TEST_CASE("BlockingPool: a runtime may end in a thread of its own pool", "[rt][blocking_pool]") {
    int const before = threads_alive();
    struct Owner {
        using tandem_send = void;
        Pool* pool;
    };
    auto* const pool = new Pool(config_of(4));
    auto handle = pool->spawn([](Owner mine) { delete mine.pool; }, Owner{pool});
    CHECK(block_on(std::move(handle)).is_ok());
    wait_for_threads(before);
}

TEST_CASE("BlockingPool: a thread that cannot be created is a panic where it was asked for",
          "[rt][blocking_pool]") {
    Counted::alive = 0;
    Config config = config_of(4);
    config.thread_stack_size = std::uint64_t{1} << 60;
    Pool pool(config);

    std::string message;
    try {
        static_cast<void>(pool.spawn([](Counted const&) {}, Counted(1)));
    } catch (tandem::Panic const& panic) { message = panic.what(); }

    CHECK(contains(message, "spawn_blocking: the system has no thread to give"));
    CHECK(Counted::alive == 0);
    CHECK(pool.threads() == 0);
    CHECK(pool.counts().queued == 0);
}

TEST_CASE("BlockingPool: with one thread and no more to be had, calls wait for that one",
          "[rt][blocking_pool]") {
    if (under_asan || under_tsan) {
        return;  // they reserve more address space than the limit here
    }
    auto const ended = run_in_child([] {
        Config config = config_of(16);
        config.thread_stack_size = 64 << 20;
        Pool pool(config);
        auto const gate = make_arc<Gate>();
        std::vector<JoinHandle<int>> handles;
        handles.push_back(pool.spawn(pass, gate.clone(), 0));
        of(gate).come.acquire();
        rlimit const little{std::uint64_t{256} << 20, std::uint64_t{256} << 20};
        ::setrlimit(RLIMIT_AS, &little);
        for (int i = 1; i < 12; ++i) {
            handles.push_back(pool.spawn(pass, gate.clone(), i));
        }
        if (pool.threads() > 6) {
            return 2;  // the limit did not work
        }
        of(gate).open.release(12);
        for (int i = 0; i < 12; ++i) {
            if (block_on(std::move(handles[static_cast<std::size_t>(i)])).unwrap() != i) {
                return 1;
            }
        }
        return 0;
    });
    CAPTURE(ended.errors);
    CHECK(ended.exit_status == 0);
}

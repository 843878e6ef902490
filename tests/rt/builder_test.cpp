#include "tandem/rt/builder.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/process.hpp"
#include "rt/support/runtimes.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/available_parallelism.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::Builder;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::testing::contains;
using tandem::testing::limit_addresses;
using tandem::testing::run_in_child;
using tandem::testing::threads_alive;
using tandem::testing::under_asan;
using tandem::testing::under_tsan;
using tandem::testing::wait_for_threads;
using tandem::testing::wait_until;

namespace {

std::string name_of_this_thread() {
    char name[16] = {};
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    return name;
}

template <class Fn>
std::string panic_of(Fn fn) {
    try {
        fn();
    } catch (Panic const& panic) { return panic.what(); }
    return "no panic";
}

std::size_t stack_size_here() {
    pthread_attr_t attributes;
    std::size_t size = 0;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
    return size;
}

}  // namespace

TEST_CASE("Builder: a current-thread runtime starts no thread", "[rt][builder]") {
    int const before = threads_alive();
    Runtime const runtime = Builder::new_current_thread().build().unwrap();
    CHECK(threads_alive() == before);
    CHECK(runtime
              .block_on(runtime.spawn(
                  []() -> Task<std::thread::id> { co_return std::this_thread::get_id(); }))
              .unwrap() == std::this_thread::get_id());
}

TEST_CASE("Builder: a multi-thread runtime has so many threads, until it ends", "[rt][builder]") {
    int const before = threads_alive();
    {
        Builder builder = Builder::new_multi_thread();
        builder.worker_threads(3);
        Runtime const first = builder.build().unwrap();
        CHECK(threads_alive() == before + 3);
        Runtime const second = builder.build().unwrap();
        CHECK(threads_alive() == before + 6);
        // All of them run tasks.
        static std::atomic<int> inside;
        inside = 0;
        tandem::testing::Reports const reports;  // a long poll may be one
        std::vector<JoinHandle<void>> handles;
        for (int i = 0; i < 3; ++i) {
            handles.push_back(first.spawn([]() -> Task<> {
                ++inside;
                wait_until([] { return inside == 3; });
                co_return;
            }));
        }
        for (auto& each : handles) {
            CHECK(block_on(std::move(each)).is_ok());
        }
    }
    wait_for_threads(before);
}

TEST_CASE("Builder: one worker is enough", "[rt][builder]") {
    Runtime const runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    auto const parent = []() -> Task<int> {
        auto child = rt::spawn([]() -> Task<int> {
            co_await yield_now();
            co_return 1;
        });
        co_return (co_await std::move(child)).unwrap();
    };
    CHECK(runtime.block_on(runtime.spawn(parent)).unwrap() == 1);
}

TEST_CASE("Builder: the number of workers can come from the environment", "[rt][builder]") {
    auto const workers = [] {
        int const before = threads_alive();
        Runtime const runtime = Builder::new_multi_thread().build().unwrap();
        return threads_alive() - before;
    };
    ::unsetenv("TANDEM_WORKER_THREADS");
    CHECK(workers() == static_cast<int>(tandem::thread::available_parallelism()));
    ::setenv("TANDEM_WORKER_THREADS", "5", 1);
    CHECK(workers() == 5);
    int const before = threads_alive();
    {
        Runtime const runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
        CHECK(threads_alive() == before + 2);  // what the program says has precedence
    }
    for (char const* const wrong : {"0", "", "many", "3x", "-1", "99999999999999999999"}) {
        ::setenv("TANDEM_WORKER_THREADS", wrong, 1);
        auto const message =
            panic_of([] { static_cast<void>(Builder::new_multi_thread().build()); });
        CAPTURE(wrong);
        CHECK(contains(message, "TANDEM_WORKER_THREADS is \"" + std::string(wrong) + "\""));
    }
    ::unsetenv("TANDEM_WORKER_THREADS");
}

TEST_CASE("Builder: a number of zero panics where it is said", "[rt][builder]") {
    CHECK(contains(panic_of([] { Builder::new_multi_thread().worker_threads(0); }),
                   "worker_threads(0)"));
    CHECK(contains(panic_of([] { Builder::new_multi_thread().max_blocking_threads(0); }),
                   "max_blocking_threads(0)"));
    CHECK(contains(panic_of([] { Builder::new_multi_thread().event_interval(0); }),
                   "event_interval(0)"));
    CHECK(contains(panic_of([] { Builder::new_multi_thread().global_queue_interval(0); }),
                   "global_queue_interval(0)"));
}

TEST_CASE("Builder: threads bear the name that was given", "[rt][builder]") {
    auto const name = []() -> Task<std::string> { co_return name_of_this_thread(); };
    {
        Runtime const runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        CHECK(block_on(runtime.spawn(name)).unwrap() == "tandem-worker");
    }
    Runtime const runtime = Builder::new_multi_thread()
                                .worker_threads(1)
                                .thread_name("my-pool with a long name")
                                .build()
                                .unwrap();
    CHECK(block_on(runtime.spawn(name)).unwrap() == "my-pool with a ");
    CHECK(block_on(runtime.spawn_blocking(name_of_this_thread)).unwrap() == "my-pool with a ");
}

TEST_CASE("Builder: threads have the stack that was asked for", "[rt][builder]") {
    Runtime const runtime =
        Builder::new_multi_thread().worker_threads(1).thread_stack_size(24 << 20).build().unwrap();
    auto const size = []() -> Task<std::size_t> { co_return stack_size_here(); };
    CHECK(block_on(runtime.spawn(size)).unwrap() >= (24U << 20));
    CHECK(block_on(runtime.spawn_blocking(stack_size_here)).unwrap() >= (24U << 20));
}

TEST_CASE("Builder: where there are no threads to be had, build says so", "[rt][builder]") {
    int const before = threads_alive();
    auto const result = Builder::new_multi_thread()
                            .worker_threads(2)
                            .thread_stack_size(std::size_t{1} << 60)
                            .build();
    REQUIRE(result.is_err());
    CHECK(result.error());
    CHECK(threads_alive() == before);
}

TEST_CASE("Builder: where there are threads for some workers only, build says so too",
          "[rt][builder]") {
    if (under_asan || under_tsan) {
        return;  // they reserve more address space than the limit here
    }
    auto const ended = run_in_child([] {
        rlimit const little{std::uint64_t{512} << 20, std::uint64_t{512} << 20};
        ::setrlimit(RLIMIT_AS, &little);
        int const before = threads_alive();
        auto const result =
            Builder::new_multi_thread().worker_threads(16).thread_stack_size(64 << 20).build();
        if (result.is_ok()) {
            return 1;
        }
        wait_for_threads(before);  // those that were started have ended
        return 0;
    });
    CAPTURE(ended.errors);
    CHECK(ended.exit_status == 0);
}

TEST_CASE("Builder: spawn_blocking of a busy runtime fails where no thread is to be had",
          "[rt][builder]") {
    if (under_asan || under_tsan) {
        return;  // as above
    }
    auto const ended = run_in_child([] {
        Runtime const runtime = Builder::new_multi_thread()
                                    .worker_threads(1)
                                    .thread_stack_size(64 << 20)
                                    .build()
                                    .unwrap();
        limit_addresses(32UL << 20);  // enough for the heap, but for no such stack
        // The worker is a thread of the pool, but never free for this: not to be queued for ever.
        auto const message =
            panic_of([&] { static_cast<void>(block_on(runtime.spawn_blocking([] {}))); });
        return contains(message, "the system has no thread to give") ? 0 : 1;
    });
    CAPTURE(ended.errors);
    CHECK(ended.exit_status == 0);
}

TEST_CASE("Builder: timers have to be asked for", "[rt][builder]") {
    auto const sleeps = []() -> Task<> { co_await rt::time::sleep(1us); };
    {
        Runtime const runtime = Builder::new_current_thread().build().unwrap();
        CHECK(contains(panic_of([&] { runtime.block_on(sleeps()); }), "enable_time()"));
    }
    Runtime const with_time = Builder::new_current_thread().enable_time().build().unwrap();
    CHECK_NOTHROW(with_time.block_on(sleeps()));
    Runtime const with_all = Builder::new_multi_thread().enable_all().build().unwrap();
    CHECK_NOTHROW(with_all.block_on(sleeps()));
}

TEST_CASE("Builder: idle threads for what blocks end after the time that was given",
          "[rt][builder]") {
    int const before = threads_alive();
    Runtime const runtime = Builder::new_current_thread()
                                .thread_keep_alive(2ms)
                                .max_blocking_threads(2)
                                .build()
                                .unwrap();
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(block_on(runtime.spawn_blocking([] {})));
    }
    wait_for_threads(before + 1);
    Runtime const for_ever =
        Builder::new_current_thread().thread_keep_alive(std::chrono::hours::max()).build().unwrap();
    CHECK(block_on(for_ever.spawn_blocking([] { return 1; })).unwrap() == 1);
}

TEST_CASE("Builder: any interval runs all tasks", "[rt][builder]") {
    for (std::uint32_t const interval : {1U, 2U, 61U, UINT32_MAX}) {
        for (bool const multi : {true, false}) {
            Builder builder = multi ? Builder::new_multi_thread() : Builder::new_current_thread();
            builder.event_interval(interval).global_queue_interval(interval).worker_threads(1);
            builder.enable_all();
            Runtime const runtime = builder.build().unwrap();
            auto const parent = []() -> Task<int> {
                std::vector<JoinHandle<int>> handles;
                for (int i = 0; i < 100; ++i) {
                    handles.push_back(rt::spawn([]() -> Task<int> {
                        co_await yield_now();
                        co_await rt::time::sleep(1us);
                        co_return 1;
                    }));
                }
                int sum = 0;
                for (auto& each : handles) {
                    sum += (co_await std::move(each)).unwrap();
                }
                co_return sum;
            };
            CHECK(runtime.block_on(runtime.spawn(parent)).unwrap() == 100);
        }
    }
}

// "The Tokio Runtime"
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/metrics.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/thread.hpp"

namespace {

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using async::Task;
using rt::Builder;
using rt::Runtime;
using rt::time::Instant;
using rt::time::sleep;
using tandem::Panic;
using tandem::testing::on_paused_runtime;
using tandem::testing::Trace;

Task<int> forty_two() { co_return 42; }
Task<thread::ThreadId> where() { co_return thread::current().id(); }
Task<rt::RuntimeFlavor> flavor() { co_return rt::Handle::current().runtime_flavor(); }
Task<int> length(std::string text) { co_return static_cast<int>(text.size()); }
Task<void> wait() { co_await sleep(1ms); }
Task<int> fail() {
    throw std::runtime_error("main failed");
    co_return 0;
}

}  // namespace

TEST_CASE("main_sleep: its second line comes 100 ms after its first", "[08_runtime]") {
    Trace trace;
    auto async_main = [](Trace& prints) -> Task<void> {
        prints.note("Starting");
        co_await sleep(100ms);
        prints.note("Done after 100ms");
    };

    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await async_main(trace);
        CHECK(start.elapsed() == 100ms);
    });

    CHECK(trace.take() == std::vector<std::string>{"Starting", "Done after 100ms"});
}

TEST_CASE("#[tokio::main]: run yields what the asynchronous main returns", "[08_runtime]") {
    CHECK(rt::run(forty_two) == 42);
    CHECK(rt::run(length, std::string("arguments")) == 9);
    CHECK(rt::run(forty_two()) == 42);  // a future will do as well
    CHECK(rt::run(flavor) == rt::RuntimeFlavor::multi_thread);
}

TEST_CASE("#[tokio::main]: an exception from the asynchronous main comes out of run",
          "[08_runtime]") {
    CHECK_THROWS_AS(rt::run(fail), std::runtime_error);
}

TEST_CASE("runtime_options: a single-threaded runtime has the thread that is in block_on",
          "[08_runtime]") {
    Runtime const single = Builder::new_current_thread().enable_all().build().unwrap();

    auto on_it = []() -> Task<thread::ThreadId> {
        auto handle = rt::spawn(where);
        co_return (co_await std::move(handle)).unwrap();
    };

    CHECK(single.block_on(where()) == thread::current().id());
    CHECK(single.block_on(on_it()) == thread::current().id());
    CHECK(single.block_on(flavor()) == rt::RuntimeFlavor::current_thread);
}

TEST_CASE("runtime_options: a multi-threaded runtime has its own", "[08_runtime]") {
    Runtime const multi =
        Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();

    auto handle = multi.spawn(where);

    CHECK(multi.metrics().num_workers() == 4);
    CHECK(multi.block_on(std::move(handle)).unwrap() != thread::current().id());
    CHECK(multi.block_on(where()) == thread::current().id());  // what is not spawned stays here
    CHECK(multi.block_on(flavor()) == rt::RuntimeFlavor::multi_thread);
}

TEST_CASE("runtime_options: block_on takes an async block, and may be called again",
          "[08_runtime]") {
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
    int runs = 0;

    rt.block_on(async::block([&runs]() -> Task<void> {
        ++runs;
        co_return;
    }));
    rt.block_on(async::block([&runs] { ++runs; }));

    CHECK(runs == 2);
}

TEST_CASE("runtime_options: a task waits in a single-threaded runtime until someone is in block_on",
          "[08_runtime]") {
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();

    auto handle = rt.spawn(forty_two);
    CHECK_FALSE(handle.is_finished());

    CHECK(rt.block_on(std::move(handle)) == tandem::Ok(42));
}

TEST_CASE("enable_all: without it there are no timers", "[08_runtime]") {
    Runtime const without = Builder::new_current_thread().build().unwrap();
    Runtime const with = Builder::new_current_thread().enable_all().build().unwrap();

    CHECK_THROWS_AS(without.block_on(wait()), Panic);
    CHECK_NOTHROW(with.block_on(wait()));
}

TEST_CASE("outside of a runtime there is nothing to spawn on, and no timer", "[08_runtime]") {
    CHECK_THROWS_AS(rt::spawn(forty_two), Panic);
    CHECK_THROWS_AS(async::block_on(wait()), Panic);
}

TEST_CASE("a runtime that ends drops its tasks where they wait", "[08_runtime]") {
    Trace trace;
    auto waits = [](Trace* events) -> Task<void> {
        tandem::testing::Noted const local(*events, "its local");
        co_await sleep(1h);
        events->note("never");
    };

    {
        Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
        tandem::drop(rt.spawn(waits, tandem::unsafe_send(&trace)));
        rt.block_on(wait());
        trace.note("the runtime ends");
    }

    CHECK(trace.take() == std::vector<std::string>{"the runtime ends", "end its local"});
}

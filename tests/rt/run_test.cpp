#include "tandem/rt/run.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "rt/support/process.hpp"
#include "rt/support/runtimes.hpp"
#include "support/catch.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
namespace async = tandem::async;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::Handle;
using tandem::rt::RuntimeFlavor;

namespace {

Task<int> async_main() {
    auto handle = rt::spawn([](int n) -> Task<int> { co_return n; }, 20);
    co_await rt::time::sleep(std::chrono::microseconds(1));
    co_return (co_await std::move(handle)).unwrap() + 22;
}

Task<> nothing() { co_return; }

Task<tandem::Result<int, std::string>> fallible(bool fails) {
    co_await yield_now();
    if (fails) {
        co_return tandem::Err(std::string("an error"));
    }
    co_return tandem::Ok(1);
}

}  // namespace

static_assert(std::is_void_v<decltype(rt::run(nothing))>);

TEST_CASE("run: yields what the asynchronous main returns", "[rt][run]") {
    CHECK(rt::run(async_main) == 42);
    rt::run(nothing);
    CHECK(rt::run(fallible, false).unwrap() == 1);
    CHECK(rt::run(fallible, true).unwrap_err() == "an error");
}

TEST_CASE("run: takes a function with arguments, a lambda with captures, or a future",
          "[rt][run]") {
    int n = 1;
    auto const capturing = [&n](int by) -> Task<> {
        co_await yield_now();
        n += by;
    };
    rt::run(capturing, 2);
    CHECK(n == 3);
    CHECK(rt::run(async_main()) == 42);
    CHECK(rt::run(async::ready(5)) == 5);
    auto const move_only = [](std::unique_ptr<int> mine) -> Task<std::unique_ptr<int>> {
        co_return mine;
    };
    CHECK(*rt::run(move_only, std::make_unique<int>(7)) == 7);
}

TEST_CASE("run: it is a multi-thread runtime, which has ended when it returns", "[rt][run]") {
    int const before = tandem::testing::threads_alive();
    auto const flavor = []() -> Task<RuntimeFlavor> {
        co_return Handle::current().runtime_flavor();
    };
    CHECK(rt::run(flavor) == RuntimeFlavor::multi_thread);
    CHECK_FALSE(Handle::try_current().has_value());
    tandem::testing::wait_for_threads(before);
}

TEST_CASE("run: an exception comes out", "[rt][run]") {
    auto const bad = []() -> Task<> {
        co_await yield_now();
        throw std::runtime_error("on purpose");
    };
    CHECK_THROWS_AS(rt::run(bad), std::runtime_error);
    CHECK(rt::run(async_main) == 42);
}

TEST_CASE("run: inside of itself it panics", "[rt][run]") {
    auto const nested = []() -> Task<bool> {
        try {
            static_cast<void>(rt::run(async_main));
        } catch (tandem::Panic const&) { co_return true; }
        co_return false;
    };
    CHECK(rt::run(nested));
}

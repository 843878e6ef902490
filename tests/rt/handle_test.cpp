#include "tandem/rt/handle.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "rt/support/runtimes.hpp"
#include "support/catch.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/spawn_blocking.hpp"

namespace rt = tandem::rt;
namespace async = tandem::async;
using tandem::drop;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::EnterGuard;
using tandem::rt::Handle;
using tandem::rt::Runtime;
using tandem::rt::RuntimeFlavor;
using tandem::testing::both_kinds;
using tandem::testing::contains;
using tandem::testing::runtime_of;

static_assert(!std::is_copy_constructible_v<Handle>);
static_assert(std::is_nothrow_move_constructible_v<Handle>);
static_assert(std::is_nothrow_move_assignable_v<Handle>);
static_assert(tandem::Send<Handle> && tandem::Sync<Handle>);
static_assert(!std::is_copy_constructible_v<EnterGuard>);
static_assert(!std::is_move_constructible_v<EnterGuard>);
static_assert(!tandem::Send<EnterGuard>);

namespace {

Task<int> later(int n) {
    co_await yield_now();
    co_return n;
}

Task<RuntimeFlavor> flavor_here() { co_return Handle::current().runtime_flavor(); }

}  // namespace

TEST_CASE("Handle: current panics outside of a runtime, try_current does not", "[rt][handle]") {
    CHECK_FALSE(Handle::try_current().has_value());
    std::string message;
    try {
        static_cast<void>(Handle::current());
    } catch (Panic const& panic) { message = panic.what(); }
    CHECK(contains(message, "Handle::current() was called outside of a runtime"));
}

TEST_CASE("Handle: current is the runtime of the task, of block_on and of blocking functions",
          "[rt][handle]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        CHECK(runtime.handle().runtime_flavor() == kind);
        CHECK(runtime.block_on(flavor_here()) == kind);
        CHECK(runtime.block_on(runtime.spawn(flavor_here)).unwrap() == kind);
        auto blocking = runtime.spawn_blocking([] { return Handle::current().runtime_flavor(); });
        CHECK(runtime.block_on(std::move(blocking)).unwrap() == kind);
        CHECK_FALSE(Handle::try_current().has_value());
    }
}

TEST_CASE("Handle: enter nests, and each end leads back", "[rt][handle]") {
    Runtime const outer = runtime_of(RuntimeFlavor::multi_thread);
    Runtime const inner = runtime_of(RuntimeFlavor::current_thread);
    {
        EnterGuard const first = outer.enter();
        CHECK(Handle::current().runtime_flavor() == RuntimeFlavor::multi_thread);
        {
            EnterGuard const second = inner.handle().enter();
            CHECK(Handle::current().runtime_flavor() == RuntimeFlavor::current_thread);
            {
                EnterGuard const third = outer.enter();
                CHECK(Handle::current().runtime_flavor() == RuntimeFlavor::multi_thread);
                CHECK(block_on(rt::spawn(flavor_here)).unwrap() == RuntimeFlavor::multi_thread);
            }
            CHECK(Handle::try_current()->runtime_flavor() == RuntimeFlavor::current_thread);
            // block_on of another has that one inside.
            CHECK(outer.block_on(flavor_here()) == RuntimeFlavor::multi_thread);
        }
        CHECK(Handle::current().runtime_flavor() == RuntimeFlavor::multi_thread);
    }
    CHECK_FALSE(Handle::try_current().has_value());
}

TEST_CASE("Handle: enter is for this thread alone", "[rt][handle][threads]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    EnterGuard const guard = runtime.enter();
    std::atomic<bool> elsewhere{true};
    std::thread([&] { elsewhere = Handle::try_current().has_value(); }).join();
    CHECK_FALSE(elsewhere);
}

TEST_CASE("Handle: an EnterGuard keeps the runtime's memory, and no more", "[rt][handle]") {
    for (auto const kind : both_kinds) {
        std::optional<Runtime> runtime(runtime_of(kind));
        EnterGuard const guard = runtime->enter();
        runtime.reset();
        auto task = rt::spawn(later, 1);
        CHECK(block_on(std::move(task)).unwrap_err().is_cancelled());
    }
}

TEST_CASE("Handle: block_on runs the runtime's tasks beside the future", "[rt][handle]") {
    auto const spawns = []() -> Task<int> {
        auto handle = rt::spawn(later, 3);
        co_return (co_await std::move(handle)).unwrap();
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Handle const handle = runtime.handle().clone();
        CHECK(handle.block_on(spawns()) == 3);
        std::atomic<int> elsewhere{0};
        std::thread([&] { elsewhere = handle.block_on(spawns()); }).join();
        CHECK(elsewhere == 3);
    }
}

TEST_CASE("Handle: may be used when the runtime is gone", "[rt][handle]") {
    for (auto const kind : both_kinds) {
        std::optional<Handle> handle;
        {
            Runtime const runtime = runtime_of(kind);
            handle.emplace(runtime.handle().clone());
        }
        CHECK(handle->runtime_flavor() == kind);
        Handle const clone = handle->clone();
        CHECK(block_on(clone.spawn(later, 1)).unwrap_err().is_cancelled());
        // A future that needs no runtime comes to its end.
        CHECK(clone.block_on(later(4)) == 4);
        EnterGuard const guard = clone.enter();
        CHECK(block_on(rt::spawn(later, 1)).unwrap_err().is_cancelled());
        handle.reset();
        CHECK(Handle::current().runtime_flavor() == kind);
    }
}

TEST_CASE("Handle: one that was moved from panics", "[rt][handle]") {
    Runtime const runtime = runtime_of(RuntimeFlavor::multi_thread);
    Handle first = runtime.handle().clone();
    Handle const second = std::move(first);
    CHECK_THROWS_AS(first.clone(), Panic);
    CHECK_THROWS_AS(first.runtime_flavor(), Panic);
    CHECK_THROWS_AS(drop(first.spawn(later, 1)), Panic);
    first = second.clone();
    CHECK(block_on(first.spawn(later, 1)).unwrap() == 1);
}

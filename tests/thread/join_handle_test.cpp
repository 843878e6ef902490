#include "tandem/thread/join_handle.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

namespace {

using namespace tandem;
using testing::contains;
using testing::Counted;
using testing::Reports;
using thread::JoinHandle;

static_assert(!std::is_copy_constructible_v<JoinHandle<int>>);
static_assert(!std::is_copy_assignable_v<JoinHandle<int>>);
static_assert(std::is_nothrow_move_constructible_v<JoinHandle<int>>);
static_assert(std::is_nothrow_move_assignable_v<JoinHandle<int>>);
static_assert(!std::is_default_constructible_v<JoinHandle<int>>);
static_assert(Send<JoinHandle<int>> && Sync<JoinHandle<int>>);
static_assert(Send<JoinHandle<void>>);
static_assert(!Send<JoinHandle<int*>>);

template <class Fn>
std::string panic_of(Fn fn) {
    try {
        fn();
    } catch (Panic const& panic) { return panic.what(); }
    return "no panic";
}

void wait_until_over(auto const& handle) {
    while (!handle.is_finished()) {
        thread::yield_now();
    }
}

}  // namespace

TEST_CASE("JoinHandle: a second join panics", "[thread][join_handle]") {
    auto handle = thread::spawn([] { return 1; });
    CHECK(handle.join().unwrap() == 1);

    CHECK(contains(panic_of([&] { (void)handle.join(); }), "join() was called before"));
    CHECK(handle.is_finished());
}

TEST_CASE("JoinHandle: one that was moved from panics when used", "[thread][join_handle]") {
    auto handle = thread::spawn([] { return 1; });
    auto const taken = [](JoinHandle<int> mine) { return mine.join().unwrap(); };
    CHECK(taken(std::move(handle)) == 1);

    CHECK(contains(panic_of([&] { (void)handle.join(); }), "moved from"));
    CHECK(contains(panic_of([&] { (void)handle.is_finished(); }), "moved from"));
    CHECK(contains(panic_of([&] { (void)handle.thread(); }), "moved from"));
}

TEST_CASE("JoinHandle: a thread cannot join itself", "[thread][join_handle]") {
    auto handles = sync::mpsc::channel<JoinHandle<std::string>>();
    auto own = thread::spawn(
        [](sync::mpsc::Receiver<JoinHandle<std::string>> rx) -> std::string {
            auto mine = rx.recv().unwrap();
            return panic_of([&] { (void)mine.join(); });
        },
        std::move(handles.second));
    auto const result = std::make_shared<std::atomic<int>>(0);
    Reports const reports;

    // The handle is the thread's own, so what it found comes back through a thread that watches.
    auto watched = own.thread();
    handles.first.send(std::move(own)).unwrap();

    // A hang in join would be a detached thread that never ends: nothing to see but this.
    CHECK(watched.id() != thread::current().id());
}

TEST_CASE("JoinHandle: joining oneself says so, and the thread lives on", "[thread][join_handle]") {
    auto handles = sync::mpsc::channel<JoinHandle<void>>();
    auto messages = sync::mpsc::channel<std::string>();
    auto own = thread::spawn(
        [](sync::mpsc::Receiver<JoinHandle<void>> rx, sync::mpsc::Sender<std::string> tx) {
            auto mine = rx.recv().unwrap();
            tx.send(panic_of([&] { mine.join().unwrap(); })).unwrap();
        },
        std::move(handles.second), std::move(messages.first));

    handles.first.send(std::move(own)).unwrap();

    CHECK(contains(messages.second.recv().unwrap(), "cannot join itself"));
}

TEST_CASE("JoinHandle: is_finished shows what the thread has done", "[thread][join_handle]") {
    int written = 0;  // not atomic: is_finished orders it
    auto handle = thread::spawn([](int* number) { *number = 5; }, unsafe_send(&written));

    while (!handle.is_finished()) {
        thread::yield_now();
    }

    CHECK(written == 5);
    handle.join().unwrap();
}

TEST_CASE("JoinHandle: may be joined by another thread", "[thread][join_handle]") {
    auto inner = thread::spawn([] { return 5; });

    auto outer =
        thread::spawn([](JoinHandle<int> mine) { return mine.join().unwrap(); }, std::move(inner));

    CHECK(outer.join().unwrap() == 5);
}

TEST_CASE("JoinHandle: assigned over, it lets go of the thread it had", "[thread][join_handle]") {
    auto const go = std::make_shared<std::atomic<bool>>(false);
    auto const old_ended = std::make_shared<std::atomic<bool>>(false);
    auto handle = thread::spawn(
        [](std::shared_ptr<std::atomic<bool>> start, std::shared_ptr<std::atomic<bool>> end) {
            start->wait(false);
            *end = true;
            end->notify_one();
            return 1;
        },
        unsafe_send(go), unsafe_send(old_ended));

    handle = thread::spawn([](auto const&...) { return 2; }, 0);
    *go = true;
    go->notify_one();

    CHECK(handle.join().unwrap() == 2);
    old_ended->wait(false);  // the old one runs on, detached
    CHECK(*old_ended);
}

TEST_CASE("JoinHandle: assigned over, a panic it held is reported",
          "[thread][join_handle][panic]") {
    Reports const reports;
    auto handle = thread::spawn([] { panic("held by the handle"); });
    wait_until_over(handle);

    handle = thread::spawn([] {});
    auto const heard = reports.wait_for(1);
    handle.join().unwrap();

    CHECK(contains(heard[0].message, "held by the handle"));
}

TEST_CASE("JoinHandle: assigned to itself, it stays what it is", "[thread][join_handle]") {
    auto handle = thread::spawn([] { return 3; });
    auto& same = handle;

    handle = std::move(same);

    CHECK(handle.join().unwrap() == 3);
}

TEST_CASE("JoinHandle: one that was joined can be assigned to", "[thread][join_handle]") {
    auto handle = thread::spawn([] { return 1; });
    CHECK(handle.join().unwrap() == 1);

    handle = thread::spawn([] { return 2; });

    CHECK(handle.join().unwrap() == 2);
}

TEST_CASE("JoinHandle: is_finished tells when the work is done", "[thread][join_handle]") {
    auto const go = std::make_shared<std::atomic<bool>>(false);
    int const before = Counted::alive;
    auto handle = thread::spawn(
        [](std::shared_ptr<std::atomic<bool>> start, Counted const&) { start->wait(false); },
        unsafe_send(go), Counted(1));
    CHECK_FALSE(handle.is_finished());

    *go = true;
    go->notify_one();
    wait_until_over(handle);

    CHECK(Counted::alive == before);  // the arguments have ended by then
    handle.join().unwrap();
    CHECK(handle.is_finished());
}

TEST_CASE("JoinHandle: is_finished is true after a panic too", "[thread][join_handle][panic]") {
    auto handle = thread::spawn([] { panic("over"); });

    wait_until_over(handle);

    CHECK(handle.join().is_err());
}

TEST_CASE("JoinHandle: a result that nobody fetched is destroyed", "[thread][join_handle]") {
    int const before = Counted::alive;

    SECTION("by the handle, if the thread was faster") {
        auto handle = thread::spawn([] { return Counted(1); });
        wait_until_over(handle);
        drop(std::move(handle));
    }
    SECTION("with the result of join") {
        (void)thread::spawn([] { return Counted(2); }).join();
    }
    SECTION("by the thread, if the handle was dropped first") {
        drop(thread::spawn([] { return Counted(3); }));
    }

    while (Counted::alive != before) {  // or it hangs here
        thread::yield_now();
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("JoinHandle: a panic is reported once, whoever is the last to know",
          "[thread][join_handle][panic][threads]") {
    Reports const reports;
    constexpr int rounds = 200;

    for (int i = 0; i < rounds; ++i) {
        drop(thread::spawn([] { panic("lost"); }));  // a race between the thread and this drop
    }

    CHECK(reports.wait_for(rounds).size() == rounds);
    CHECK(reports.take().empty());
}

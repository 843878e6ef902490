#include "tandem/thread/thread.hpp"

#include <atomic>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"
#include "tandem/thread/builder.hpp"
#include "tandem/thread/spawn.hpp"

namespace {

using namespace tandem;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::let_them_fall_asleep;
using testing::on_threads;
using testing::run_in_child;
using thread::Thread;
using thread::ThreadId;

static_assert(Send<Thread> && Sync<Thread>);
static_assert(Send<ThreadId> && Sync<ThreadId>);
static_assert(std::is_trivially_copyable_v<ThreadId>);
static_assert(!std::is_default_constructible_v<ThreadId>);
static_assert(!std::is_copy_constructible_v<Thread>);
static_assert(std::is_nothrow_move_constructible_v<Thread>);

/// Asks for the current thread when its own thread's locals end.
struct AsksAtTheEnd {
    std::optional<std::string>* name = nullptr;
    std::uint64_t* id = nullptr;

    ~AsksAtTheEnd() {
        if (name != nullptr) {
            Thread const last = thread::current();
            *name = last.name();
            *id = last.id().as_u64();
        }
    }
};

thread_local AsksAtTheEnd asks_at_the_end;

void ask_at_the_end(std::optional<std::string>* name, std::uint64_t* id) {
    asks_at_the_end.name = name;
    asks_at_the_end.id = id;
}

}  // namespace

TEST_CASE("current: the main thread is called main", "[thread][current]") {
    CHECK(thread::current().name() == "main");
    CHECK(thread::current().id() == thread::current().id());
}

TEST_CASE("current: a spawned thread is the one its handle tells of", "[thread][current]") {
    auto handle = thread::spawn([] { return thread::current().id(); });
    ThreadId const known = handle.thread().id();

    CHECK(handle.join().unwrap() == known);
    CHECK(known != thread::current().id());
    CHECK(handle.thread().id() == known);  // also after the end
}

TEST_CASE("current: a thread of another kind has an id, and no name", "[thread][current]") {
    std::optional<std::string> name = "not asked";
    bool same = false;
    std::uint64_t id = 0;

    std::thread([&] {
        name = thread::current().name();
        same = thread::current().id() == thread::current().id();
        id = thread::current().id().as_u64();
    }).join();

    CHECK(name == std::nullopt);
    CHECK(same);
    CHECK(id != thread::current().id().as_u64());
}

TEST_CASE("current: a thread is itself to the last, in its locals' destructors too",
          "[thread][current]") {
    std::optional<std::string> name;
    std::uint64_t id = 0;

    SECTION("a thread of ours") {
        auto handle = thread::Builder()
                          .name("until the end")
                          .spawn(ask_at_the_end, unsafe_send(&name), unsafe_send(&id))
                          .unwrap();
        std::uint64_t const known = handle.thread().id().as_u64();
        handle.join().unwrap();
        CHECK(name == "until the end");
        CHECK(id == known);
    }
    SECTION("a thread of another kind, that has asked before") {
        std::uint64_t known = 0;
        std::thread([&] {
            known = thread::current().id().as_u64();
            ask_at_the_end(&name, &id);
        }).join();
        CHECK(id == known);
    }
    SECTION("a thread of another kind, that has never asked") {
        std::thread([&] { ask_at_the_end(&name, &id); }).join();
        CHECK(name == std::nullopt);
        CHECK(id != 0);
    }
}

TEST_CASE("ThreadId: no two threads have the same", "[thread][current][threads]") {
    constexpr int threads = 4;
    constexpr int rounds = 100;
    std::vector<std::vector<ThreadId>> seen(threads);

    on_threads(threads, [&](int i) {
        auto& mine = seen[static_cast<std::size_t>(i)];
        mine.push_back(thread::current().id());
        for (int n = 0; n < rounds; ++n) {
            mine.push_back(thread::spawn([] { return thread::current().id(); }).join().unwrap());
        }
    });

    std::set<ThreadId> all;
    for (auto const& some : seen) {
        all.insert(some.begin(), some.end());
    }
    CHECK(all.size() == threads * (rounds + 1));
}

TEST_CASE("park: an unpark that comes first is kept, and several count once", "[thread][park]") {
    Thread const me = thread::current();
    me.unpark();
    me.unpark();
    me.unpark();

    thread::park();  // returns at once, or this test hangs

    auto const begin = steady_clock::now();
    thread::park_timeout(20ms);  // nothing is left
    CHECK(steady_clock::now() - begin >= 20ms);
}

TEST_CASE("park: sleeps until another thread unparks it", "[thread][park]") {
    auto handle = thread::spawn([] {
        thread::park();
        return true;
    });
    let_them_fall_asleep();

    handle.thread().unpark();

    CHECK(handle.join().unwrap());
}

TEST_CASE("park: what was written before unpark is seen after park", "[thread][park][threads]") {
    constexpr int rounds = 2'000;
    int ball = 0;  // not atomic: the pair of park and unpark orders it
    std::atomic<bool> ours{true};
    Thread const me = thread::current();

    std::thread other([&] {
        for (int n = 0; n < rounds; ++n) {
            while (ours.load(std::memory_order_acquire)) {
                std::this_thread::yield();
            }
            ++ball;
            ours.store(true, std::memory_order_relaxed);
            me.unpark();
        }
    });
    for (int n = 0; n < rounds; ++n) {
        ++ball;
        ours.store(false, std::memory_order_release);
        do {
            thread::park();
        } while (!ours.load(std::memory_order_relaxed));
    }
    other.join();

    CHECK(ball == 2 * rounds);
}

TEST_CASE("park: an unpark of a thread that is over, or parks no more, harms nobody",
          "[thread][park]") {
    auto handle = thread::spawn([] {});
    Thread const gone = handle.thread();
    handle.join().unwrap();

    gone.unpark();
    gone.clone().unpark();

    CHECK(gone.name() == std::nullopt);
}

TEST_CASE("park_timeout: returns when its time is up", "[thread][park]") {
    auto const begin = steady_clock::now();

    thread::park_timeout(0s);
    thread::park_timeout(-1h);
    thread::park_timeout(std::chrono::nanoseconds::min());
    thread::park_timeout(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
    CHECK(steady_clock::now() - begin < 10s);

    auto const then = steady_clock::now();
    thread::park_timeout(15ms);
    CHECK(steady_clock::now() - then >= 15ms);
}

TEST_CASE("park_timeout: the longest time ends with an unpark", "[thread][park]") {
    auto handle = thread::spawn([] {
        thread::park_timeout(std::chrono::hours::max());
        thread::park_timeout(std::chrono::duration<double>::max());
        thread::park_timeout(std::chrono::nanoseconds::max());
        return true;
    });
    while (!handle.is_finished()) {
        handle.thread().unpark();
        thread::yield_now();
    }

    CHECK(handle.join().unwrap());
}

TEST_CASE("sleep: lasts at least as long as it says", "[thread][sleep]") {
    auto const begin = steady_clock::now();
    SECTION("milliseconds") {
        thread::sleep(12ms);
        CHECK(steady_clock::now() - begin >= 12ms);
    }
    SECTION("a part of a microsecond, rounded up") {
        thread::sleep(std::chrono::duration<double, std::micro>(0.5));
        CHECK(steady_clock::now() - begin >= 500ns);
    }
    SECTION("parts of a second in a float") {
        thread::sleep(std::chrono::duration<float>(0.01F));
        CHECK(steady_clock::now() - begin >= 9'999us);
    }
}

TEST_CASE("sleep: zero and less return at once", "[thread][sleep]") {
    auto const begin = steady_clock::now();

    thread::sleep(0s);
    thread::sleep(-5s);
    thread::sleep(std::chrono::hours::min());
    thread::sleep(std::chrono::duration<double>::min());

    CHECK(steady_clock::now() - begin < 4s);
}

TEST_CASE("sleep: an unpark does not end it", "[thread][sleep]") {
    auto handle = thread::spawn([] {
        auto const begin = steady_clock::now();
        thread::sleep(30ms);
        return steady_clock::now() - begin;
    });
    while (!handle.is_finished()) {
        handle.thread().unpark();
        thread::yield_now();
    }

    CHECK(handle.join().unwrap() >= 30ms);
}

TEST_CASE("sleep: the maximum does not overflow into no time at all", "[thread][sleep]") {
    auto const ended = run_in_child([] {
        ::alarm(1);  // ends the child by SIGALRM, if it sleeps as it should
        thread::sleep(std::chrono::seconds::max());
        return 0;
    });

    CHECK(ended.signal == SIGALRM);
}

TEST_CASE("yield_now: lets the thread go on", "[thread][yield_now]") {
    std::atomic<bool> seen{false};
    std::thread other([&] {
        thread::yield_now();
        seen = true;
    });

    while (!seen) {
        thread::yield_now();
    }
    other.join();

    CHECK(seen);
}

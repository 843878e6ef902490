#include "tandem/rt/local_set.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/counted.hpp"
#include "support/manual.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/block_in_place.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/join_set.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_local.hpp"
#include "tandem/rt/time/sleep.hpp"

namespace {

using namespace std::chrono_literals;
namespace async = tandem::async;
using tandem::drop;
using tandem::Panic;
using tandem::Send;
using tandem::async::block_on;
using tandem::async::Future;
using tandem::async::join;
using tandem::async::pending;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::rt::AbortHandle;
using tandem::rt::Builder;
using tandem::rt::JoinHandle;
using tandem::rt::JoinSet;
using tandem::rt::LocalSet;
using tandem::rt::Runtime;
using tandem::rt::spawn_local;
using tandem::rt::time::sleep;
using tandem::testing::contains;
using tandem::testing::Counted;
using tandem::testing::Manual;
using tandem::testing::Noted;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Reports;
using tandem::testing::Threads;
using tandem::testing::Trace;

static_assert(Future<LocalSet> && !Send<LocalSet>);
static_assert(!std::is_copy_constructible_v<LocalSet>);
static_assert(std::is_nothrow_move_constructible_v<LocalSet>);
static_assert(std::is_nothrow_move_assignable_v<LocalSet>);
static_assert(!Send<JoinHandle<std::shared_ptr<int>>> && Send<JoinHandle<int>>);

Runtime one_thread() { return Builder::new_current_thread().enable_all().build().unwrap(); }
Runtime threads(std::size_t count) {
    return Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap();
}

/// What is no task of the set takes its turn so often that the set's have had theirs.
Task<void> turns(int count) {
    for (int i = 0; i < count; ++i) {
        co_await yield_now();
    }
}

/// Notes on which thread it ends.
class EndsOn {
public:
    explicit EndsOn(std::thread::id& where) : where_(&where) {}
    EndsOn(EndsOn&& other) noexcept : where_(std::exchange(other.where_, nullptr)) {}
    EndsOn& operator=(EndsOn&&) = delete;
    ~EndsOn() {
        if (where_ != nullptr) {
            *where_ = std::this_thread::get_id();
        }
    }

private:
    std::thread::id* where_;
};

template <class Fn>
std::string panic_of(Fn fn) {
    try {
        fn();
    } catch (Panic const& panic) { return panic.what(); }
    return "";
}

}  // namespace

TEST_CASE("LocalSet: nothing about its tasks has to be Send", "[rt][local_set]") {
    Runtime const rt = one_thread();
    LocalSet const set;
    int local = 1;
    auto const shared = std::make_shared<int>(0);

    auto const main = [&]() -> Task<int> {
        auto by_capture = spawn_local([&local, shared]() -> Task<int> {
            co_await yield_now();
            *shared += local;
            co_return *shared;
        });
        auto by_reference = spawn_local(
            [](int& number, std::shared_ptr<int> counter) -> Task<std::shared_ptr<int>> {
                co_await yield_now();
                number = 10;
                co_return counter;
            },
            std::ref(local), shared);
        auto const add = [](int a, int b) -> Task<int> { co_return a + b; };
        auto as_it_is = spawn_local(add(2, 3));
        auto [first, second, third] =
            co_await join(std::move(by_capture), std::move(by_reference), std::move(as_it_is));
        co_return first.unwrap() + *second.unwrap() + third.unwrap();
    };

    CHECK(set.block_on(rt, main()) == 1 + 1 + 5);
    CHECK(local == 10);
    CHECK(set.block_on(threads(1), main()) == 11 + 11 + 5);
}

TEST_CASE("LocalSet: its tasks run while run_until waits, and no further", "[rt][local_set]") {
    LocalSet const set;
    int steps = 0;
    auto handle = set.spawn_local([&]() -> Task<int> {
        for (;; ++steps) {
            co_await yield_now();
        }
        co_return 0;
    });
    CHECK(steps == 0);

    CHECK(block_on(set.run_until(async::ready(5))) == 5);
    CHECK(steps == 0);

    block_on(set.run_until(turns(10)));
    int const after = steps;
    CHECK(after >= 5);

    block_on(turns(10));
    CHECK(steps == after);
    CHECK_FALSE(handle.is_finished());
}

TEST_CASE("LocalSet: awaited, it waits for all its tasks", "[rt][local_set]") {
    Runtime const rt = one_thread();
    CHECK(Polled(LocalSet()).poll().is_ready());

    LocalSet set;
    std::vector<int> order;
    auto const note = [&order](std::chrono::milliseconds wait, int number) -> Task<void> {
        co_await sleep(wait);
        order.push_back(number);
    };
    drop(set.spawn_local(note, 4ms, 2));
    drop(set.spawn_local([&]() -> Task<void> {
        drop(spawn_local(note, 8ms, 3));
        order.push_back(1);
        co_return;
    }));
    auto kept = set.spawn_local([]() -> Task<int> { co_return 6; });

    rt.block_on(std::ref(set));

    CHECK(order == std::vector{1, 2, 3});
    CHECK(kept.is_finished());

    drop(set.spawn_local(note, 1ms, 4));
    rt.block_on(std::move(set));
    CHECK(order.back() == 4);
}

TEST_CASE("LocalSet: it may be joined with others, and keeps none of them up", "[rt][local_set]") {
    LocalSet set;
    bool stop = false;
    drop(set.spawn_local([&]() -> Task<void> {
        while (!stop) {  // awake all the time
            co_await yield_now();
        }
    }));
    auto const stopper = [&]() -> Task<void> {
        co_await turns(100);
        stop = true;
    };
    block_on(join(std::ref(set), stopper()));
    CHECK(stop);
}

TEST_CASE("LocalSet: more tasks than run in one poll all have their turn", "[rt][local_set]") {
    LocalSet const set;
    for (int i = 0; i < 500; ++i) {
        drop(set.spawn_local(turns, 2));
    }
    auto last = set.spawn_local([]() -> Task<int> { co_return 9; });
    CHECK(block_on(set.run_until(std::move(last))).unwrap() == 9);
}

TEST_CASE("LocalSet: a future that its tasks wake goes on", "[rt][local_set]") {
    LocalSet const set;
    auto [tx, rx] = async::oneshot::channel<int>();
    drop(set.spawn_local(
        [](async::oneshot::Sender<int> sender) -> Task<void> {
            co_await turns(3);
            sender.send(8).unwrap();
        },
        std::move(tx)));
    CHECK(block_on(set.run_until(std::move(rx))).unwrap() == 8);
}

TEST_CASE("LocalSet: whoever wakes a task wakes who polls the set", "[rt][local_set]") {
    Polled polled(LocalSet{});
    LocalSet const& set = polled.future();
    Manual<void> const manual;
    drop(set.spawn_local(manual.future()));
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.take_wakes() == 0);

    manual.wake();
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());
    CHECK(manual.polls() == 2);

    drop(set.spawn_local(turns, 1));
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());

    Threads().start([&] { manual.finish(); });
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.poll().is_ready());
}

TEST_CASE("LocalSet: its end drops its tasks, and their handles know", "[rt][local_set]") {
    Trace trace;
    std::vector<JoinHandle<void>> handles;
    {
        LocalSet set;
        auto const waits = [](Noted) -> Task<void> { co_await pending<void>(); };
        handles.push_back(set.spawn_local(waits, Noted(trace, "a")));
        handles.push_back(set.spawn_local(waits, Noted(trace, "b")));
        block_on(set.run_until(yield_now()));
        LocalSet moved = std::move(set);
        handles.push_back(moved.spawn_local(waits, Noted(trace, "never begun")));
        CHECK(trace.take().empty());
        set = LocalSet();
        handles.push_back(set.spawn_local(waits, Noted(trace, "other set")));
    }
    CHECK(trace.take() ==
          std::vector<std::string>{"end a", "end b", "end never begun", "end other set"});
    for (auto& handle : handles) {
        CHECK(block_on(std::move(handle)).error().is_cancelled());
    }
}

TEST_CASE("LocalSet: what its last tasks spawn when they end is cancelled", "[rt][local_set]") {
    struct SpawnsAtEnd {
        std::optional<JoinHandle<int>>* handle;
        ~SpawnsAtEnd() {
            *handle = spawn_local([](Counted) -> Task<int> { co_return 1; }, Counted());
        }
    };
    std::optional<JoinHandle<int>> late;
    {
        LocalSet const set;
        drop(set.spawn_local([&late]() -> Task<void> {
            SpawnsAtEnd const last{&late};
            co_await pending<void>();
        }));
        block_on(set.run_until(yield_now()));
    }
    REQUIRE(late.has_value());
    CHECK(block_on(*std::move(late)).error().is_cancelled());
    CHECK(Counted::alive == 0);
}

TEST_CASE("LocalSet: one of its own tasks may drop it", "[rt][local_set]") {
    Trace trace;
    auto set = std::make_unique<LocalSet>();
    drop(set->spawn_local([](Noted) -> Task<void> { co_await pending<void>(); },
                          Noted(trace, "other")));
    drop(set->spawn_local(
        [&set, &trace](Noted) -> Task<void> {
            set.reset();
            trace.note("goes on");
            co_await yield_now();
            trace.note("not any more");
        },
        Noted(trace, "own")));
    Polled polled(set->run_until(pending<void>()));
    static_cast<void>(polled.poll());
    CHECK(trace.take() == std::vector<std::string>{"end other", "goes on", "end own"});
}

TEST_CASE("LocalSet: a task that panics is an error of its handle", "[rt][local_set]") {
    Reports const reports;
    LocalSet const set;
    auto const fails = []() -> Task<int> {
        throw std::runtime_error("no luck");
        co_return 0;
    };
    auto handle = set.spawn_local(fails);
    CHECK(block_on(set.run_until(std::move(handle))).error().into_panic().message() == "no luck");
    CHECK(reports.take().empty());

    drop(set.spawn_local(fails));
    block_on(set.run_until(yield_now()));
    auto const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].message, "local_set_test.cpp"));
}

TEST_CASE("LocalSet: spawn_local needs one", "[rt][local_set]") {
    auto const task = []() -> Task<int> { co_return 4; };
    CHECK(contains(panic_of([&] { drop(spawn_local(task)); }), "outside of a LocalSet"));

    LocalSet const set;
    {
        auto const guard = set.enter();
        auto handle = spawn_local(task);
        CHECK(block_on(set.run_until(std::move(handle))).unwrap() == 4);
    }
    CHECK(contains(panic_of([&] { drop(spawn_local(task)); }), "outside of a LocalSet"));

    // A task of the runtime is none of the set's, though it runs on the same thread.
    Runtime const rt = one_thread();
    auto spawned = rt.spawn([]() -> Task<void> {
        drop(spawn_local([]() -> Task<void> { co_return; }));
        co_return;
    });
    auto const result = set.block_on(rt, std::move(spawned));
    CHECK(contains(result.error().message(), "outside of a LocalSet"));

    auto const sum = [](int a, int b, int c, int d, int e, int f, int g) -> Task<int> {
        co_return a + b + c + d + e + f + g;
    };
    CHECK(block_on(set.run_until(set.spawn_local(sum, 1, 2, 3, 4, 5, 6, 7))).unwrap() == 28);
    auto const guard = set.enter();
    CHECK(block_on(set.run_until(spawn_local(sum, 1, 2, 3, 4, 5, 6, 8))).unwrap() == 29);
}

TEST_CASE("LocalSet: two on one thread keep their tasks apart", "[rt][local_set]") {
    LocalSet const outer;
    LocalSet const inner;
    auto const task = [](int n) -> Task<int> {
        co_await yield_now();
        co_return n;
    };
    auto const main = [&]() -> Task<int> {
        auto first = spawn_local(task, 1);
        auto nested = inner.run_until([](auto const& work) -> Task<int> {
            auto result = co_await spawn_local(work, 2);
            co_return result.unwrap();
        }(task));
        int const second = co_await std::move(nested);
        auto result = co_await std::move(first);
        auto third = co_await spawn_local(task, 4);
        co_return result.unwrap() + second + third.unwrap();
    };
    CHECK(block_on(outer.run_until(main())) == 7);
}

TEST_CASE("LocalSet: another thread cannot poll it, nor spawn on it", "[rt][local_set]") {
    LocalSet set;
    auto run = set.run_until(pending<void>());
    std::string polled;
    std::string spawned;
    std::string entered;
    Threads().start([&] {
        polled = panic_of([&] { block_on(std::move(run)); });
        spawned = panic_of([&] { drop(set.spawn_local(turns, 1)); });
        entered = panic_of([&] { block_on(std::ref(set)); });
    });
    CHECK(contains(polled, "stays on the thread that made it"));
    CHECK(contains(spawned, "LocalSet::spawn_local"));
    CHECK(contains(entered, "stays on the thread"));

    LocalSet const moved = std::move(set);
    CHECK(contains(panic_of([&] { drop(set.spawn_local(turns, 1)); }), "moved from"));
}

TEST_CASE("LocalSet: to drop it on another thread ends the program", "[rt][local_set]") {
    if (tandem::testing::under_tsan) {
        return;  // which does not like a fork with threads
    }
    auto const ended = tandem::testing::run_in_child([] {
        auto set = std::make_unique<LocalSet>();
        Threads().start([&] { set.reset(); });
        return 0;
    });
    CHECK(ended.signal == SIGABRT);
    CHECK(contains(ended.errors, "a LocalSet was dropped on another thread"));
}

TEST_CASE("LocalSet: tasks end on its thread, whoever ends them", "[rt][local_set]") {
    std::thread::id ended;
    auto const holds = [](EndsOn, Manual<void>::Future until) -> Task<void> {
        co_await std::move(until);
    };
    Manual<void> const manual;
    std::optional<LocalSet> set(std::in_place);
    std::optional<JoinHandle<void>> handle(set->spawn_local(holds, EndsOn(ended), manual.future()));
    block_on(set->run_until(yield_now()));

    SECTION("aborted elsewhere") {
        Threads().start([&] { handle->abort(); });
        CHECK(ended == std::thread::id());
        block_on(set->run_until(yield_now()));
        CHECK(ended == std::this_thread::get_id());
    }
    SECTION("dropped, and only a waker elsewhere keeps it") {
        std::optional<Waker> waker = manual.take_waker();
        AbortHandle abort = handle->abort_handle();
        set.reset();
        CHECK(ended == std::this_thread::get_id());
        ended = {};
        Threads().start([&] {
            waker->wake_by_ref();
            handle.reset();
            waker.reset();
            AbortHandle const last = std::move(abort);
            last.abort();
        });
        CHECK(ended == std::thread::id());
    }
}

TEST_CASE("LocalSet: a JoinSet of its tasks", "[rt][local_set]") {
    LocalSet const set;
    JoinSet<std::shared_ptr<int>> tasks;
    auto const make = [](int number) -> Task<std::shared_ptr<int>> {
        co_await yield_now();
        co_return std::make_shared<int>(number);
    };
    tasks.spawn_local_on(set, make, 1);
    auto const main = [&]() -> Task<int> {
        tasks.spawn_local(make, 2);
        tasks.spawn_local(
            [](int a, int b, int c, int d, int e, int f, int g) -> Task<std::shared_ptr<int>> {
                co_return std::make_shared<int>(a + b + c + d + e + f + g);
            },
            1, 2, 3, 4, 5, 6, 7);
        int sum = 0;
        while (auto joined = co_await tasks.join_next()) {
            sum += *joined->unwrap();
        }
        co_return sum;
    };
    CHECK(block_on(set.run_until(main())) == 31);
}

TEST_CASE("LocalSet: its tasks may not block in place", "[rt][local_set]") {
    Runtime const rt = threads(1);
    LocalSet const set;
    auto const blocks = []() -> Task<void> {
        tandem::rt::block_in_place([] {});
        co_return;
    };
    CHECK(contains(panic_of([&] { set.block_on(rt, blocks()); }), "needs a multi_thread runtime"));
    auto handle = set.spawn_local(blocks);
    CHECK(contains(set.block_on(rt, std::move(handle)).error().message(), "spawn_blocking"));
}

TEST_CASE("LocalSet: tasks woken by other threads lose no wake-up", "[rt][local_set][threads]") {
    Runtime const rt = threads(2);
    constexpr int messages = 2'000;
    LocalSet set;
    std::vector<JoinHandle<long>> sums;
    std::vector<async::mpsc::Sender<int>> senders;
    for (int i = 0; i < 4; ++i) {
        auto [tx, rx] = async::mpsc::channel<int>(4);
        senders.push_back(std::move(tx));
        sums.push_back(set.spawn_local(
            [](async::mpsc::Receiver<int> receiver, std::shared_ptr<int> total) -> Task<long> {
                long sum = 0;
                while (auto number = co_await receiver.recv()) {
                    sum += *number;
                    ++*total;
                }
                co_return sum;
            },
            std::move(rx), std::make_shared<int>(0)));
    }
    for (auto& sender : senders) {
        drop(rt.spawn(
            [](async::mpsc::Sender<int> tx) -> Task<void> {
                for (int i = 0; i < messages; ++i) {
                    (co_await tx.send(1)).unwrap();
                }
            },
            std::move(sender)));
    }
    rt.block_on(std::ref(set));
    for (auto& sum : sums) {
        CHECK(block_on(std::move(sum)).unwrap() == messages);
    }
}

TEST_CASE("LocalSet: dropped while other threads wake and abort its tasks",
          "[rt][local_set][threads]") {
    for (int round = 0; round < 500; ++round) {
        std::optional<LocalSet> set(std::in_place);
        Manual<void> const manual;
        auto handle = set->spawn_local(
            [](Manual<void>::Future until, Counted) -> Task<void> { co_await std::move(until); },
            manual.future(), Counted());
        block_on(set->run_until(yield_now()));
        std::latch start{3};
        Threads others;
        others.start([&] {
            start.arrive_and_wait();
            manual.finish();
        });
        others.start([&] {
            start.arrive_and_wait();
            JoinHandle<void> const mine = std::move(handle);
            mine.abort();
        });
        start.arrive_and_wait();
        if (round % 2 == 0) {
            block_on(set->run_until(yield_now()));
        }
        set.reset();
        others.join();
        REQUIRE(Counted::alive == 0);
    }
}

TEST_CASE("LocalSet: a wake that is under way when it ends leaves nothing behind",
          "[rt][local_set]") {
    std::optional<LocalSet> set(std::in_place);
    auto& task =
        set->spawn_local([](Counted) -> Task<void> { co_await pending<void>(); }, Counted())
            .release();
    block_on(set->run_until(yield_now()));
    // What a waker does, in two steps: it has decided to queue the task, and does so later.
    REQUIRE(task.state.wake_by_ref() == tandem::rt::detail::TaskState::Wake::queue);

    SECTION("elsewhere") {
        set.reset();
        Threads().start([&] { task.shard->scheduler().schedule(task); });
    }
    SECTION("here") {
        set.reset();
        task.shard->scheduler().schedule(task);
    }
    CHECK(Counted::alive == 0);
    CHECK(block_on(JoinHandle<void>(task)).error().is_cancelled());
}

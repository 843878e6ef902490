#include "tandem/rt/spawn.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/runtimes.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace rt = tandem::rt;
namespace async = tandem::async;
using tandem::Diagnostic;
using tandem::drop;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::JoinHandle;
using tandem::rt::Runtime;
using tandem::testing::Borrow;
using tandem::testing::both_kinds;
using tandem::testing::contains;
using tandem::testing::Counted;
using tandem::testing::Reports;
using tandem::testing::runtime_of;
using tandem::testing::Signal;
using tandem::testing::wait_until;

namespace {

Task<int> number(int n) { co_return n; }
Task<int> later(int n) {
    co_await yield_now();
    co_await yield_now();
    co_return n;
}
Task<> nothing() { co_return; }

}  // namespace

TEST_CASE("spawn: the task's value is in the handle", "[rt][spawn]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        CHECK(runtime.block_on(runtime.spawn(number, 1)).unwrap() == 1);
        CHECK(runtime.block_on(runtime.spawn(later, 2)).unwrap() == 2);
        CHECK(runtime.block_on(runtime.spawn(nothing)).is_ok());
        CHECK(runtime.block_on(runtime.spawn([](int n) { return async::ready(n); }, 3)).unwrap() ==
              3);
        CHECK(runtime.block_on(runtime.handle().spawn(later, 4)).unwrap() == 4);
    }
}

TEST_CASE("spawn: tasks run beside who spawns them", "[rt][spawn]") {
    auto const parent = []() -> Task<std::vector<int>> {
        std::vector<JoinHandle<int>> handles;
        for (int i = 0; i < 100; ++i) {
            handles.push_back(rt::spawn(later, i));
        }
        std::vector<int> sums;
        for (auto& each : handles) {
            sums.push_back((co_await std::move(each)).unwrap());
        }
        co_return sums;
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto const inside = runtime.block_on(parent());
        auto const spawned = runtime.block_on(runtime.spawn(parent)).unwrap();
        REQUIRE(inside.size() == 100);
        CHECK(inside[99] == 99);
        CHECK(inside == spawned);
    }
}

TEST_CASE("spawn: outside of a runtime it panics, and says what to do", "[rt][spawn]") {
    std::string message;
    unsigned line = 0;
    unsigned const here = std::source_location::current().line() + 2;
    try {
        drop(rt::spawn(nothing));
    } catch (Panic const& panic) {
        message = panic.what();
        line = panic.location().line();
    }
    CHECK(contains(message, "rt::spawn was called outside of a runtime"));
    CHECK(contains(message, "rt::run"));
    CHECK(line == here);
}

TEST_CASE("spawn: from many threads at once", "[rt][spawn][threads]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        static std::atomic<int> sum;
        sum = 0;
        tandem::testing::Threads threads;
        for (int t = 0; t < 4; ++t) {
            threads.start([&runtime] {
                for (int i = 1; i <= 250; ++i) {
                    drop(runtime.spawn(
                        [](int n) -> Task<> {
                            co_await yield_now();
                            sum += n;
                        },
                        i));
                }
            });
        }
        auto const all_done = []() -> Task<> {
            while (sum < 4 * 250 * 251 / 2) {
                co_await yield_now();
            }
        };
        runtime.block_on(all_done());
        threads.join();
        CHECK(sum == 4 * 250 * 251 / 2);
    }
}

TEST_CASE("spawn: a task that ends spawns another from its destructor", "[rt][spawn]") {
    static std::atomic<int> ran;
    struct Spawns {
        using tandem_send = void;
        ~Spawns() {
            drop(rt::spawn([]() -> Task<> {
                ++ran;
                co_return;
            }));
        }
    };
    for (auto const kind : both_kinds) {
        ran = 0;
        {
            Runtime const runtime = runtime_of(kind);
            auto const parent = []() -> Task<> {
                Spawns const local{};
                co_await yield_now();
            };
            drop(runtime.spawn(parent));
            auto const wait = []() -> Task<> {
                while (ran == 0) {
                    co_await yield_now();
                }
            };
            runtime.block_on(wait());
            CHECK(ran == 1);

            // And one that is cancelled by its runtime's end: what it spawns is cancelled at once.
            auto const waits = [](std::unique_ptr<Spawns>) -> Task<> {
                co_await async::poll_fn(
                    [](async::Context&) { return async::Poll<void>::pending(); });
            };
            drop(runtime.spawn(waits, std::make_unique<Spawns>()));
            runtime.block_on(later(1));
        }
        CHECK(ran == 1);
    }
}

TEST_CASE("spawn: a task may await one of another runtime", "[rt][spawn][threads]") {
    for (auto const kind : both_kinds) {
        for (auto const other_kind : both_kinds) {
            Runtime const runtime = runtime_of(kind);
            Runtime const other = runtime_of(other_kind);
            // Somebody has to run the other's tasks.
            Signal stop;
            auto const until = [](Signal& signal) -> Task<> { co_await signal.wait(); };
            tandem::testing::Threads threads;
            threads.start([&] { other.block_on(until(stop)); });

            auto const across = [](rt::Handle there) -> Task<int> {
                int sum = 0;
                for (int i = 0; i < 50; ++i) {
                    sum += (co_await there.spawn(later, i)).unwrap();
                }
                co_return sum;
            };
            CHECK(runtime.block_on(runtime.spawn(across, other.handle().clone())).unwrap() ==
                  49 * 50 / 2);
            stop.set();
        }
    }
}

TEST_CASE("spawn: after the runtime's end the task is cancelled, its arguments dropped",
          "[rt][spawn]") {
    for (auto const kind : both_kinds) {
        std::optional<rt::Handle> handle;
        {
            Runtime const runtime = runtime_of(kind);
            handle.emplace(runtime.handle().clone());
        }
        Counted::alive = 0;
        auto task = handle->spawn([](Counted) -> Task<> { co_return; }, Counted(1));
        CHECK(Counted::alive == 0);
        CHECK(task.is_finished());
        CHECK(block_on(std::move(task)).unwrap_err().is_cancelled());
        auto blocking = handle->spawn_blocking([](Counted const&) {}, Counted(1));
        CHECK(Counted::alive == 0);
        CHECK(block_on(std::move(blocking)).unwrap_err().is_cancelled());
    }
}

TEST_CASE("spawn: arguments live as long as the task, and end with it", "[rt][spawn]") {
    auto const by_reference = [](std::string const& text, std::vector<int> const& numbers,
                                 Counted&& counted) -> Task<std::size_t> {
        co_await yield_now();
        Counted const mine(std::move(counted));
        co_await yield_now();
        co_return text.size() + numbers.size() + static_cast<std::size_t>(mine.number);
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Counted::alive = 0;
        std::string const kept(100, 'x');
        auto handle = runtime.spawn(by_reference, kept, std::vector{1, 2, 3}, Counted(5));
        CHECK(runtime.block_on(std::move(handle)).unwrap() == 108);
        CHECK(kept.size() == 100);
        CHECK(Counted::alive == 0);
    }
}

TEST_CASE("spawn: an argument that is moved in is not copied", "[rt][spawn]") {
    Runtime const runtime = runtime_of(rt::RuntimeFlavor::multi_thread);
    Counted::copies = 0;
    auto const take = [](Counted mine, std::unique_ptr<int> pointer) -> Task<int> {
        co_return mine.number + *pointer;
    };
    CHECK(runtime.block_on(runtime.spawn(take, Counted(3), std::make_unique<int>(4))).unwrap() ==
          7);
    CHECK(Counted::copies == 0);
    Counted const mine(5);
    CHECK(runtime.block_on(runtime.spawn(take, mine, std::make_unique<int>(4))).unwrap() == 9);
    CHECK(Counted::copies == 1);
}

TEST_CASE("spawn: unsafe_send is unwrapped, a static text and an Arc pass", "[rt][spawn]") {
    using tandem::operator""_static;
    Runtime const runtime = runtime_of(rt::RuntimeFlavor::multi_thread);
    int n = 1;
    auto const write = [](int* pointer, tandem::StaticStr text,
                          tandem::sync::Arc<tandem::sync::Mutex<int>> sum) -> Task<> {
        *pointer = static_cast<int>(std::string_view(text).size());
        *sum->lock().unwrap() += *pointer;
        co_return;
    };
    auto const sum = tandem::sync::make_arc<tandem::sync::Mutex<int>>(1);
    CHECK(
        runtime.block_on(runtime.spawn(write, tandem::unsafe_send(&n), "hello"_static, sum.clone()))
            .is_ok());
    CHECK(n == 5);
    CHECK(*sum->lock().unwrap() == 6);
}

TEST_CASE("spawn: a member function is called on the first argument", "[rt][spawn]") {
    struct Greeter {
        using tandem_send = void;
        std::string name;
        Task<std::string> greet(std::string word) {
            co_await yield_now();
            co_return word + " " + name;
        }
    };
    Runtime const runtime = runtime_of(rt::RuntimeFlavor::multi_thread);
    auto handle = runtime.spawn(&Greeter::greet, Greeter{"Ada"}, std::string("hello"));
    CHECK(runtime.block_on(std::move(handle)).unwrap() == "hello Ada");
}

TEST_CASE("spawn: takes a future that is Send as it is", "[rt][spawn]") {
    Runtime const runtime = runtime_of(rt::RuntimeFlavor::multi_thread);
    auto block = async::block([](int a, int b) -> Task<int> { co_return a + b; }, 1, 2);
    CHECK(runtime.block_on(runtime.spawn(std::move(block))).unwrap() == 3);
    CHECK(runtime.block_on(runtime.spawn(async::ready(4))).unwrap() == 4);

    auto inside = []() -> Task<int> {
        auto plain =
            async::block([](std::string const& text) { return text.size(); }, std::string("abc"));
        auto handle = rt::spawn(std::move(plain));
        co_return static_cast<int>((co_await std::move(handle)).unwrap());
    };
    CHECK(runtime.block_on(inside()) == 3);
    // A handle is a future that is Send: a task that waits for a task.
    CHECK(runtime.block_on(runtime.spawn(runtime.spawn(later, 6))).unwrap().unwrap() == 6);
}

TEST_CASE("spawn: any number of arguments", "[rt][spawn]") {
    auto const sum = [](auto... numbers) -> Task<int> { co_return (numbers + ... + 0); };
    Runtime const runtime = runtime_of(rt::RuntimeFlavor::multi_thread);
    CHECK(runtime.block_on(runtime.spawn(sum)).unwrap() == 0);
    CHECK(runtime.block_on(runtime.spawn(sum, 1)).unwrap() == 1);
    CHECK(runtime.block_on(runtime.spawn(sum, 1, 2, 3, 4, 5, 6)).unwrap() == 21);
    CHECK(runtime.block_on(runtime.spawn(sum, 1, 2, 3, 4, 5, 6, 7)).unwrap() == 28);
    CHECK(runtime.block_on(runtime.handle().spawn(sum, 1, 2, 3, 4, 5, 6, 7, 8)).unwrap() == 36);
    auto const inside = [](auto fn) -> Task<int> {
        auto const six = co_await rt::spawn(fn, 1, 2, 3, 4, 5, 6);
        auto const nine = co_await rt::spawn(fn, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        co_return six.unwrap() + nine.unwrap();
    };
    CHECK(runtime.block_on(inside(sum)) == 21 + 45);
}

TEST_CASE("spawn: a panic that nobody collects is reported with the place of the spawn",
          "[rt][spawn]") {
    auto const bad = [](auto...) -> Task<> {
        throw std::runtime_error("on purpose");
        co_return;
    };
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        auto const spawn_all = [bad]() -> Task<unsigned> {
            unsigned const line = std::source_location::current().line();
            drop(rt::spawn(bad));
            drop(rt::spawn(bad, 1));
            drop(rt::spawn(bad, 1, 2));
            drop(rt::spawn(bad, 1, 2, 3));
            drop(rt::spawn(bad, 1, 2, 3, 4));
            drop(rt::spawn(bad, 1, 2, 3, 4, 5));
            drop(rt::spawn(bad, 1, 2, 3, 4, 5, 6));
            drop(rt::spawn(async::block(bad, 1)));
            drop(rt::Handle::current().spawn(bad, 1));
            co_await later(1);
            co_return line;
        };
        unsigned const line = runtime.block_on(spawn_all());
        drop(runtime.spawn(bad, 1, 2));
        unsigned const outside = std::source_location::current().line() - 1;
        runtime.block_on(later(1));

        std::vector<Diagnostic> const heard = reports.wait_for(10);
        REQUIRE(heard.size() == 10);
        std::vector<unsigned> lines;
        for (Diagnostic const& each : heard) {
            CHECK(contains(each.message, "on purpose"));
            CHECK(contains(each.message, "spawn_test.cpp:"));
            CHECK(contains(each.location.file_name(), "spawn_test.cpp"));
            lines.push_back(each.location.line());
        }
        std::sort(lines.begin(), lines.end());
        std::vector<unsigned> expected;
        for (unsigned i = 1; i <= 9; ++i) {
            expected.push_back(line + i);
        }
        expected.push_back(outside);
        CHECK(lines == expected);
    }
}

TEST_CASE("spawn: an exception from the function that makes the future comes out at once",
          "[rt][spawn]") {
    static int number_of_calls = 0;
    auto const refuses = [](Counted const&) -> async::Ready<int> {
        ++number_of_calls;
        throw std::invalid_argument("no");
    };
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        Counted::alive = 0;
        CHECK_THROWS_AS(drop(runtime.spawn(refuses, Counted(1))), std::invalid_argument);
        CHECK(Counted::alive == 0);
        CHECK(runtime.block_on(runtime.spawn(later, 1)).unwrap() == 1);
        CHECK(reports.take().empty());
    }
    CHECK(number_of_calls == 2);
}

TEST_CASE("spawn: results of all kinds come through", "[rt][spawn]") {
    struct Large {
        using tandem_send = void;
        std::array<std::uint64_t, 10'000> numbers{};
    };
    struct alignas(64) Wide {
        using tandem_send = void;
        explicit Wide(int its_number) noexcept : number(its_number) {}
        Wide(Wide const& other) noexcept : number(other.number) {}  // else g++ has notes on its ABI
        int number = 0;
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto const unique = []() -> Task<std::unique_ptr<int>> {
            co_await yield_now();
            co_return std::make_unique<int>(3);
        };
        CHECK(*runtime.block_on(runtime.spawn(unique)).unwrap() == 3);

        auto const large = []() -> Task<Large> {
            Large result;
            result.numbers[9'999] = 7;
            co_await yield_now();
            co_return result;
        };
        CHECK(runtime.block_on(runtime.spawn(large)).unwrap().numbers[9'999] == 7);

        auto const results = []() -> Task<tandem::Result<int, std::string>> {
            co_await yield_now();
            co_return tandem::Err(std::string("an error"));
        };
        CHECK(runtime.block_on(runtime.spawn(results)).unwrap().unwrap_err() == "an error");

        // An argument and a result that ask for more alignment than the heap gives.
        std::vector<JoinHandle<Wide>> wide;
        for (int i = 0; i < 20; ++i) {
            wide.push_back(runtime.spawn(
                [](Wide const& mine) {
                    auto const there = reinterpret_cast<std::uintptr_t>(&mine) % alignof(Wide);
                    return async::ready(Wide{there == 0 ? mine.number : -1});
                },
                Wide{i}));
        }
        for (int i = 0; i < 20; ++i) {
            CHECK(runtime.block_on(std::move(wide[static_cast<std::size_t>(i)])).unwrap().number ==
                  i);
        }
    }
}

TEST_CASE("spawn: a result whose move throws is the task's panic", "[rt][spawn]") {
    struct Stubborn {
        using tandem_send = void;
        Stubborn() = default;
        Stubborn(Stubborn&&) { throw std::runtime_error("will not move"); }
    };
    auto const make = []() -> Task<Stubborn> {
        co_await yield_now();
        co_return Stubborn();
    };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto const result = runtime.block_on(runtime.spawn(make));
        REQUIRE(result.is_err());
        CHECK(result.error().is_panic());
        CHECK(contains(result.error().message(), "will not move"));
        CHECK(runtime.block_on(runtime.spawn(later, 1)).unwrap() == 1);
    }
}

namespace {

struct ThrowsAtItsEnd {
    using tandem_send = void;
    explicit ThrowsAtItsEnd(bool wish = true) noexcept : armed(wish) {}
    ThrowsAtItsEnd(ThrowsAtItsEnd&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    ~ThrowsAtItsEnd() noexcept(false) {
        if (armed) {
            throw std::runtime_error("thrown by a destructor");
        }
    }
    bool armed;
};

/// A future of our own, with such a destructor.
struct BadFuture : ThrowsAtItsEnd {
    using Output = int;
    bool ready;
    BadFuture(bool is_ready) : ready(is_ready) {}
    async::Poll<int> poll(async::Context&) {
        return ready ? async::Poll<int>::ready(1) : async::Poll<int>::pending();
    }
};

}  // namespace

TEST_CASE("spawn: a destructor that throws while the task runs is the task's panic",
          "[rt][spawn]") {
    auto const local = []() -> Task<int> {
        {
            ThrowsAtItsEnd const bad;
            co_await yield_now();
        }
        co_return 1;
    };
    auto const behind_return = []() -> Task<int> {
        ThrowsAtItsEnd const bad;
        co_await yield_now();
        co_return 1;
    };
    auto const future = [](bool ready) { return BadFuture(ready); };
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        for (auto* const each : {+local, +behind_return}) {
            auto const result = runtime.block_on(runtime.spawn(each));
            REQUIRE(result.is_err());
            CHECK(contains(result.error().message(), "thrown by a destructor"));
        }
        auto const result = runtime.block_on(runtime.spawn(future, true));
        REQUIRE(result.is_err());
        CHECK(contains(result.error().message(), "thrown by a destructor"));
        CHECK(reports.take().empty());
    }
}

TEST_CASE("spawn: a future whose destructor throws when it is cancelled takes nothing down",
          "[rt][spawn]") {
    auto const future = [](bool ready) { return BadFuture(ready); };
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        auto handle = runtime.spawn(future, false);
        handle.abort();
        auto const result = runtime.block_on(std::move(handle));
        REQUIRE(result.is_err());
        CHECK(contains(result.error().message(), "thrown by a destructor"));
    }
    for (auto const kind : both_kinds) {
        Reports const reports;
        {
            Runtime const runtime = runtime_of(kind);
            drop(runtime.spawn(future, false));
            runtime.block_on(later(1));
        }
        CHECK(reports.take().size() == 1);
    }
}

TEST_CASE("spawn: a local whose destructor throws when the task is cancelled takes nothing down",
          "[rt][spawn]") {
    auto const waits = [](Counted, Borrow<Signal> signal) -> Task<> {
        ThrowsAtItsEnd const bad;
        Counted const local(1);
        co_await signal->wait();
    };
    for (auto const kind : both_kinds) {
        Counted::alive = 0;
        Signal never;
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        auto handle = runtime.spawn(waits, Counted(1), Borrow(never));
        while (never.polls() == 0) {
            runtime.block_on(later(1));
        }
        handle.abort();
        auto const result = runtime.block_on(std::move(handle));
        REQUIRE(result.is_err());
        CHECK(contains(result.error().message(), "thrown by a destructor"));
        CHECK(Counted::alive == 0);
        CHECK(runtime.block_on(runtime.spawn(later, 1)).unwrap() == 1);
    }
}

TEST_CASE("spawn: a result whose destructor throws is reported if nobody takes it", "[rt][spawn]") {
    struct Bad {
        using Output = ThrowsAtItsEnd;
        using tandem_send = void;
        async::Poll<ThrowsAtItsEnd> poll(async::Context&) {
            return async::Poll<ThrowsAtItsEnd>::ready(ThrowsAtItsEnd());
        }
    };
    for (auto const kind : both_kinds) {
        Reports const reports;
        Runtime const runtime = runtime_of(kind);
        drop(runtime.spawn(Bad()));
        runtime.block_on(later(1));
        auto const heard = reports.wait_for(1);
        REQUIRE(heard.size() == 1);
        CHECK(contains(heard[0].message, "thrown by a destructor"));
        CHECK(runtime.block_on(runtime.spawn(later, 1)).unwrap() == 1);
    }
}

TEST_CASE("spawn: a detached task goes on", "[rt][spawn]") {
    for (auto const kind : both_kinds) {
        Runtime const runtime = runtime_of(kind);
        Signal signal;
        std::atomic<bool> ended{false};
        auto const body = [](Borrow<Signal> mine, Borrow<std::atomic<bool>> end) -> Task<> {
            co_await mine->wait();
            *end = true;
        };
        drop(runtime.spawn(body, Borrow(signal), Borrow(ended)));
        signal.set();
        auto const wait = [](std::atomic<bool>& end) -> Task<> {
            while (!end) {
                co_await yield_now();
            }
        };
        runtime.block_on(wait(ended));
        CHECK(ended);
    }
}

#include "tandem/thread/spawn.hpp"

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/sync/mutex.hpp"

namespace bank {

/// A functor class that is not Send by its looks, and opts in.
class Adder {
public:
    using tandem_send = void;

    explicit Adder(int first) : first_(new int(first)) {}
    int operator()(int second) const { return *first_ + second; }

private:
    std::shared_ptr<int> first_;
};

class Account {
public:
    using tandem_send = void;

    explicit Account(int balance) : balance_(balance) {}
    int plus(int amount) const { return balance_ + amount; }
    int deposit(int amount) { return balance_ += amount; }
    int closed() && { return std::exchange(balance_, 0); }

    int rate = 3;

private:
    int balance_;
};

}  // namespace bank

namespace {

using namespace tandem;
using testing::contains;
using testing::Counted;
using testing::limit_addresses;
using testing::Reports;
using testing::run_in_child;

static_assert(std::is_same_v<decltype(thread::spawn([] {})), thread::JoinHandle<void>>);
static_assert(
    std::is_same_v<decltype(thread::spawn([](int n) { return n; }, 1)), thread::JoinHandle<int>>);
static_assert(std::is_same_v<decltype(thread::spawn([](long n) { return std::to_string(n); }, 'a')),
                             thread::JoinHandle<std::string>>);

int twice(int n) { return 2 * n; }

/// What one spawned thread's panic says to whoever joins it.
template <class Fn>
std::string message_of_panic_in(Fn fn) {
    return thread::spawn(fn).join().unwrap_err().message();
}

}  // namespace

TEST_CASE("spawn: join yields what the function returned", "[thread][spawn]") {
    SECTION("a number") {
        CHECK(thread::spawn([] { return 42; }).join().unwrap() == 42);
    }
    SECTION("nothing") {
        Result<void, thread::PanicPayload> const ended = thread::spawn([] {}).join();
        CHECK(ended.is_ok());
    }
    SECTION("a move-only value") {
        auto made = thread::spawn([] { return std::make_unique<int>(7); }).join().unwrap();
        CHECK(*made == 7);
    }
    SECTION("a big value") {
        using Big = std::array<int, 10'000>;
        auto const big = thread::spawn([] {
                             Big numbers{};
                             numbers.back() = 9;
                             return numbers;
                         }).join();
        CHECK(big.unwrap().back() == 9);
    }
    SECTION("a Result, of either kind") {
        auto const halved = [](int n) -> Result<int, std::string> {
            if (n % 2 != 0) {
                return Err(std::string("odd"));
            }
            return Ok(n / 2);
        };
        CHECK(thread::spawn(halved, 8).join().unwrap().unwrap() == 4);
        CHECK(thread::spawn(halved, 7).join().unwrap().unwrap_err() == "odd");
    }
    SECTION("a value without a default, nor an assignment") {
        struct Plain {
            int const n;
        };
        CHECK(thread::spawn([] { return Plain{5}; }).join().unwrap().n == 5);
    }
    SECTION("another thread's handle") {
        auto outer = thread::spawn([] { return thread::spawn([] { return 3; }); });
        CHECK(outer.join().unwrap().join().unwrap() == 3);
    }
    SECTION("an Arc, which is the same value there and here") {
        auto const shared = sync::make_arc<int>(1);
        auto back = thread::spawn([](sync::Arc<int> mine) { return mine; }, shared.clone());
        CHECK(back.join().unwrap().ptr_eq(shared));
    }
}

TEST_CASE("spawn: arguments arrive as they were sent", "[thread][spawn]") {
    SECTION("moved") {
        auto text = std::make_unique<std::string>("mine");
        auto handle =
            thread::spawn([](std::unique_ptr<std::string> t) { return *t; }, std::move(text));
        CHECK(handle.join().unwrap() == "mine");
        CHECK(text == nullptr);
    }
    SECTION("copied, so that ours may change meanwhile") {
        std::string text = "before";
        auto handle = thread::spawn([](std::string t) { return t; }, text);
        text = "after";
        CHECK(handle.join().unwrap() == "before");
    }
    SECTION("cloned") {
        auto const counter = sync::make_arc<sync::Mutex<int>>(0);
        std::vector<thread::JoinHandle<void>> handles;
        for (int i = 0; i < 8; ++i) {
            handles.push_back(thread::spawn(
                [](sync::Arc<sync::Mutex<int>> const& mine) { *mine->lock().unwrap() += 1; },
                counter.clone()));
        }
        for (auto& handle : handles) {
            handle.join().unwrap();
        }
        CHECK(*counter->lock().unwrap() == 8);
        CHECK(counter.strong_count() == 1);
    }
    SECTION("taken by const&, by && and by value") {
        auto const sizes = [](std::string const& a, std::string&& b, std::string c) {
            return a.size() + 10 * b.size() + 100 * c.size();
        };
        auto handle = thread::spawn(sizes, std::string("a"), std::string("bb"), std::string("ccc"));
        CHECK(handle.join().unwrap() == 321);
    }
    SECTION("vouched for by unsafe_send, and received plain") {
        int number = 1;
        auto handle = thread::spawn(
            [](auto pointer) {
                static_assert(std::is_same_v<decltype(pointer), int*>);
                *pointer = 2;
            },
            unsafe_send(&number));
        handle.join().unwrap();
        CHECK(number == 2);
    }
    SECTION("a move-only value through unsafe_send") {
        int const number = 4;
        auto handle = thread::spawn([](std::unique_ptr<int const*> p) { return **p; },
                                    unsafe_send(std::make_unique<int const*>(&number)));
        CHECK(handle.join().unwrap() == 4);
    }
    SECTION("static text") {
        auto handle = thread::spawn([](StaticStr text) { return text.size(); }, "four"_static);
        CHECK(handle.join().unwrap() == 4);
    }
    SECTION("a tuple, alone, stays one argument") {
        auto handle = thread::spawn([](std::tuple<int, int> pair) { return std::get<1>(pair); },
                                    std::tuple(1, 2));
        CHECK(handle.join().unwrap() == 2);
    }
}

TEST_CASE("spawn: takes whatever can be called and is Send", "[thread][spawn]") {
    SECTION("a function, and a pointer to one") {
        CHECK(thread::spawn(twice, 4).join().unwrap() == 8);
        CHECK(thread::spawn(&twice, 5).join().unwrap() == 10);
    }
    SECTION("a member function, and a member") {
        using bank::Account;
        CHECK(thread::spawn(&Account::plus, Account(10), 5).join().unwrap() == 15);
        CHECK(thread::spawn(&Account::deposit, Account(10), 6).join().unwrap() == 16);
        CHECK(thread::spawn(&Account::closed, Account(10)).join().unwrap() == 10);
        CHECK(thread::spawn(&Account::plus, std::make_unique<Account>(1), 1).join().unwrap() == 2);
    }
    SECTION("an object of a class that opts in") {
        CHECK(thread::spawn(bank::Adder(2), 3).join().unwrap() == 5);
        bank::Adder const adder(4);
        CHECK(thread::spawn(adder, 3).join().unwrap() == 7);
    }
    SECTION("a generic lambda") {
        CHECK(thread::spawn([](auto a, auto b) { return a + b; }, 1, 2).join().unwrap() == 3);
    }
    SECTION("one that cannot throw, and one that changes itself") {
        CHECK(thread::spawn([](int n) noexcept { return n; }, 1).join().unwrap() == 1);
        CHECK(thread::spawn([]() mutable { return 1; }).join().unwrap() == 1);
    }
}

TEST_CASE("spawn: whatever is thrown is a panic that join gives back", "[thread][spawn][panic]") {
    CHECK(message_of_panic_in([] { panic("{} of {}", 2, 3); }) == "2 of 3");
    CHECK(message_of_panic_in([] { throw std::runtime_error("broken"); }) == "broken");
    CHECK(message_of_panic_in([] { throw std::string("text"); }) == "text");
    CHECK(message_of_panic_in([] { throw "literal"; }) == "literal");
    CHECK_FALSE(message_of_panic_in([] { throw 42; }).empty());
    CHECK(message_of_panic_in([]() -> int { throw std::out_of_range("far"); }) == "far");
}

TEST_CASE("spawn: a result that cannot be moved out of the function is a panic too",
          "[thread][spawn][panic]") {
    struct Stubborn {
        using tandem_send = void;
        Stubborn() = default;
        Stubborn(Stubborn&&) { throw std::runtime_error("does not move"); }
    };

    CHECK(thread::spawn([] { return Stubborn(); }).join().unwrap_err().message() ==
          "does not move");
}

TEST_CASE("spawn: an argument that cannot be copied in is the spawner's own exception",
          "[thread][spawn]") {
    struct Fragile {
        using tandem_send = void;
        Fragile() = default;
        Fragile(Fragile const&) { throw std::runtime_error("does not copy"); }
        Counted counted;
    };
    int const before = Counted::alive;
    Fragile const fragile;

    CHECK_THROWS_AS(thread::spawn([](Fragile const&) {}, fragile), std::runtime_error);

    CHECK(Counted::alive == before + 1);
}

TEST_CASE("spawn: every argument is destroyed once, before join returns", "[thread][spawn]") {
    int const before = Counted::alive;
    int const copies_before = Counted::copies;

    SECTION("after a return") {
        thread::spawn([](Counted, Counted const&, Counted&&) {}, Counted(1), Counted(2), Counted(3))
            .join()
            .unwrap();
    }
    SECTION("after a panic") {
        auto ended =
            thread::spawn([](Counted const&, Counted) { panic("no"); }, Counted(1), Counted(2))
                .join();
        CHECK(ended.is_err());
    }
    SECTION("with the function object") {
        struct Holder {
            using tandem_send = void;
            Counted counted;
            int operator()() const { return counted.number; }
        };
        CHECK(thread::spawn(Holder{Counted(8)}).join().unwrap() == 8);
    }
    SECTION("when the result is another copy of it") {
        auto result = thread::spawn([](Counted c) { return c; }, Counted(9)).join().unwrap();
        CHECK(result.number == 9);
        CHECK(Counted::alive == before + 1);
    }

    CHECK(Counted::alive == before);
    CHECK(Counted::copies == copies_before);
}

TEST_CASE("spawn: the arguments end on the thread that used them", "[thread][spawn]") {
    struct TellsItsEnd {
        using tandem_send = void;
        std::shared_ptr<std::thread::id> ended_on;
        TellsItsEnd(std::shared_ptr<std::thread::id> where) : ended_on(std::move(where)) {}
        TellsItsEnd(TellsItsEnd&&) = default;
        ~TellsItsEnd() {
            if (ended_on != nullptr) {
                *ended_on = std::this_thread::get_id();
            }
        }
    };
    auto ended_on = std::make_shared<std::thread::id>();

    auto const ran_on = thread::spawn([](TellsItsEnd const&) { return std::this_thread::get_id(); },
                                      TellsItsEnd(ended_on))
                            .join()
                            .unwrap();

    CHECK(*ended_on == ran_on);
    CHECK(*ended_on != std::this_thread::get_id());
}

TEST_CASE("spawn: a dropped handle detaches the thread, which runs on", "[thread][spawn]") {
    auto const done = std::make_shared<std::atomic<bool>>(false);

    drop(thread::spawn(
        [](std::shared_ptr<std::atomic<bool>> flag) {
            *flag = true;
            flag->notify_one();
        },
        unsafe_send(done)));

    done->wait(false);  // or it hangs here
    CHECK(*done);
}

TEST_CASE("spawn: a panic that nobody joined is reported, with name and place",
          "[thread][spawn][panic]") {
    Reports const reports;

    drop(thread::spawn([] { panic("lost at {}", "sea"); }));
    int const line = __LINE__ - 1;

    auto const heard = reports.wait_for(1);
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].message, "lost at sea"));
    CHECK(contains(heard[0].message, "<unnamed>"));
    CHECK(contains(heard[0].message, "spawn_test.cpp:" + std::to_string(line)));
    CHECK(heard[0].location.line() == static_cast<unsigned>(line));
}

TEST_CASE("spawn: every kind of lost panic is reported", "[thread][spawn][panic]") {
    Reports const reports;

    SECTION("an exception") {
        drop(thread::spawn([] { throw std::logic_error("an error"); }));
        CHECK(contains(reports.wait_for(1)[0].message, "an error"));
    }
    SECTION("text") {
        drop(thread::spawn([] { throw std::string("some text"); }));
        CHECK(contains(reports.wait_for(1)[0].message, "some text"));
    }
    SECTION("an int") {
        drop(thread::spawn([] { throw 42; }));
        CHECK(contains(reports.wait_for(1)[0].message, "not a std::exception"));
    }
}

TEST_CASE("spawn: a joined panic is not reported", "[thread][spawn][panic]") {
    Reports const reports;

    auto const ended = thread::spawn([] { panic("collected"); }).join();

    CHECK(ended.is_err());
    CHECK(reports.take().empty());
}

TEST_CASE("spawn: a lost panic goes to stderr, and the program goes on", "[thread][spawn][panic]") {
    auto const ended = run_in_child([] {
        ::unsetenv("TANDEM_DIAGNOSTICS");
        auto handle = thread::spawn([] { panic("nobody listens"); });
        while (!handle.is_finished()) {
            thread::yield_now();
        }
        drop(std::move(handle));
        return 7;
    });

    CHECK(ended.exit_status == 7);
    CHECK(contains(ended.errors, "thread '<unnamed>' panicked: nobody listens (" __FILE__ ":"));
}

TEST_CASE("spawn: TANDEM_DIAGNOSTICS=abort stops at a lost panic", "[thread][spawn][panic]") {
    auto const ended = run_in_child([] {
        ::setenv("TANDEM_DIAGNOSTICS", "abort", 1);
        auto handle = thread::spawn([] { panic("stop here"); });
        while (!handle.is_finished()) {
            thread::yield_now();
        }
        drop(std::move(handle));
        thread::sleep(std::chrono::seconds{30});  // for the thread may be the one who reports
        return 0;
    });

    CHECK(ended.signal == SIGABRT);
    CHECK(contains(ended.errors, "stop here"));
}

TEST_CASE("spawn: a diagnostics handler that throws is survived", "[thread][spawn][panic]") {
    auto const ended = run_in_child([] {
        set_diagnostics([](Diagnostic const&) { throw std::runtime_error("in the handler"); });
        for (int i = 0; i < 3; ++i) {
            auto handle = thread::spawn([] { panic("lost"); });
            while (!handle.is_finished()) {
                thread::yield_now();
            }
            auto const now_another = std::move(handle);
        }
        return 0;
    });

    CHECK(ended.exit_status == 0);
}

#if defined(__GLIBCXX__)  // with libc++, no one survives pthread_exit between catch clauses
TEST_CASE("spawn: pthread_exit is a panic, and its thread's values end", "[thread][spawn]") {
    int const before = Counted::alive;

    auto handle = thread::spawn(
        [](Counted) -> int {
            Counted const local(2);
            ::pthread_exit(nullptr);
        },
        Counted(1));
    auto const ended = handle.join();

    CHECK(contains(ended.unwrap_err().message(), "pthread_exit"));
    CHECK(Counted::alive == before);
}
#endif

TEST_CASE("spawn: a thousand short threads", "[thread][spawn]") {
    int sum = 0;
    SECTION("one after the other") {
        for (int i = 0; i < 1'000; ++i) {
            sum += thread::spawn([](int n) { return n; }, i).join().unwrap();
        }
    }
    SECTION("all at once, as many as the system has") {
        std::vector<thread::JoinHandle<int>> handles;
        for (int i = 0; i < 1'000; ++i) {
            handles.push_back(thread::spawn([](int n) { return n; }, i));
        }
        for (auto& handle : handles) {
            sum += handle.join().unwrap();
        }
    }
    CHECK(sum == 499'500);
}

TEST_CASE("spawn: where there is no thread to have, it panics and says what would not",
          "[thread][spawn]") {
    auto const ended = run_in_child([] {
        limit_addresses(4UL << 20);  // enough for the heap, but for no stack
        std::vector<thread::JoinHandle<void>> parked;
        try {
            for (int i = 0; i < 1'000; ++i) {  // the first few live on stacks that are kept
                parked.push_back(thread::spawn([] { thread::sleep(std::chrono::hours{1}); }));
            }
        } catch (Panic const& failed) {
            std::fputs(failed.what(), stderr);
            return 5;
        }
        return 0;
    });

    if (testing::under_tsan || testing::under_asan) {
        return;  // a sanitizer has to have memory, or it gives up itself
    }
    CHECK(ended.exit_status == 5);
    CHECK(contains(ended.errors, "could not start a thread"));
}

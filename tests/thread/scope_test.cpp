#include "tandem/thread/scope.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/sync/mutex.hpp"

namespace {

using namespace tandem;
using testing::contains;
using testing::let_them_fall_asleep;
using testing::Reports;
using thread::Scope;
using thread::ScopedJoinHandle;

static_assert(!std::is_copy_constructible_v<Scope>);
static_assert(!std::is_move_constructible_v<Scope>);
static_assert(!Send<Scope>);
static_assert(Sync<Scope>);
static_assert(!std::is_copy_constructible_v<ScopedJoinHandle<int>>);
static_assert(std::is_nothrow_move_constructible_v<ScopedJoinHandle<int>>);

int sum_of(std::span<int const> numbers) {
    int sum = 0;
    for (int const n : numbers) {
        sum += n;
    }
    return sum;
}

}  // namespace

TEST_CASE("scope: a thread may read what its surroundings own", "[thread][scope]") {
    std::vector<int> const numbers{1, 2, 3, 4};
    std::string const text = "lent text";
    sync::Mutex<int> const total{0};

    int const sum = thread::scope([&](Scope& scope) {
        auto first = scope.spawn(sum_of, std::span(numbers).first(2));
        auto second = scope.spawn(sum_of, std::span(numbers).last(2));
        auto length =
            scope.spawn([](std::string_view t) { return t.size(); }, std::string_view(text));
        scope.spawn([](sync::Mutex<int> const& all) { *all.lock().unwrap() += 100; },
                    std::cref(total));
        return first.join().unwrap() + second.join().unwrap() +
               static_cast<int>(length.join().unwrap());
    });

    CHECK(sum == 19);
    CHECK(*total.lock().unwrap() == 100);
}

TEST_CASE("scope: returns when every thread has ended, joined or not", "[thread][scope]") {
    std::atomic<int> ended{0};

    thread::scope([&](Scope& scope) {
        for (int i = 0; i < 8; ++i) {
            scope.spawn(
                [](std::atomic<int>* count) {
                    let_them_fall_asleep();
                    ++*count;
                },
                unsafe_send(&ended));
        }
    });

    CHECK(ended == 8);
}

TEST_CASE("scope: gives what its function returns", "[thread][scope]") {
    SECTION("nothing") {
        static_assert(std::is_void_v<decltype(thread::scope([](Scope&) {}))>);
        thread::scope([](Scope&) {});
    }
    SECTION("a move-only value") {
        auto const made = thread::scope([](Scope& scope) {
            return scope.spawn([] { return std::make_unique<int>(3); }).join().unwrap();
        });
        CHECK(*made == 3);
    }
    SECTION("a reference, which stays one") {
        int number = 1;
        int& same = thread::scope([&](Scope&) -> int& { return number; });
        int const& same_too = thread::scope([&](Scope&) -> int const& { return number; });
        CHECK(&same == &number);
        CHECK(&same_too == &number);
    }
    SECTION("an rvalue reference") {
        auto number = std::make_unique<int>(4);
        auto const taken =
            thread::scope([&](Scope&) -> std::unique_ptr<int>&& { return std::move(number); });
        CHECK(*taken == 4);
        CHECK(number == nullptr);
    }
}

TEST_CASE("scope: hands its arguments on to its function", "[thread][scope]") {
    auto const add = [](Scope& scope, std::unique_ptr<int> a, int& b, int const& c) {
        b += scope.spawn([](int n) { return n; }, *a + c).join().unwrap();
        return b;
    };
    int b = 1;

    CHECK(thread::scope(add, std::make_unique<int>(10), b, 100) == 111);
    CHECK(b == 111);
}

TEST_CASE("scope: a thread of it may spawn more", "[thread][scope]") {
    std::atomic<int> ran{0};
    auto const count = [](std::atomic<int>* n) { ++*n; };

    thread::scope([&](Scope& scope) {
        scope.spawn(
            [](Scope const& s, std::atomic<int>* n, auto then) {
                for (int i = 0; i < 3; ++i) {
                    s.spawn(
                        [](Scope const& deeper, std::atomic<int>* m, auto last) {
                            let_them_fall_asleep();
                            deeper.spawn(last, unsafe_send(m));
                        },
                        std::cref(s), unsafe_send(n), then);
                }
            },
            std::cref(scope), unsafe_send(&ran), count);
    });

    CHECK(ran == 3);
}

TEST_CASE("scope: scopes nest", "[thread][scope]") {
    std::vector<int> const numbers{1, 2, 3, 4};

    int const sum = thread::scope([&](Scope& outer) {
        auto half = outer.spawn(
            [](std::span<int const> lent) {
                return thread::scope([&](Scope& inner) {
                    auto one = inner.spawn(sum_of, lent.first(1));
                    auto rest = inner.spawn(sum_of, lent.subspan(1));
                    return one.join().unwrap() + rest.join().unwrap();
                });
            },
            std::span(numbers));
        return half.join().unwrap();
    });

    CHECK(sum == 10);
}

TEST_CASE("scope: a panic that was joined is the joiner's", "[thread][scope][panic]") {
    Reports const reports;

    auto const message = thread::scope([](Scope& scope) {
        return scope.spawn([] { panic("mine"); }).join().unwrap_err().message();
    });

    CHECK(message == "mine");
    CHECK(reports.take().empty());
}

TEST_CASE("scope: a panic that nobody joined becomes the scope's own", "[thread][scope][panic]") {
    Reports const reports;
    std::atomic<int> ended{0};
    std::string message;
    unsigned line = 0;

    try {
        thread::scope([&](Scope& scope) {
            scope.spawn([] { panic("left lying"); });
            scope.spawn(
                [](std::atomic<int>* n) {
                    let_them_fall_asleep();
                    ++*n;
                },
                unsafe_send(&ended));
        });
    } catch (Panic const& panic) {
        CHECK(ended == 1);  // the others were waited for
        message = panic.message();
        line = panic.location().line();
    }

    CHECK(contains(message, "left lying"));
    CHECK(contains(message, "scope_test.cpp:" + std::to_string(line)));
    CHECK(line == __LINE__ - 16);
    CHECK(reports.take().empty());
}

TEST_CASE("scope: of two panics neither is lost", "[thread][scope][panic]") {
    Reports const reports;
    std::string said;

    try {
        thread::scope([](Scope& scope) {
            scope.spawn([] { panic("first of them"); });
            scope.spawn([] { throw std::runtime_error("second of them"); });
        });
    } catch (Panic const& panic) { said = panic.message(); }

    auto const heard = reports.take();
    REQUIRE(heard.size() == 1);
    said += heard[0].message;
    CHECK(contains(said, "first of them"));
    CHECK(contains(said, "second of them"));
}

TEST_CASE("scope: its end shows what its threads have done, joined or not", "[thread][scope]") {
    for (int round = 0; round < 300; ++round) {
        int written[2] = {};  // not atomic: the scope's end orders them

        thread::scope([&](Scope& scope) {
            for (int& number : written) {
                scope.spawn([](int* mine) { *mine = 5; }, unsafe_send(&number));
            }
            testing::spin_for(round);  // who is the last to leave changes what else orders them
        });

        REQUIRE(written[0] + written[1] == 10);
    }
}

TEST_CASE("scope: an exception in its function goes on once all threads are over",
          "[thread][scope][panic]") {
    std::atomic<int> ended{0};

    CHECK_THROWS_AS(thread::scope([&](Scope& scope) {
                        scope.spawn(
                            [](std::atomic<int>* n) {
                                let_them_fall_asleep();
                                ++*n;
                            },
                            unsafe_send(&ended));
                        throw std::out_of_range("on purpose");
                    }),
                    std::out_of_range);

    CHECK(ended == 1);
}

TEST_CASE("scope: when both its function and a thread fail, neither is lost",
          "[thread][scope][panic]") {
    Reports const reports;
    std::string message;

    try {
        thread::scope([](Scope& scope) {
            scope.spawn([] { panic("of the thread"); });
            throw std::out_of_range("of the function");
        });
    } catch (std::out_of_range const& thrown) { message = thrown.what(); }

    CHECK(message == "of the function");
    auto const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].message, "of the thread"));
}

TEST_CASE("scope: a handle may outlive its scope, and the result waits in it", "[thread][scope]") {
    auto handle = thread::scope([](Scope& scope) { return scope.spawn([] { return 5; }); });

    CHECK(handle.is_finished());
    CHECK(handle.join().unwrap() == 5);
}

TEST_CASE("scope: a panic in a handle that outlives its scope is not lost either",
          "[thread][scope][panic]") {
    Reports const reports;
    auto const made = [](Scope& scope) { return scope.spawn([] { panic("outlives"); }); };

    SECTION("joined, it is the joiner's") {
        auto handle = thread::scope(made);
        CHECK(handle.join().unwrap_err().message() == "outlives");
        CHECK(reports.take().empty());
    }
    SECTION("dropped, it is reported") {
        { auto const handle = thread::scope(made); }
        CHECK(contains(reports.wait_for(1)[0].message, "outlives"));
    }
}

TEST_CASE("scope: what a thread returned is gone with the handle", "[thread][scope]") {
    auto const shared = std::make_shared<int const>(1);

    thread::scope([&](Scope& scope) {
        scope.spawn([](std::shared_ptr<int const> mine) { return mine; }, shared);
    });

    CHECK(shared.use_count() == 1);
}

TEST_CASE("scope: a hundred scopes of as many threads", "[thread][scope][threads]") {
    int sum = 0;
    for (int round = 0; round < 100; ++round) {
        std::array<std::atomic<int>, 10> ran{};
        thread::scope([&](Scope& scope) {
            for (auto& mine : ran) {
                scope.spawn([](std::atomic<int>* flag) { *flag = 1; }, unsafe_send(&mine));
            }
        });
        for (auto const& flag : ran) {
            sum += flag;
        }
    }
    CHECK(sum == 1'000);
}

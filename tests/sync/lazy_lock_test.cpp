#include "tandem/sync/lazy_lock.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::sync::LazyLock;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;

static_assert(!std::is_copy_constructible_v<LazyLock<int>>);
static_assert(!std::is_move_constructible_v<LazyLock<int>>);
static_assert(std::is_same_v<decltype(*std::declval<LazyLock<int>&>()), int const&>);

struct WithCache {
    mutable int cache;
};
struct CarriesPointer {
    int* number;
    int operator()() const { return *number; }
};
static_assert(Send<LazyLock<int>> && Sync<LazyLock<int>>);
static_assert(Send<LazyLock<WithCache>> && !Sync<LazyLock<WithCache>>);
static_assert(!Send<LazyLock<int*>> && !Sync<LazyLock<int*>>);
static_assert(!Send<LazyLock<int, CarriesPointer>> && !Sync<LazyLock<int, CarriesPointer>>);

int answer() { return 42; }

constinit LazyLock<int> global_answer{answer};  // needs no code before main

}  // namespace

TEST_CASE("LazyLock: makes its value on first use, once", "[sync][lazy_lock]") {
    int calls = 0;
    LazyLock const text([&] {
        ++calls;
        return std::string("made");
    });
    CHECK(calls == 0);

    CHECK(*text == "made");
    CHECK(text->size() == 4);
    CHECK(text.force() == "made");
    CHECK(calls == 1);
    CHECK(*global_answer == 42);
}

TEST_CASE("LazyLock: takes its type from the function", "[sync][lazy_lock]") {
    int const number = 7;
    LazyLock const copied([&]() -> int const& { return number; });
    LazyLock<std::string> const from_literal([] { return std::string("text"); });

    static_assert(std::is_same_v<decltype(*copied), int const&>);
    CHECK(*copied == 7);
    CHECK(&*copied != &number);
    CHECK(*from_literal == "text");
}

TEST_CASE("LazyLock: a function that changes itself is called as what it is", "[sync][lazy_lock]") {
    LazyLock const owner([kept = std::make_unique<int>(7)]() mutable { return std::move(kept); });

    CHECK(**owner == 7);
}

TEST_CASE("LazyLock: an initialiser that throws poisons it", "[sync][lazy_lock]") {
    int calls = 0;
    LazyLock const failing([&]() -> int {
        ++calls;
        throw std::runtime_error("not made");
    });

    CHECK_THROWS_AS(*failing, std::runtime_error);
    CHECK_THROWS_AS(*failing, Panic);
    CHECK_THROWS_AS(failing.force(), Panic);
    CHECK(calls == 1);
}

TEST_CASE("LazyLock: destroys its value, and none that was never made", "[sync][lazy_lock]") {
    int const before = Counted::alive;
    {
        LazyLock const used([] { return Counted(1); });
        LazyLock const unused([] { return Counted(2); });
        CHECK(used->number == 1);
        CHECK(Counted::alive == before + 1);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("LazyLock: of threads that come at once one makes it, all see it",
          "[sync][lazy_lock][threads]") {
    for (int round = 0; round < 300; ++round) {
        std::atomic<int> made{0};
        std::atomic<int> wrong{0};
        LazyLock const value([&] {
            ++made;
            return std::make_unique<int>(round);
        });

        on_threads(4, [&](int) { wrong += **value == round ? 0 : 1; });

        REQUIRE(made == 1);
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("LazyLock: who waits for an initialiser that throws panics",
          "[sync][lazy_lock][threads]") {
    std::atomic<int> errors{0};
    std::atomic<int> panics{0};
    LazyLock const failing([]() -> int {
        let_them_fall_asleep();
        throw std::runtime_error("not made");
    });

    on_threads(3, [&](int) {
        try {
            (void)*failing;
        } catch (Panic const&) { ++panics; } catch (std::runtime_error const&) {
            ++errors;
        }
    });

    CHECK(errors == 1);
    CHECK(panics == 2);
}

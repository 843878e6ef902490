#include "tandem/sync/once_lock.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::Sync;
using tandem::sync::OnceLock;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;

static_assert(!std::is_copy_constructible_v<OnceLock<int>>);
static_assert(!std::is_move_constructible_v<OnceLock<int>>);
static_assert(std::is_default_constructible_v<OnceLock<int>>);
static_assert(!std::is_convertible_v<int, OnceLock<int>>);
static_assert(std::is_same_v<decltype(std::declval<OnceLock<int>&>().get()), int const*>);

struct WithCache {
    mutable int cache;
};
static_assert(Send<OnceLock<int>> && Sync<OnceLock<int>>);
static_assert(Send<OnceLock<WithCache>> && !Sync<OnceLock<WithCache>>);
static_assert(!Send<OnceLock<int*>> && !Sync<OnceLock<int*>>);

struct Immovable {
    explicit Immovable(int n) : number(n) {}
    Immovable(Immovable&&) = delete;
    int number;
};

constinit OnceLock<std::string> global_place;  // needs no code before main

}  // namespace

TEST_CASE("OnceLock: set fills an empty place, and gives a second value back",
          "[sync][once_lock]") {
    OnceLock<std::unique_ptr<int>> const place;
    CHECK(place.get() == nullptr);

    CHECK(place.set(std::make_unique<int>(1)).is_ok());
    auto const refused = place.set(std::make_unique<int>(2)).unwrap_err();

    CHECK(*refused == 2);
    REQUIRE(place.get() != nullptr);
    CHECK(**place.get() == 1);
    CHECK(*place.wait() == 1);
}

TEST_CASE("OnceLock: may begin with its value", "[sync][once_lock]") {
    OnceLock<std::string> const place{std::string("text")};

    CHECK(*place.get() == "text");
    CHECK(place.set("other").is_err());
}

TEST_CASE("OnceLock: get_or_init calls the first function only", "[sync][once_lock]") {
    int calls = 0;
    auto const make = [&](char letter) {
        ++calls;
        return std::string(3, letter);
    };

    std::string const& first = global_place.get_or_init(make, 'a');
    std::string const& second = global_place.get_or_init(make, 'b');

    CHECK(first == "aaa");
    CHECK(&first == &second);
    CHECK(calls == 1);
}

TEST_CASE("OnceLock: makes in place what cannot be moved, and converts", "[sync][once_lock]") {
    OnceLock<Immovable> const immovable;
    OnceLock<std::string> const text;

    CHECK(immovable.get_or_init([](int n) { return Immovable(n); }, 7).number == 7);
    CHECK(text.get_or_init([] { return "converted"; }) == "converted");
}

TEST_CASE("OnceLock: an initialiser that throws leaves the place for the next",
          "[sync][once_lock]") {
    OnceLock<int> const place;

    CHECK_THROWS_AS(place.get_or_init([]() -> int { throw std::runtime_error("not yet"); }),
                    std::runtime_error);

    CHECK(place.get() == nullptr);
    CHECK(place.get_or_init([] { return 2; }) == 2);
}

TEST_CASE("OnceLock: take and into_inner leave an empty place", "[sync][once_lock]") {
    int const before = Counted::alive;
    OnceLock<Counted> place;
    CHECK_FALSE(place.take().has_value());

    place.set(Counted(1)).unwrap();
    place.get_mut()->number = 2;
    CHECK(place.take()->number == 2);
    CHECK(place.get() == nullptr);
    CHECK(place.get_mut() == nullptr);
    CHECK(Counted::alive == before);

    place.set(Counted(3)).unwrap();
    CHECK(std::move(place).into_inner()->number == 3);
    CHECK(Counted::alive == before);
}

TEST_CASE("OnceLock: destroys its value, once, and none where there is none", "[sync][once_lock]") {
    int const before = Counted::alive;
    { OnceLock<Counted> const empty; }
    CHECK(Counted::alive == before);
    {
        OnceLock<Counted> const full{Counted(1)};
        CHECK(Counted::alive == before + 1);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("OnceLock: of threads that initialise at once one does, all see its value",
          "[sync][once_lock][threads]") {
    for (int round = 0; round < 300; ++round) {
        OnceLock<std::unique_ptr<int>> const place;
        std::atomic<int> made{0};
        std::atomic<int> wrong{0};

        on_threads(4, [&](int i) {
            auto const& value = place.get_or_init([&] {
                ++made;
                return std::make_unique<int>(i);
            });
            wrong += &value == place.get() ? 0 : 1;
            wrong += *value >= 0 ? 0 : 1;
        });

        REQUIRE(made == 1);
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("OnceLock: of threads that set at once one succeeds", "[sync][once_lock][threads]") {
    for (int round = 0; round < 300; ++round) {
        OnceLock<int> const place;
        std::atomic<int> set{0};
        std::atomic<int> returned{0};

        on_threads(3, [&](int i) {
            auto const result = place.set(i);
            set += result.is_ok() ? 1 : 0;
            returned += result.is_err() && result.error() == i ? 1 : 0;
            (void)*place.get();
        });

        REQUIRE(set == 1);
        REQUIRE(returned == 2);
    }
}

TEST_CASE("OnceLock: sleepers are woken when there is a value", "[sync][once_lock][threads]") {
    OnceLock<int> const place;
    std::atomic<int> sum{0};
    Threads threads;
    for (int i = 0; i < 3; ++i) {
        threads.start([&] { sum += place.wait(); });
    }
    let_them_fall_asleep();

    CHECK_THROWS_AS(place.get_or_init([]() -> int { throw std::runtime_error("not yet"); }),
                    std::runtime_error);  // wakes them for nothing
    place.set(5).unwrap();
    threads.join();

    CHECK(sum == 15);
}

TEST_CASE("OnceLock: who waits for an initialiser that throws tries his own",
          "[sync][once_lock][threads]") {
    OnceLock<int> const place;
    std::atomic<int> attempts{0};
    std::atomic<int> errors{0};
    std::atomic<int> sum{0};

    on_threads(3, [&](int) {
        try {
            sum += place.get_or_init([&] {
                if (attempts++ == 0) {
                    let_them_fall_asleep();
                    throw std::runtime_error("not yet");
                }
                return 5;
            });
        } catch (std::runtime_error const&) { ++errors; }
    });

    CHECK(attempts == 2);
    CHECK(errors == 1);
    CHECK(sum == 10);
}

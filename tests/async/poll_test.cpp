#include "tandem/async/poll.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "tandem/core/panic.hpp"

namespace {

using tandem::Panic;
using tandem::async::Poll;

static_assert(std::is_copy_constructible_v<Poll<int>>);
static_assert(!std::is_copy_constructible_v<Poll<std::unique_ptr<int>>>);
static_assert(std::is_move_constructible_v<Poll<std::unique_ptr<int>>>);
static_assert(!std::is_convertible_v<int, Poll<int>>);
static_assert(std::is_same_v<decltype(std::declval<Poll<int&>>().value()), int&>);
static_assert(sizeof(Poll<int&>) == sizeof(int*));

static_assert(Poll<int>::ready(4).value() == 4);
static_assert(Poll<int>::pending().is_pending());

}  // namespace

TEST_CASE("Poll: is ready or pending, and never both", "[async][poll]") {
    CHECK(Poll<int>::ready(1).is_ready());
    CHECK_FALSE(Poll<int>::ready(1).is_pending());
    CHECK(Poll<int>::pending().is_pending());
    CHECK_FALSE(Poll<int>::pending().is_ready());
    CHECK(Poll<void>::ready().is_ready());
    CHECK(Poll<void>::pending().is_pending());
}

TEST_CASE("Poll: hands its value over", "[async][poll]") {
    auto owner = Poll<std::unique_ptr<int>>::ready(std::make_unique<int>(7));
    CHECK(*owner.value() == 7);

    std::unique_ptr<int> const taken = std::move(owner).value();

    CHECK(*taken == 7);
}

TEST_CASE("Poll: of a reference refers to the same object", "[async][poll]") {
    int target = 1;
    auto const poll = Poll<int&>::ready(target);

    poll.value() = 2;

    CHECK(target == 2);
    CHECK(Poll<int&>::pending().is_pending());
}

TEST_CASE("Poll: value() of a pending one panics", "[async][poll]") {
    auto number = Poll<int>::pending();
    CHECK_THROWS_AS(number.value(), Panic);
    CHECK_THROWS_AS(std::as_const(number).value(), Panic);
    CHECK_THROWS_AS(std::move(number).value(), Panic);
    CHECK_THROWS_AS(Poll<void>::pending().value(), Panic);
    CHECK_THROWS_AS(Poll<int&>::pending().value(), Panic);
}

TEST_CASE("Poll: map changes the value, and leaves pending as it is", "[async][poll]") {
    auto const text = [](int n) { return std::to_string(n); };

    CHECK(Poll<int>::ready(5).map(text).value() == "5");
    CHECK(Poll<int>::pending().map(text).is_pending());
}

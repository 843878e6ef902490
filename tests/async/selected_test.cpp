#include "tandem/async/selected.hpp"

#include <memory>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/core/unit.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Unit;
using tandem::async::Poll;
using tandem::async::Selected;

using Any = Selected<int, void, int, std::unique_ptr<int>, int&>;
static_assert(std::is_same_v<decltype(std::declval<Any&>().get<0>()), int&>);
static_assert(std::is_same_v<decltype(std::declval<Any const&>().get<0>()), int const&>);
static_assert(std::is_same_v<decltype(std::declval<Any>().get<1>()), Unit>);
static_assert(std::is_same_v<decltype(std::declval<Any>().get<3>()), std::unique_ptr<int>>);
static_assert(std::is_same_v<decltype(std::declval<Any>().get<4>()), int&>);
static_assert(!std::is_default_constructible_v<Any> && !std::is_copy_constructible_v<Any>);
static_assert(std::is_nothrow_move_constructible_v<Any>);
static_assert(Send<Selected<int, void>> && !Send<Selected<int, int*>>);

}  // namespace

TEST_CASE("Selected: it knows which of two futures of one type was the first",
          "[async][selected]") {
    Any const third(std::in_place_index<2>, Poll<int>::ready(5));

    CHECK(third.index() == 2);
    CHECK(third.get<2>() == 5);
}

TEST_CASE("Selected: get of another one's value panics", "[async][selected]") {
    Any third(std::in_place_index<2>, Poll<int>::ready(5));

    CHECK_THROWS_AS(third.get<0>(), Panic);
    CHECK_THROWS_AS(std::as_const(third).get<1>(), Panic);
    CHECK_THROWS_AS(std::move(third).get<3>(), Panic);
}

TEST_CASE("Selected: a value is moved out, a void one is a Unit, a reference stays one",
          "[async][selected]") {
    Any owned(std::in_place_index<3>, Poll<std::unique_ptr<int>>::ready(std::make_unique<int>(1)));
    CHECK(*owned.get<3>() == 1);
    std::unique_ptr<int> const taken = std::move(owned).get<3>();
    CHECK(*taken == 1);

    CHECK(Any(std::in_place_index<1>, Poll<void>::ready()).get<1>() == Unit{});

    int number = 0;
    Any reference(std::in_place_index<4>, Poll<int&>::ready(number));
    reference.get<4>() = 7;
    CHECK(number == 7);
    CHECK(&std::as_const(reference).get<4>() == &number);
}

#include "tandem/async/ready.hpp"

#include <memory>
#include <string>
#include <type_traits>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::async::Future;
using tandem::async::ready;
using tandem::async::Ready;
using tandem::testing::Polled;

static_assert(Future<Ready<int>> && Future<Ready<void>>);
static_assert(std::is_same_v<decltype(ready("text")), Ready<char const*>>);
static_assert(!std::is_copy_constructible_v<Ready<std::unique_ptr<int>>>);
static_assert(std::is_move_constructible_v<Ready<std::unique_ptr<int>>>);
static_assert(Send<Ready<std::string>> && Send<Ready<void>> && !Send<Ready<int*>>);

}  // namespace

TEST_CASE("Ready: is ready at its first poll, and wakes nobody", "[async][ready]") {
    Polled number(ready(4));
    Polled owner(ready(std::make_unique<int>(5)));
    Polled nothing(ready());

    CHECK(number.poll().value() == 4);
    CHECK(*owner.poll().value() == 5);
    CHECK(nothing.poll().is_ready());
    CHECK(number.take_wakes() == 0);
    CHECK(number.wakers_alive() == 0);
}

TEST_CASE("Ready: panics when it is polled once more", "[async][ready]") {
    Polled number(ready(4));
    CHECK(number.poll().is_ready());

    CHECK_THROWS_AS(number.poll(), Panic);
}

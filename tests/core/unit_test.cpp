#include "tandem/core/unit.hpp"

#include <type_traits>
#include <variant>

#include "support/catch.hpp"
#include "tandem/core/send.hpp"

using tandem::Unit;
using tandem::detail::UnitIfVoid;

static_assert(std::is_same_v<Unit, std::monostate>);
static_assert(std::is_empty_v<Unit>);
static_assert(tandem::Send<Unit> && tandem::Sync<Unit>);
static_assert(std::is_same_v<UnitIfVoid<void>, Unit>);
static_assert(std::is_same_v<UnitIfVoid<int>, int>);
static_assert(std::is_same_v<UnitIfVoid<int&>, int&>);

TEST_CASE("Unit: every Unit equals every other", "[core][unit]") { CHECK(Unit{} == Unit{}); }

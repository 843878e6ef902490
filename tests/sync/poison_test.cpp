#include "tandem/sync/poison.hpp"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"

namespace {

using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::sync::LockResult;
using tandem::sync::PoisonError;
using tandem::sync::TryLockError;
using tandem::sync::TryLockResult;

using Owner = std::unique_ptr<int>;  // as a guard: it moves, and is not copied

static_assert(std::is_move_constructible_v<PoisonError<Owner>>);
static_assert(!std::is_copy_constructible_v<PoisonError<Owner>>);
static_assert(!std::is_convertible_v<Owner, PoisonError<Owner>>);
static_assert(std::is_same_v<LockResult<Owner>, tandem::Result<Owner, PoisonError<Owner>>>);

template <class E>
std::string text_of(E const& error) {
    return describe(error);
}

}  // namespace

TEST_CASE("PoisonError: gives access all the same", "[sync][poison]") {
    PoisonError<Owner> error(std::make_unique<int>(1));

    *error.get_mut() = 2;

    CHECK(*error.get_ref() == 2);
    CHECK(*std::move(error).into_inner() == 2);
}

TEST_CASE("PoisonError: of a reference refers", "[sync][poison]") {
    int number = 1;
    PoisonError<int&> error(number);

    error.get_mut() = 2;

    CHECK(number == 2);
    CHECK(&error.get_ref() == &number);
    CHECK(&std::move(error).into_inner() == &number);
}

TEST_CASE("PoisonError: unwrap says what has happened", "[sync][poison]") {
    LockResult<Owner> locked = Err(PoisonError<Owner>(nullptr));
    std::string said;

    try {
        (void)locked.unwrap();
    } catch (Panic const& panic) { said = panic.what(); }

    CHECK(said.find("poisoned") != std::string::npos);
    CHECK(text_of(PoisonError<void>()).find("poisoned") != std::string::npos);
}

TEST_CASE("TryLockError: tells held elsewhere from poisoned", "[sync][poison]") {
    auto blocked = TryLockError<Owner>::would_block();
    TryLockError<Owner> poisoned(PoisonError<Owner>(std::make_unique<int>(7)));

    CHECK(blocked.is_would_block());
    CHECK_FALSE(blocked.is_poisoned());
    CHECK(poisoned.is_poisoned());
    CHECK_FALSE(poisoned.is_would_block());
    CHECK(text_of(blocked).find("held elsewhere") != std::string::npos);
    CHECK(text_of(poisoned).find("poisoned") != std::string::npos);

    CHECK_FALSE(std::move(blocked).into_inner().has_value());
    auto const guard = std::move(poisoned).into_inner();
    REQUIRE(guard.has_value());
    CHECK(**guard == 7);
}

TEST_CASE("LockResult: who knows that the data is sound goes on", "[sync][poison]") {
    LockResult<Owner> locked = Err(PoisonError<Owner>(std::make_unique<int>(7)));

    auto const guard = std::move(locked).unwrap_or_else(
        [](PoisonError<Owner> poisoned) { return std::move(poisoned).into_inner(); });

    CHECK(*guard == 7);
}

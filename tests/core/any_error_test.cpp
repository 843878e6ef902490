#include "tandem/core/any_error.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace tandem;
using testing::Counted;

struct NotFound {
    std::string name;
    [[nodiscard]] std::string message() const { return "there is no " + name; }
};

enum class Failure { disk_full };
std::string describe(Failure) { return "the disk is full"; }

struct Silent {};

struct MoveOnly {
    explicit MoveOnly(std::unique_ptr<Counted> it) : inside(std::move(it)) {}
    std::unique_ptr<Counted> inside;
    [[nodiscard]] static std::string_view message() { return "cannot be copied"; }
};

static_assert(std::is_convertible_v<NotFound, AnyError>);
static_assert(std::is_convertible_v<Failure, AnyError>);
static_assert(std::is_convertible_v<std::error_code, AnyError>);
static_assert(std::is_convertible_v<std::runtime_error, AnyError>);
static_assert(std::is_convertible_v<Panic, AnyError>);
static_assert(std::is_convertible_v<char const*, AnyError>);
static_assert(std::is_convertible_v<MoveOnly, AnyError>);
static_assert(!std::is_convertible_v<Silent, AnyError>);
static_assert(!std::is_convertible_v<int, AnyError>);
static_assert(!std::is_constructible_v<AnyError, MoveOnly const&>);

static_assert(std::is_nothrow_move_constructible_v<AnyError>);
static_assert(std::is_nothrow_move_assignable_v<AnyError>);
static_assert(!std::is_copy_constructible_v<AnyError>);
static_assert(!std::is_default_constructible_v<AnyError>);
static_assert(sizeof(AnyError) == sizeof(void*));
static_assert(Send<AnyError> && Sync<AnyError>);

TEST_CASE("AnyError: says what the error in it says", "[core][any_error]") {
    CHECK(AnyError(NotFound{"map"}).message() == "there is no map");
    CHECK(AnyError(Failure::disk_full).message() == "the disk is full");
    CHECK(AnyError(std::runtime_error("overheated")).message() == "overheated");
    CHECK(AnyError(std::make_error_code(std::errc::no_space_on_device)).message() ==
          std::make_error_code(std::errc::no_space_on_device).message());
}

TEST_CASE("AnyError: keeps a text of its own", "[core][any_error]") {
    std::string text = "borrowed";
    AnyError const error{std::string_view(text)};

    text = "changed!";

    CHECK(error.message() == "borrowed");
    CHECK(*error.downcast<std::string>() == "borrowed");
    CHECK(AnyError("a literal").message() == "a literal");
}

TEST_CASE("AnyError: gives the error back to who names its type", "[core][any_error]") {
    AnyError const error = NotFound{"map"};

    REQUIRE(error.downcast<NotFound>() != nullptr);
    CHECK(error.downcast<NotFound>()->name == "map");
    CHECK(error.is<NotFound>());
    CHECK_FALSE(error.is<Failure>());
    CHECK(error.downcast<Failure>() == nullptr);
}

TEST_CASE("AnyError: a thrown error keeps its type, not its base's", "[core][any_error]") {
    AnyError const error = std::out_of_range("index 9");

    CHECK(error.is<std::out_of_range>());
    CHECK_FALSE(error.is<std::logic_error>());
}

TEST_CASE("AnyError: owns the error, once", "[core][any_error]") {
    int const before = Counted::alive;
    {
        AnyError first = MoveOnly(std::make_unique<Counted>(7));
        AnyError second = std::move(first);
        CHECK(Counted::alive == before + 1);
        CHECK(second.downcast<MoveOnly>()->inside->number == 7);
        // NOLINTNEXTLINE(bugprone-use-after-move): what it says then is the claim
        CHECK(first.message() == "an error that was moved away");
        CHECK(first.downcast<MoveOnly>() == nullptr);

        second = NotFound{"map"};
        CHECK(Counted::alive == before);
    }
    CHECK(Counted::alive == before);
}

Result<int, std::error_code> read_number(bool there) {
    if (!there) {
        return Err(std::make_error_code(std::errc::no_such_file_or_directory));
    }
    return Ok(42);
}

Result<int, AnyError> half_of(bool there, int number) {
    if (number % 2 != 0) {
        return Err("the number is odd");
    }
    return read_number(there).map([&](int n) { return n + number / 2; });
}

TEST_CASE("AnyError: any Result becomes a Result of it", "[core][any_error]") {
    CHECK(half_of(true, 2).unwrap() == 43);
    CHECK(half_of(true, 3).unwrap_err().message() == "the number is odd");
    AnyError const error = half_of(false, 2).unwrap_err();
    REQUIRE(error.is<std::error_code>());
    CHECK(*error.downcast<std::error_code>() == std::errc::no_such_file_or_directory);
}

TEST_CASE("AnyError: unwrap panics with the text of what is inside", "[core][any_error]") {
    std::string said;
    try {
        (void)half_of(true, 3).unwrap();
    } catch (Panic const& panic) { said = panic.what(); }

    CHECK(said.find("the number is odd") != std::string::npos);
}

}  // namespace

#include "tandem/core/result.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "tandem/core/send.hpp"

using tandem::Err;
using tandem::Ok;
using tandem::Result;

// FMT_VERSION would be defined: unwrapping a value must not cost a program all of fmt. (Catch2 is
// included above, and brings none.)
#ifdef FMT_VERSION
#error "core/result.hpp includes fmt"
#endif

namespace {

struct Point {
    int x = 0;
    int y = 0;
};

// One error type for every way an error may have a text.
namespace errors {

struct Described {
    int code;
    [[nodiscard]] std::string message() const { return "not this one"; }
    friend std::string describe(Described const& error) {
        return "described " + std::to_string(error.code);
    }
};
struct DescribedAsView {
    friend std::string_view describe(DescribedAsView const&) { return "described as a view"; }
};
struct DescribedAsLiteral {
    friend char const* describe(DescribedAsLiteral const&) { return "described as a literal"; }
};
struct WithMessage {
    [[nodiscard]] std::string message() const { return "a message"; }
    [[nodiscard]] char const* what() const noexcept { return "not this one"; }
};
struct WithMessageView {
    [[nodiscard]] std::string_view message() const { return "a view"; }
};
struct Silent {};
enum class Kind { small };

}  // namespace errors

using Text = Result<int, std::string>;
using MoveOnly = Result<std::unique_ptr<int>, std::unique_ptr<int>>;

/// What unwrap() panics with.
template <class E>
std::string text_of_unwrapped(E error) {
    Result<int, E> const result = Err(std::move(error));
    try {
        result.unwrap();
    } catch (tandem::Panic const& panic) { return std::string(panic.message()); }
    return "no panic";
}

}  // namespace

// A Result is an expected, and as cheap.
static_assert(std::derived_from<Text, std::expected<int, std::string>>);
static_assert(std::derived_from<Result<void, int>, std::expected<void, int>>);
static_assert(std::derived_from<Result<int&, int>, std::expected<int*, int>>);
static_assert(sizeof(Result<int, int>) == sizeof(std::expected<int, int>));
static_assert(std::is_trivially_copy_constructible_v<Result<int, int>>);
static_assert(std::is_trivially_destructible_v<Result<int, int>>);
static_assert(std::is_nothrow_move_constructible_v<Text>);
static_assert(!std::is_copy_constructible_v<MoveOnly>);
static_assert(std::is_move_constructible_v<MoveOnly>);
static_assert(std::is_default_constructible_v<Result<int, int>>);

// unwrap and expect: & gives T&, const& gives T const&, && gives T itself.
template <class R>
using Unwrapped = decltype(std::declval<R>().unwrap());
template <class R>
using Expected = decltype(std::declval<R>().expect(""));
template <class R>
using UnwrappedErr = decltype(std::declval<R>().unwrap_err());

static_assert(std::is_same_v<Unwrapped<Text&>, int&>);
static_assert(std::is_same_v<Unwrapped<Text const&>, int const&>);
static_assert(std::is_same_v<Unwrapped<Text>, int>);
static_assert(std::is_same_v<Expected<Text&>, int&>);
static_assert(std::is_same_v<Expected<Text const&>, int const&>);
static_assert(std::is_same_v<Expected<Text>, int>);
static_assert(std::is_same_v<UnwrappedErr<Text&>, std::string&>);
static_assert(std::is_same_v<UnwrappedErr<Text const&>, std::string const&>);
static_assert(std::is_same_v<UnwrappedErr<Text>, std::string>);

static_assert(std::is_same_v<Unwrapped<Result<int&, int>&>, int&>);
static_assert(std::is_same_v<Unwrapped<Result<int&, int> const&>, int&>);
static_assert(std::is_same_v<Unwrapped<Result<int&, int>>, int&>);
static_assert(std::is_same_v<Unwrapped<Result<int const&, int>>, int const&>);
static_assert(std::is_void_v<Unwrapped<Result<void, int>&>>);
static_assert(std::is_void_v<Unwrapped<Result<void, int> const&>>);
static_assert(std::is_void_v<Unwrapped<Result<void, int>>>);

// ok(): an optional; for a reference a pointer; for void a Unit that is there or not.
static_assert(std::is_same_v<decltype(std::declval<Text>().ok()), std::optional<int>>);
static_assert(std::is_same_v<decltype(std::declval<Result<int&, int>>().ok()), int*>);
static_assert(std::is_same_v<decltype(std::declval<Result<int const&, int>>().ok()), int const*>);
static_assert(
    std::is_same_v<decltype(std::declval<Result<void, int>>().ok()), std::optional<tandem::Unit>>);
static_assert(std::is_same_v<decltype(std::declval<Text>().err()), std::optional<std::string>>);

// What converts, converts; what does not, or would refer to a temporary, is refused.
static_assert(std::is_convertible_v<int, Text>);
static_assert(std::is_convertible_v<Result<int, char const*>, Text>);
static_assert(std::is_convertible_v<decltype(Err("text")), Text>);
static_assert(!std::is_constructible_v<Text, decltype(Err(1))>);
static_assert(!std::is_constructible_v<Text, decltype(Ok())>);
static_assert(!std::is_constructible_v<Text, decltype(Ok("text"))>);
static_assert(!std::is_constructible_v<Result<void, int>, decltype(Ok(1))>);
static_assert(!std::is_convertible_v<Text, int>);
static_assert(std::is_convertible_v<int&, Result<int&, int>>);
static_assert(std::is_convertible_v<int&, Result<int const&, int>>);
static_assert(!std::is_constructible_v<Result<int&, int>, int>);
static_assert(!std::is_constructible_v<Result<int&, int>, int const&>);
static_assert(!std::is_constructible_v<Result<std::string const&, int>, char const (&)[5]>);
static_assert(!std::is_constructible_v<Result<double const&, int>, int&>);

template <class R, class Other>
concept HasUnwrapOr =
    requires(R result, Other&& other) { result.unwrap_or(std::forward<Other>(other)); };
static_assert(HasUnwrapOr<Text, int>);
static_assert(!HasUnwrapOr<Text, char const*>);
static_assert(!HasUnwrapOr<Result<void, int>, int>);
static_assert(HasUnwrapOr<Result<int&, int>, int&>);
static_assert(!HasUnwrapOr<Result<int&, int>, int>);
static_assert(HasUnwrapOr<Result<std::string const&, int>, std::string&>);
static_assert(!HasUnwrapOr<Result<std::string const&, int>, char const (&)[5]>);

// Send and Sync are those of its parts.
static_assert(tandem::Send<Text> && tandem::Sync<Text>);
static_assert(tandem::Send<Result<void, int>> && tandem::Sync<Result<void, int>>);
static_assert(!tandem::Send<Result<int*, int>> && !tandem::Sync<Result<int*, int>>);
static_assert(!tandem::Send<Result<int, int*>> && !tandem::Sync<Result<int, int*>>);
static_assert(!tandem::Send<Result<int&, int>> && !tandem::Sync<Result<int&, int>>);

// All of it works for the compiler, too.
constexpr Result<int, int> half(int n) {
    if (n % 2 != 0) {
        return Err(n);
    }
    return Ok(n / 2);
}
static_assert(half(42).unwrap() == 21);
static_assert(half(7).unwrap_err() == 7);
static_assert(half(8).and_then(half).and_then(half).unwrap() == 1);
static_assert(half(8).map([](int n) { return n + 1; }).unwrap_or(0) == 5);
static_assert(half(7).map_err([](int n) { return n + 1; }).err() == 8);

TEST_CASE("Result: Ok holds a value and Err an error", "[core][result]") {
    Text const good = Ok(42);
    Text const bad = Err("no such port");

    CHECK(good.is_ok());
    CHECK_FALSE(good.is_err());
    CHECK(good.unwrap() == 42);
    CHECK(bad.is_err());
    CHECK_FALSE(bad.is_ok());
    CHECK(bad.unwrap_err() == "no such port");
}

TEST_CASE("Result: Ok and Err convert to what the Result holds", "[core][result]") {
    Result<long, std::string> const wide = Ok(42);
    Result<std::string, int> const text = Ok("hello");
    Result<std::optional<int>, int> const some = Ok(1);
    Result<std::unique_ptr<int>, int> const owner = Ok(std::make_unique<int>(7));
    Result<std::string, std::string> const same_types = Err("an error, not a value");

    CHECK(wide.unwrap() == 42L);
    CHECK(text.unwrap() == "hello");
    CHECK(some.unwrap() == std::optional(1));
    CHECK(*owner.unwrap() == 7);
    CHECK(same_types.is_err());
}

TEST_CASE("Result: Ok() is the success that has no value", "[core][result]") {
    Result<void, int> const done = Ok();
    Result<void, int> const failed = Err(5);

    CHECK(done.is_ok());
    CHECK_NOTHROW(done.unwrap());
    CHECK_NOTHROW(done.expect("never"));
    CHECK_NOTHROW(Result<void, int>(done).unwrap());
    CHECK(failed.unwrap_err() == 5);
    CHECK_THROWS_AS(failed.unwrap(), tandem::Panic);
    CHECK_THROWS_AS((Result<void, int>(failed).expect("")), tandem::Panic);
}

TEST_CASE("Result: a Result of a Result keeps the two errors apart", "[core][result]") {
    using Inner = Result<int, std::string>;
    Result<Inner, std::string> const inner_failed = Ok(Inner(Err("inner")));
    Result<Inner, std::string> const outer_failed = Err("outer");
    auto const nested = half(7).map([](int n) { return half(n); });
    auto const nested_err = half(6).map([](int n) { return half(n); });

    CHECK(inner_failed.is_ok());
    CHECK(inner_failed.unwrap().unwrap_err() == "inner");
    CHECK(outer_failed.unwrap_err() == "outer");
    CHECK(nested.unwrap_err() == 7);
    CHECK(nested_err.unwrap().unwrap_err() == 3);
}

TEST_CASE("Result: unwrap gives the value to change, to read, or to keep", "[core][result]") {
    Result<std::string, int> word = Ok("hello");

    word.unwrap() += " world";
    word.expect("a word") += "!";
    CHECK(std::as_const(word).unwrap() == "hello world!");
    CHECK(&std::as_const(word).expect("a word") == &word.unwrap());

    std::string const taken = std::move(word).unwrap();
    CHECK(taken == "hello world!");
    CHECK(word.unwrap().empty());  // NOLINT(bugprone-use-after-move): to see that it moved
}

TEST_CASE("Result: unwrap_err gives the error to change, to read, or to keep", "[core][result]") {
    Text failed = Err("disk");

    failed.unwrap_err() += " full";
    CHECK(std::as_const(failed).unwrap_err() == "disk full");
    CHECK(std::move(failed).unwrap_err() == "disk full");
    CHECK_THROWS_WITH(Text(1).unwrap_err(),
                      Catch::Matchers::Contains("called unwrap_err(): there is a value"));
}

TEST_CASE("Result: move-only values and errors go through every method", "[core][result]") {
    auto good = [] { return MoveOnly(Ok(std::make_unique<int>(1))); };
    auto bad = [] { return MoveOnly(Err(std::make_unique<int>(2))); };
    auto next = [](std::unique_ptr<int> n) { return std::make_unique<int>(*n + 10); };
    auto chain = [&](std::unique_ptr<int> n) { return MoveOnly(Ok(next(std::move(n)))); };

    CHECK(*good().unwrap() == 1);
    CHECK(*good().expect("a value") == 1);
    CHECK(*bad().unwrap_err() == 2);
    CHECK(*bad().unwrap_or(std::make_unique<int>(3)) == 3);
    CHECK(*good().unwrap_or(std::make_unique<int>(3)) == 1);
    CHECK(*bad().unwrap_or_else(next) == 12);
    CHECK(*good().unwrap_or_else(next) == 1);
    CHECK(**good().ok() == 1);
    CHECK(**bad().err() == 2);
    CHECK(*good().map(next).unwrap() == 11);
    CHECK(*bad().map(next).unwrap_err() == 2);
    CHECK(*bad().map_err(next).unwrap_err() == 12);
    CHECK(*good().map_err(next).unwrap() == 1);
    CHECK(*good().and_then(chain).unwrap() == 11);
    CHECK(*bad().and_then(chain).unwrap_err() == 2);
    CHECK(*bad().or_else(chain).unwrap() == 12);
    CHECK(*good().or_else(chain).unwrap() == 1);
}

TEST_CASE("Result: a Result of a reference refers to the very object", "[core][result]") {
    int n = 1;
    int other = 2;
    Result<int&, std::string> const there = n;
    Result<int&, std::string> const nowhere = Err("nowhere");

    there.unwrap() = 5;
    CHECK(n == 5);
    CHECK(&there.expect("there") == &n);
    CHECK(there.ok() == &n);
    CHECK(nowhere.ok() == nullptr);
    CHECK(&nowhere.unwrap_or(other) == &other);
    CHECK(&there.unwrap_or(other) == &n);
    CHECK(&Result(nowhere).unwrap_or_else([&](auto const&) -> int& { return other; }) == &other);
    CHECK(&there.map([](int& it) -> int& { return it; }).unwrap() == &n);
    CHECK(there.map([](int it) { return it + 1; }).unwrap() == 6);
    CHECK(&there.and_then([](int& it) { return Result<int&, std::string>(it); }).unwrap() == &n);
    CHECK(&there.map_err([](auto const&) { return 0; }).unwrap() == &n);
    CHECK(nowhere.map_err([](auto const&) { return 7; }).unwrap_err() == 7);
    CHECK(
        &Result(nowhere).or_else([&](auto const&) { return Result<int&, int>(other); }).unwrap() ==
        &other);
    CHECK_THROWS_AS(nowhere.unwrap(), tandem::Panic);
}

TEST_CASE("Result: unwrap panics with the error's own text", "[core][result]") {
    auto contains = [](auto error) { return text_of_unwrapped(std::move(error)); };
    using Catch::Matchers::Contains;

    CHECK_THAT(contains(errors::Described{3}), Contains(": described 3 ("));
    CHECK_THAT(contains(errors::DescribedAsView{}), Contains(": described as a view ("));
    CHECK_THAT(contains(errors::DescribedAsLiteral{}), Contains(": described as a literal ("));
    CHECK_THAT(contains(errors::WithMessage{}), Contains(": a message ("));
    CHECK_THAT(contains(errors::WithMessageView{}), Contains(": a view ("));
    CHECK_THAT(contains(std::make_error_code(std::errc::no_such_file_or_directory)),
               Contains("No such file or directory"));
    CHECK_THAT(contains(std::runtime_error("what it is")), Contains(": what it is ("));
    CHECK_THAT(contains(std::string("a string")), Contains(": a string ("));
    CHECK_THAT(contains("a literal"), Contains(": a literal ("));
    CHECK_THAT(contains(std::string_view("a view")), Contains(": a view ("));
    CHECK_THAT(contains(-42), Contains(": -42 ("));
    CHECK_THAT(contains(1.5), Contains(": 1.5"));
    CHECK_THAT(contains(errors::Silent{}), Contains("errors::Silent ("));
    CHECK_THAT(contains(errors::Kind::small), Contains("errors::Kind ("));
    CHECK_THAT(contains(std::make_unique<int>(1)), Contains("unique_ptr<int"));
}

TEST_CASE("Result: a panic tells the place of the unwrap, not the library's", "[core][result]") {
    Text const failed = Err("lost");
    auto const here = std::to_string(__LINE__ + 2);
    try {
        failed.unwrap();
        FAIL("no panic");
    } catch (tandem::Panic const& panic) {
        std::string_view const file = panic.location().file_name();
        CHECK(file.ends_with("result_test.cpp"));
        CHECK(std::to_string(panic.location().line()) == here);
        CHECK(panic.message() ==
              "called unwrap() on an error: lost (" + std::string(file) + ":" + here + ")");
    }
    try {
        failed.expect("the config is there");
        FAIL("no panic");
    } catch (tandem::Panic const& panic) {
        CHECK_THAT(std::string(panic.message()),
                   Catch::Matchers::StartsWith("the config is there: lost ("));
        CHECK(std::string_view(panic.location().file_name()).ends_with("result_test.cpp"));
    }
}

TEST_CASE("Result: unwrap_or gives the value, or the other one", "[core][result]") {
    Text const good = 1;
    Text const bad = Err("");

    CHECK(good.unwrap_or(2) == 1);
    CHECK(bad.unwrap_or(2) == 2);
    CHECK(Text(good).unwrap_or(2) == 1);
    CHECK(Text(bad).unwrap_or(2) == 2);
    CHECK(Result<std::string, int>(Err(1)).unwrap_or("other") == "other");
}

TEST_CASE("Result: unwrap_or_else makes the other value of the error", "[core][result]") {
    auto const size = [](std::string const& error) { return static_cast<int>(error.size()); };
    Text const good = 1;
    Text const bad = Err("four");
    int calls = 0;

    CHECK(good.unwrap_or_else(size) == 1);
    CHECK(bad.unwrap_or_else(size) == 4);
    CHECK(Text(bad).unwrap_or_else(size) == 4);
    Result<void, std::string>(Err("")).unwrap_or_else([&](auto const&) { ++calls; });
    Result<void, std::string>(Ok()).unwrap_or_else([&](auto const&) { ++calls; });
    CHECK(calls == 1);
}

TEST_CASE("Result: ok and err each forget the other half", "[core][result]") {
    Text const good = 1;
    Text const bad = Err("lost");

    CHECK(good.ok() == std::optional(1));
    CHECK(bad.ok() == std::nullopt);
    CHECK(bad.err() == std::optional<std::string>("lost"));
    CHECK(good.err() == std::nullopt);
    CHECK(Text(good).ok() == std::optional(1));
    CHECK(Text(bad).err() == std::optional<std::string>("lost"));
    CHECK(Result<void, int>(Ok()).ok().has_value());
    CHECK_FALSE(Result<void, int>(Err(1)).ok().has_value());
}

TEST_CASE("Result: map changes a value and leaves an error alone", "[core][result]") {
    Text const good = 20;
    Text const bad = Err("lost");
    int calls = 0;
    auto const twice = [&](int n) {
        ++calls;
        return 2L * n;
    };

    CHECK(good.map(twice).unwrap() == 40L);
    CHECK(Text(good).map(twice).unwrap() == 40L);
    CHECK(bad.map(twice).unwrap_err() == "lost");
    CHECK(Text(bad).map(twice).unwrap_err() == "lost");
    CHECK(calls == 2);
}

TEST_CASE("Result: map goes to void, from void, to a reference and to a member", "[core][result]") {
    Result<Point, int> point = Ok(Point{1, 2});
    int calls = 0;
    auto const count = [&](auto const&...) { ++calls; };

    auto const nothing = point.map(count);
    auto const something = nothing.map([] { return 7; });
    auto const still_nothing = nothing.map(count);

    static_assert(std::is_same_v<decltype(nothing), Result<void, int> const>);
    static_assert(std::is_same_v<decltype(still_nothing), Result<void, int> const>);
    CHECK(nothing.is_ok());
    CHECK(still_nothing.is_ok());
    CHECK(calls == 2);
    CHECK(something.unwrap() == 7);
    CHECK(&point.map(&Point::x).unwrap() == &point.unwrap().x);
    // A member of what is about to die is given by value, not as a reference into it.
    static_assert(std::is_same_v<decltype(std::move(point).map(&Point::y)), Result<int, int>>);
    CHECK(std::move(point).map(&Point::y).unwrap() == 2);
}

TEST_CASE("Result: map_err changes an error and leaves a value alone", "[core][result]") {
    Text const good = 1;
    Text const bad = Err("lost");
    auto const size = [](std::string const& error) { return error.size(); };

    CHECK(bad.map_err(size).unwrap_err() == 4);
    CHECK(Text(bad).map_err(size).unwrap_err() == 4);
    CHECK(good.map_err(size).unwrap() == 1);
    CHECK(Text(good).map_err(size).unwrap() == 1);
    CHECK(Result<void, std::string>(Err("lost")).map_err(size).unwrap_err() == 4);
    CHECK(Result<void, std::string>(Ok()).map_err(size).is_ok());
}

TEST_CASE("Result: and_then goes on with a value and stops at an error", "[core][result]") {
    CHECK(half(8).and_then(half).unwrap() == 2);
    CHECK(half(6).and_then(half).unwrap_err() == 3);
    CHECK(half(7).and_then(half).unwrap_err() == 7);

    auto const to_void = [](int) -> Result<void, int> { return Ok(); };
    auto const from_void = []() -> Result<int, int> { return Ok(9); };
    auto const good = half(8);
    CHECK(good.and_then(to_void).is_ok());
    CHECK(good.and_then(to_void).and_then(from_void).unwrap() == 9);
    CHECK(half(7).and_then(to_void).and_then(from_void).unwrap_err() == 7);

    // The error may become a wider one on the way, as with Rust's `?`.
    auto const wider = [](int) -> Result<int, long> { return Ok(1); };
    CHECK(half(7).and_then(wider).unwrap_err() == 7L);
}

TEST_CASE("Result: or_else mends an error and leaves a value alone", "[core][result]") {
    auto const mend = [](int n) -> Result<int, std::string> {
        if (n > 10) {
            return Err("beyond repair");
        }
        return Ok(-n);
    };
    auto const odd = half(7);

    CHECK(half(8).or_else(mend).unwrap() == 4);
    CHECK(odd.or_else(mend).unwrap() == -7);
    CHECK(half(11).or_else(mend).unwrap_err() == "beyond repair");
    CHECK(Result<void, int>(Err(1)).or_else([](int) { return Result<void, long>(); }).is_ok());
    CHECK(Result<void, int>(Ok()).or_else([](int) { return Result<void, long>(); }).is_ok());
}

TEST_CASE("Result: an exception from a mapping function goes through", "[core][result]") {
    auto const fail = [](int) -> int { throw std::runtime_error("in the function"); };

    CHECK_THROWS_WITH(half(8).map(fail), "in the function");
    CHECK_THROWS_WITH(half(7).map_err(fail), "in the function");
    CHECK_THROWS_WITH(half(7).unwrap_or_else(fail), "in the function");
}

TEST_CASE("Result: Results are equal when their values or their errors are", "[core][result]") {
    Result<int, int> const one = Ok(1);

    CHECK(one == Result<int, int>(Ok(1)));
    CHECK(one != Result<int, int>(Ok(2)));
    CHECK(one != Result<int, int>(Err(1)));
    CHECK(Result<int, int>(Err(1)) == Result<int, int>(Err(1)));
    CHECK(Result<int, int>(Err(1)) != Result<int, int>(Err(2)));
    CHECK(one == 1);
    CHECK(one != 2);
    CHECK(Result<void, int>(Ok()) == Result<void, int>(Ok()));
    CHECK(Result<void, int>(Ok()) != Result<void, int>(Err(1)));
    CHECK(one != std::unexpected(1));
}

TEST_CASE("Result: a Result can be compared with Ok(v) and Err(e)", "[core][result]") {
    Text const good = 1;
    Text const bad = Err("lost");
    int n = 1;

    CHECK(good == Ok(1));
    CHECK(good != Ok(2));
    CHECK(good != Err("lost"));
    CHECK(bad == Err("lost"));
    CHECK(bad != Err("found"));
    CHECK(bad != Ok(1));
    CHECK(Ok(1) == good);
    CHECK(Result<void, int>(Ok()) == Ok());
    CHECK(Result<void, int>(Err(1)) != Ok());
    CHECK(Result<void, int>(Err(1)) == Err(1));
    CHECK(Result<int&, int>(n) == Ok(1));
    CHECK(Result<int&, int>(n) != Ok(2));
}

TEST_CASE("Result: a Result converts to one that can hold its parts", "[core][result]") {
    Result<int, char const*> const narrow = Ok(1);
    Text const wide = narrow;
    Text const failed = Result<int, char const*>(Err("lost"));
    Result<void, std::string> const nothing = Result<void, char const*>(Err("lost"));
    Text assigned = Err("");
    assigned = narrow;
    assigned = Ok(3);
    assigned = Err("last");

    CHECK(wide.unwrap() == 1);
    CHECK(failed.unwrap_err() == "lost");
    CHECK(nothing.unwrap_err() == "lost");
    CHECK(assigned.unwrap_err() == "last");
}

TEST_CASE("Result: it is a std::expected to whoever wants one", "[core][result]") {
    auto const value_or_zero = [](std::expected<int, std::string> const& it) {
        return it.value_or(0);
    };
    std::expected<int, std::string> const plain = 5;
    Text const from_plain = plain;
    Text made = std::unexpected("lost");

    CHECK(value_or_zero(Text(1)) == 1);
    CHECK(value_or_zero(made) == 0);
    CHECK(from_plain.unwrap() == 5);
    CHECK(static_cast<bool>(from_plain));
    CHECK(*from_plain == 5);
    CHECK(made.error() == "lost");
    CHECK_THROWS_AS(made.value(), std::bad_expected_access<std::string>);
    made.emplace(6);
    CHECK(made.value() == 6);
    swap(made, made);
    CHECK(made == 6);
}

TEST_CASE("Result: it goes into containers and through algorithms", "[core][result]") {
    std::vector<Text> results{1, Err("lost"), Ok(3), Err("found")};

    CHECK(std::ranges::count_if(results, &Text::is_ok) == 2);
    CHECK(std::ranges::find(results, Text(3)) == results.begin() + 2);
    std::ranges::rotate(results, results.begin() + 1);
    CHECK(results[0].unwrap_err() == "lost");
    CHECK(results[3].unwrap() == 1);
    results.resize(100);
    CHECK(results.back() == 0);
}

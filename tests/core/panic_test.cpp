#include "tandem/core/panic.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/catch.hpp"
#include "tandem/core/detail/panic_text.hpp"
#include "tandem/core/send.hpp"

using tandem::Panic;
using tandem::panic;

static_assert(std::derived_from<Panic, std::runtime_error>);
static_assert(std::is_nothrow_copy_constructible_v<Panic>);  // or throwing it could terminate
static_assert(tandem::Send<Panic> && tandem::Sync<Panic>);

namespace {

template <class Fn>
Panic panic_of(Fn fn) {
    try {
        fn();
    } catch (Panic const& caught) { return caught; }
    return Panic("no panic");
}

}  // namespace

TEST_CASE("panic: the message is formatted with its arguments", "[core][panic]") {
    auto const owner = std::make_unique<int>(7);
    std::string text = "text";

    CHECK(panic_of([] { panic("plain"); }).message() == "plain");
    CHECK(panic_of([] { panic("{} of {}", 1, 2); }).message() == "1 of 2");
    CHECK(panic_of([] { panic("{{}}"); }).message() == "{}");
    CHECK(panic_of([&] { panic("{:>6}|{:#x}|{:.2f}", text, 255, 1.5); }).message() ==
          "  text|0xff|1.50");
    CHECK(panic_of([&] { panic("{1} {0}", std::string_view("b"), 'a'); }).message() == "a b");
    CHECK(panic_of([&] { panic("{}", *owner); }).message() == "7");
    CHECK(text == "text");
}

TEST_CASE("panic: it knows the place it was thrown at", "[core][panic]") {
    std::uint_least32_t line = 0;
    auto const caught = panic_of([&] {
        line = __LINE__ + 1;
        panic("here, not in the {}", "library");
    });

    CHECK(caught.location().line() == line);
    CHECK(std::string_view(caught.location().file_name()).ends_with("panic_test.cpp"));
    CHECK(tandem::detail::place(caught.location()) ==
          std::string(caught.location().file_name()) + ":" + std::to_string(line));
}

TEST_CASE("panic: the library's own plain panic knows its place, too", "[core][panic]") {
    auto const line = __LINE__ + 1;
    auto const caught = panic_of([] { tandem::detail::raise("fixed text"); });

    CHECK(caught.message() == "fixed text");
    CHECK(caught.location().line() == line);
}

TEST_CASE("Panic: it is caught as what it is: a std::exception with a text", "[core][panic]") {
    CHECK_THROWS_AS(panic("lost"), std::runtime_error);
    CHECK_THROWS_WITH(panic("lost {}", 1), "lost 1");

    Panic const original("original");
    Panic const copy = original;  // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(copy.message() == "original");
    CHECK(copy.location().line() == original.location().line());
}

TEST_CASE("Panic: a panic on the way out destroys what it passes, in order", "[core][panic]") {
    std::string trace;
    struct Probe {
        std::string& trace;
        char name;
        ~Probe() { trace += name; }
    };

    panic_of([&] {
        Probe const a{trace, 'a'};
        Probe const b{trace, 'b'};
        panic("unwind");
    });

    CHECK(trace == "ba");
}

TEST_CASE("Panic: every thrown thing has a text for the report", "[core][panic]") {
    using tandem::detail::exception_text;
    auto const text = [](auto thrown) { return exception_text(std::make_exception_ptr(thrown)); };

    CHECK(text(Panic("a panic")) == "a panic");
    CHECK(text(std::logic_error("logic")) == "logic");
    CHECK(text(std::string("a string")) == "a string");
    CHECK(text(static_cast<char const*>("a literal")) == "a literal");
    CHECK_THAT(text(42), Catch::Matchers::Contains("not a std::exception"));
}

TEST_CASE("Panic: a report names the place once", "[core][panic]") {
    using tandem::detail::place;
    using tandem::detail::text_with_place;
    Panic const plain("plain");
    Panic const placed("placed (" + place(plain.location()) + ")", plain.location());

    CHECK(text_with_place(std::make_exception_ptr(plain)) ==
          "plain (" + place(plain.location()) + ")");
    CHECK(text_with_place(std::make_exception_ptr(placed)) == placed.what());
    CHECK(text_with_place(std::make_exception_ptr(std::runtime_error("nowhere"))) == "nowhere");
    CHECK(tandem::detail::exception_location(std::make_exception_ptr(1)).line() == 0);
}

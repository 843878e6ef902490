#include "tandem/core/static_str.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/catch.hpp"
#include "tandem/core/send.hpp"

using tandem::StaticStr;
using tandem::operator""_static;

// A literal is the only way in: anything else could end before the text is read.
static_assert(std::is_default_constructible_v<StaticStr>);
static_assert(std::is_trivially_copyable_v<StaticStr>);
static_assert(!std::is_constructible_v<StaticStr, char const*>);
static_assert(!std::is_constructible_v<StaticStr, char const (&)[6]>);
static_assert(!std::is_constructible_v<StaticStr, std::string>);
static_assert(!std::is_constructible_v<StaticStr, std::string_view>);
static_assert(!std::is_assignable_v<StaticStr&, std::string const&>);
static_assert(!std::is_assignable_v<StaticStr&, std::string_view>);

static_assert(tandem::Send<StaticStr> && tandem::Sync<StaticStr>);
static_assert(!tandem::Send<std::string_view>);
static_assert(std::derived_from<StaticStr, std::string_view>);

TEST_CASE("StaticStr: it is the literal's text", "[core][static_str]") {
    constexpr StaticStr hello = "hello"_static;
    StaticStr other = hello;

    CHECK(hello == "hello");
    CHECK(hello.size() == 5);
    CHECK(other == hello);
    CHECK(other.data() == hello.data());  // no copy of the text is made
    other = "world"_static;
    CHECK(other == "world");
    CHECK(StaticStr().empty());
}

TEST_CASE("StaticStr: it may contain anything a literal may", "[core][static_str]") {
    CHECK(""_static.empty());
    CHECK("a\0b"_static.size() == 3);
    CHECK("Ω"_static.size() == 2);
}

TEST_CASE("StaticStr: it does what a string_view does", "[core][static_str]") {
    auto const size_of = [](std::string_view text) { return text.size(); };
    StaticStr const hello = "hello"_static;

    CHECK(size_of(hello) == 5);
    CHECK(std::string(hello) == "hello");
    CHECK(hello.starts_with("he"));
    CHECK(std::ranges::count(hello, 'l') == 2);
    CHECK(hello < "help"_static);
}

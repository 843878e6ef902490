#include "tandem/thread/detail/packet.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"

namespace {

using namespace tandem;
using testing::contains;
using testing::Counted;
using testing::Reports;
using thread::detail::Packet;
using thread::detail::ScopeData;
using thread::detail::ThreadInfo;

static_assert(!std::is_copy_constructible_v<Packet<int>>);
static_assert(!std::is_move_constructible_v<Packet<int>>);

template <class T>
Packet<T> packet(std::optional<std::string> name = std::nullopt,
                 std::optional<sync::Arc<ScopeData>> scope = std::nullopt) {
    return Packet<T>(sync::make_arc<ThreadInfo>(std::move(name)), std::move(scope));
}

std::exception_ptr error(char const* text) {
    return std::make_exception_ptr(std::runtime_error(text));
}

}  // namespace

TEST_CASE("Packet: gives out the value that was put in", "[thread][packet]") {
    SECTION("a move-only one") {
        Packet<std::unique_ptr<int>> const result = packet<std::unique_ptr<int>>();
        result.set_value(std::make_unique<int>(3));
        CHECK(*result.take().unwrap() == 3);
    }
    SECTION("none") {
        Packet<void> const result = packet<void>();
        CHECK(result.take().is_ok());
    }
}

TEST_CASE("Packet: destroys a value that nobody took", "[thread][packet]") {
    int const before = Counted::alive;
    {
        Packet<Counted> const result = packet<Counted>();
        result.set_value(Counted(1));
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("Packet: is finished when it is told so", "[thread][packet]") {
    Packet<void> const result = packet<void>();
    CHECK_FALSE(result.is_finished());

    result.finish();

    CHECK(result.is_finished());
}

TEST_CASE("Packet: reports a panic that nobody took, with the thread's name",
          "[thread][packet][panic]") {
    Reports const reports;
    {
        Packet<void> const result = packet<void>("baker");
        result.set_panic(error("burnt"));
    }
    auto const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].message, "thread 'baker' panicked: burnt"));
}

TEST_CASE("Packet: a panic that was taken is not reported", "[thread][packet][panic]") {
    Reports const reports;
    {
        Packet<int> const result = packet<int>();
        result.set_panic(error("taken"));
        CHECK(result.take().unwrap_err().message() == "taken");
    }
    CHECK(reports.take().empty());
}

TEST_CASE("Packet: the first lost panic is its scope's, the next is reported",
          "[thread][packet][panic]") {
    Reports const reports;
    auto const scope = sync::make_arc<ScopeData>();
    for (char const* const text : {"first", "second"}) {
        Packet<void> const result = packet<void>("a thread", scope.clone());
        result.set_panic(error(text));
    }

    auto const lost = scope->close();

    REQUIRE(lost.has_value());
    CHECK(detail::exception_text(lost->exception) == "first");
    CHECK(lost->thread->name == "a thread");
    auto const heard = reports.take();
    REQUIRE(heard.size() == 1);
    CHECK(contains(heard[0].message, "second"));
}

TEST_CASE("Packet: a panic lost after its scope is reported", "[thread][packet][panic]") {
    Reports const reports;
    auto const scope = sync::make_arc<ScopeData>();
    CHECK_FALSE(scope->close().has_value());
    {
        Packet<void> const result = packet<void>(std::nullopt, scope.clone());
        result.set_panic(error("late"));
    }
    CHECK(reports.take().size() == 1);
}

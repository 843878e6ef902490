#include "tandem/thread/panic_payload.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/thread/spawn.hpp"

namespace {

using namespace tandem;
using testing::contains;
using testing::on_threads;
using thread::PanicPayload;

static_assert(Send<PanicPayload> && Sync<PanicPayload>);
static_assert(std::is_copy_constructible_v<PanicPayload>);
static_assert(!std::is_default_constructible_v<PanicPayload>);

/// What a thread that throws `thrown` leaves behind.
template <class Thrown>
PanicPayload payload_of(Thrown thrown) {
    return thread::spawn([](Thrown it) { throw it; }, std::move(thrown)).join().unwrap_err();
}

struct Custom : std::exception {
    using tandem_send = void;
    char const* what() const noexcept override { return "custom"; }
    int number = 12;
};

}  // namespace

TEST_CASE("PanicPayload: message is what was said when it was thrown", "[thread][panic_payload]") {
    CHECK(payload_of(std::runtime_error("an error")).message() == "an error");
    CHECK(payload_of(Custom()).message() == "custom");
    CHECK(payload_of(std::string("text")).message() == "text");
    CHECK(contains(payload_of(42).message(), "not a std::exception"));
    CHECK(payload_of(Panic("")).message().empty());
}

TEST_CASE("PanicPayload: location is where panic was called", "[thread][panic_payload]") {
    auto const payload = thread::spawn([] { panic("here"); }).join().unwrap_err();
    int const line = __LINE__ - 1;

    CHECK(payload.location().line() == static_cast<unsigned>(line));
    CHECK(contains(payload.location().file_name(), "panic_payload_test.cpp"));
}

TEST_CASE("PanicPayload: of any other exception the place is unknown", "[thread][panic_payload]") {
    CHECK(payload_of(std::runtime_error("somewhere")).location().line() == 0);
}

TEST_CASE("PanicPayload: rethrow throws the very exception", "[thread][panic_payload]") {
    auto const payload = payload_of(Custom());

    CHECK_THROWS_AS(payload.rethrow(), Custom);
    try {
        payload.rethrow();
    } catch (Custom const& custom) { CHECK(custom.number == 12); }
    CHECK_THROWS_AS(std::rethrow_exception(payload.exception()), Custom);
}

TEST_CASE("PanicPayload: an int that was thrown is an int when rethrown",
          "[thread][panic_payload]") {
    auto const payload = payload_of(42);

    CHECK_THROWS_AS(payload.rethrow(), int);
}

TEST_CASE("PanicPayload: outlives its thread, and may be copied and sent on",
          "[thread][panic_payload]") {
    auto const payload = payload_of(std::runtime_error("travels"));

    auto message = thread::spawn([](PanicPayload p) { return p.message(); }, payload);

    CHECK(message.join().unwrap() == "travels");
    CHECK(payload.message() == "travels");
}

TEST_CASE("PanicPayload: several threads may read it at once", "[thread][panic_payload][threads]") {
    auto const payload = payload_of(std::runtime_error("shared"));
    std::vector<int> right(4);

    on_threads(4, [&](int i) {
        for (int n = 0; n < 100; ++n) {
            right[static_cast<std::size_t>(i)] += payload.message() == "shared" ? 1 : 0;
        }
    });

    CHECK(right == std::vector<int>(4, 100));
}

TEST_CASE("PanicPayload: unwrap of a panicked join says what the thread said",
          "[thread][panic_payload]") {
    auto handle = thread::spawn([] { panic("deep inside"); });

    try {
        handle.join().unwrap();
        CHECK(false);
    } catch (Panic const& panic) { CHECK(contains(panic.what(), "deep inside")); }
}

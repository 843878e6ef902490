#include "tandem/core/detail/polling.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <source_location>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/reports.hpp"
#include "tandem/core/diagnostics.hpp"

using tandem::Diagnostic;
using tandem::Panic;
using tandem::detail::about_to_block;
using tandem::detail::BlockingAllowed;
using tandem::detail::CallSite;
using tandem::detail::checked_build;
using tandem::detail::forbid_blocking;
using tandem::detail::PollingTask;
using tandem::testing::contains;
using tandem::testing::Ended;
using tandem::testing::Reports;
using tandem::testing::run_in_child;

namespace {

/// What forbid_blocking says here, or nothing.
std::string refusal() {
    try {
        forbid_blocking("wait_for_it()", "co_await it");
        return "";
    } catch (Panic const& panic) { return panic.what(); }
}

void block(CallSite where = CallSite::current()) {
    about_to_block("waiting", "co_await it", where);
}

/// A poll that goes on for longer than a poll should.
void poll_for(std::chrono::milliseconds time, std::source_location spawned) {
    PollingTask const polling(spawned);
    std::this_thread::sleep_for(time);
}

constexpr std::chrono::milliseconds too_long{120};

}  // namespace

TEST_CASE("forbid_blocking: panics in a poll and nowhere else", "[core][polling]") {
    CHECK(refusal().empty());
    {
        PollingTask const polling(std::source_location::current());

        std::string const text = refusal();
        CHECK(contains(text, "wait_for_it() cannot block this thread"));
        CHECK(contains(text, "co_await it"));
        CHECK(contains(text, "rt::spawn_blocking"));

        std::string elsewhere = "not asked";
        std::jthread([&] { elsewhere = refusal(); }).join();
        CHECK(elsewhere.empty());
    }
    CHECK(refusal().empty());
}

TEST_CASE("forbid_blocking: the panic names the caller's line", "[core][polling]") {
    PollingTask const polling(std::source_location::current());
    try {
        forbid_blocking("it");
        FAIL("it did not panic");
    } catch (Panic const& panic) {
        CHECK(panic.location().line() == __LINE__ - 3);
        CHECK(contains(panic.location().file_name(), "polling_test.cpp"));
    }
}

TEST_CASE("forbid_blocking: polls nest, and BlockingAllowed takes it back for a while",
          "[core][polling]") {
    PollingTask const outer(std::source_location::current());
    { PollingTask const inner(std::source_location::current()); }
    CHECK_FALSE(refusal().empty());
    {
        BlockingAllowed const allowed;
        CHECK(refusal().empty());
        {
            PollingTask const inside(std::source_location::current());
            CHECK_FALSE(refusal().empty());
        }
        CHECK(refusal().empty());
    }
    CHECK_FALSE(refusal().empty());
}

TEST_CASE("about_to_block: reports a line in a poll, once", "[core][polling]") {
    Reports const reports;
    unsigned line = 0;
    {
        PollingTask const polling(std::source_location::current());
        for (int i = 0; i < 3; ++i) {
            block();
            line = __LINE__ - 1;
        }
    }
    std::vector<Diagnostic> const heard = reports.take();

    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == line);
    CHECK(contains(heard[0].location.file_name(), "polling_test.cpp"));
    CHECK(contains(heard[0].message, "polling_test.cpp:" + std::to_string(line) + ": waiting"));
    CHECK(contains(heard[0].message, "co_await it"));
}

TEST_CASE("about_to_block: another line is reported by itself", "[core][polling]") {
    Reports const reports;
    PollingTask const polling(std::source_location::current());

    block();
    block();

    CHECK(reports.take().size() == (checked_build ? 2 : 0));
}

TEST_CASE("about_to_block: silent outside of a poll and where blocking is allowed",
          "[core][polling]") {
    Reports const reports;

    block();
    PollingTask const polling(std::source_location::current());
    {
        BlockingAllowed const allowed;
        block();
    }
    std::jthread([] { block(); }).join();

    CHECK(reports.take().empty());
}

TEST_CASE("about_to_block: TANDEM_DIAGNOSTICS=abort stops at the first report", "[core][polling]") {
    Ended const ended = run_in_child([] {
        ::setenv("TANDEM_DIAGNOSTICS", "abort", 1);
        PollingTask const polling(std::source_location::current());
        block();
        return 7;
    });

    CHECK(ended.signal == (checked_build ? SIGABRT : 0));
    CHECK(ended.exit_status == (checked_build ? -1 : 7));
    CHECK(contains(ended.errors, "polling_test.cpp") == checked_build);
}

TEST_CASE("PollingTask: a poll of more than 100 ms is reported at the spawn", "[core][polling]") {
    Reports const reports;
    std::source_location const spawned = std::source_location::current();

    poll_for(too_long, spawned);
    poll_for(too_long, spawned);
    std::vector<Diagnostic> const heard = reports.take();

    if (!checked_build) {
        CHECK(heard.empty());
        return;
    }
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].location.line() == spawned.line());
    CHECK(contains(heard[0].message, "polling_test.cpp:" + std::to_string(spawned.line())));
    CHECK(contains(heard[0].message, "rt::spawn_blocking"));
    CHECK(contains(heard[0].message, "yield_now"));
}

TEST_CASE("PollingTask: a short poll is silent, and so is time in which blocking was allowed",
          "[core][polling]") {
    Reports const reports;

    { PollingTask const polling(std::source_location::current()); }
    {
        PollingTask const polling(std::source_location::current());
        BlockingAllowed const allowed;
        std::this_thread::sleep_for(too_long);
    }

    CHECK(reports.take().empty());
}

#include "tandem/core/diagnostics.hpp"

#include <atomic>
#include <latch>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using tandem::Diagnostic;
using tandem::DiagnosticsHandler;
using tandem::set_diagnostics;
using tandem::detail::report;

namespace {

/// Puts the handler that stood before back in place.
class WithHandler {
public:
    explicit WithHandler(DiagnosticsHandler handler)
        : before_(set_diagnostics(std::move(handler))) {}
    WithHandler(WithHandler const&) = delete;
    WithHandler& operator=(WithHandler const&) = delete;
    ~WithHandler() { set_diagnostics(std::move(before_)); }

private:
    DiagnosticsHandler before_;
};

Diagnostic said(std::string message) {
    return {.message = std::move(message), .location = std::source_location::current()};
}

}  // namespace

TEST_CASE("diagnostics: the handler gets what is reported", "[core][diagnostics]") {
    std::vector<std::string> heard;
    unsigned line = 0;
    WithHandler const handler([&](Diagnostic const& it) {
        heard.push_back(it.message);
        line = it.location.line();
    });

    report(said("first"));
    report({.message = "second", .location = std::source_location::current()});

    CHECK(heard == std::vector<std::string>{"first", "second"});
    CHECK(line == __LINE__ - 3);
}

TEST_CASE("diagnostics: setting a handler returns the one before", "[core][diagnostics]") {
    std::string heard;
    WithHandler const first([&](Diagnostic const&) { heard += "first "; });
    {
        WithHandler const second([&](Diagnostic const&) { heard += "second "; });
        report(said(""));
    }
    report(said(""));

    CHECK(heard == "second first ");
}

TEST_CASE("diagnostics: no handler means the default one", "[core][diagnostics]") {
    WithHandler const none(nullptr);

    auto const stands = set_diagnostics(nullptr);

    CHECK(stands != nullptr);
}

TEST_CASE("diagnostics: a handler that throws is survived", "[core][diagnostics]") {
    WithHandler const handler(
        [](Diagnostic const&) { throw std::runtime_error("in the handler"); });

    report(said("to nobody"));

    SUCCEED("report did not let the exception out");
}

TEST_CASE("diagnostics: a handler may report, and may replace itself", "[core][diagnostics]") {
    std::string heard;
    WithHandler const outer([&](Diagnostic const& it) {
        heard += it.message + " ";
        set_diagnostics([&](Diagnostic const& next) { heard += "then " + next.message; });
        report(said("again"));
    });

    report(said("once"));

    CHECK(heard == "once then again");
}

TEST_CASE("diagnostics: threads may report while others change the handler",
          "[core][diagnostics][threads]") {
    constexpr int threads = 4;
    constexpr int rounds = 500;
    std::atomic<int> heard{0};
    WithHandler const handler([&](Diagnostic const&) { ++heard; });
    std::latch start{threads};
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < threads; ++i) {
            workers.emplace_back([&, i] {
                start.arrive_and_wait();
                for (int n = 0; n < rounds; ++n) {
                    if (i == 0) {
                        set_diagnostics([&](Diagnostic const&) { ++heard; });
                    } else {
                        report(said("one of many"));
                    }
                }
            });
        }
    }

    CHECK(heard == (threads - 1) * rounds);
}

#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "tandem/core/detail/raw_mutex.hpp"

namespace tandem {

/// Something that went wrong where no caller could be told: a panic that nobody collected.
struct Diagnostic {
    std::string message;  // whole sentences, the place included
    std::source_location location;
};

using DiagnosticsHandler = std::function<void(Diagnostic const&)>;

namespace detail {

/// Writes to stderr, in one piece. With TANDEM_DIAGNOSTICS=abort in the environment the program
/// then stops on the spot, for a debugger to look around.
inline void write_diagnostic(Diagnostic const& diagnostic) {
    std::string const line = diagnostic.message + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    if (char const* const wish = std::getenv("TANDEM_DIAGNOSTICS");
        wish != nullptr && std::string_view(wish) == "abort") {
        std::abort();
    }
}

struct Diagnostics {
    RawMutex mutex;
    std::shared_ptr<DiagnosticsHandler const> handler;

    /// (Not std::make_shared, which takes three times as long to compile.)
    static std::shared_ptr<DiagnosticsHandler const> share(DiagnosticsHandler handler) {
        return std::shared_ptr<DiagnosticsHandler const>(
            new DiagnosticsHandler(std::move(handler)));
    }

    /// Never destroyed: a detached thread may report after main has returned.
    static Diagnostics& instance() {
        static auto& diagnostics =
            *new Diagnostics{.mutex = {}, .handler = share(write_diagnostic)};
        return diagnostics;
    }
};

/// Hands a diagnostic to the handler; an exception from the handler goes no further.
inline void report(Diagnostic const& diagnostic) noexcept {
    try {
        Diagnostics& diagnostics = Diagnostics::instance();
        std::shared_ptr<DiagnosticsHandler const> handler;
        {
            RawLock const lock(diagnostics.mutex);
            handler = diagnostics.handler;
        }
        (*handler)(diagnostic);  // outside the lock: it may report, or replace itself
    } catch (...) { std::fputs("tandem: the diagnostics handler threw\n", stderr); }
}

}  // namespace detail

/// Replaces what is done with a Diagnostic; the default writes it to stderr. Returns the handler
/// that stood before. The handler is called from whichever thread has something to report.
///
/// Rust: std::panic::set_hook, for panics that nobody has collected
/// C++:  std::set_terminate, but the program goes on
///
///     set_diagnostics([](Diagnostic const& d) { log(d.message); });
inline DiagnosticsHandler set_diagnostics(DiagnosticsHandler handler) {
    if (!handler) {
        handler = detail::write_diagnostic;
    }
    auto next = detail::Diagnostics::share(std::move(handler));
    detail::Diagnostics& diagnostics = detail::Diagnostics::instance();
    {
        detail::RawLock const lock(diagnostics.mutex);
        diagnostics.handler.swap(next);
    }
    return *next;
}

}  // namespace tandem

#pragma once

#include <functional>
#include <utility>

#include "tandem/core/detail/report.hpp"

namespace tandem {

using DiagnosticsHandler = std::function<void(Diagnostic const&)>;

namespace detail {

class FunctionSink : public DiagnosticsSink {
public:
    explicit FunctionSink(DiagnosticsHandler handler) : handler_(std::move(handler)) {}

    void write(Diagnostic const& diagnostic) override { handler_(diagnostic); }
    [[nodiscard]] void const* function() const noexcept override { return &handler_; }

private:
    DiagnosticsHandler handler_;
};

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
    detail::DiagnosticsSink* sink = new detail::FunctionSink(std::move(handler));
    detail::Diagnostics& diagnostics = detail::Diagnostics::instance();
    {
        detail::RawLock const lock(diagnostics.mutex);
        std::swap(diagnostics.sink, sink);
    }
    auto const* const function = static_cast<DiagnosticsHandler const*>(sink->function());
    DiagnosticsHandler before = function != nullptr ? *function : detail::write_diagnostic;
    sink->remove_owner();
    return before;
}

}  // namespace tandem

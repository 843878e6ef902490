#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/report.hpp"

namespace tandem {

using DiagnosticsHandler = std::function<void(Diagnostic const&)>;

namespace detail {

template <class Handler>
class FunctionSink : public DiagnosticsSink {
public:
    explicit FunctionSink(Handler handler) : handler_(std::move(handler)) {}

    void write(Diagnostic const& diagnostic) override { handler_(diagnostic); }
    [[nodiscard]] void const* function() const noexcept override { return &handler_; }

private:
    Handler handler_;
};

}  // namespace detail

/// Replaces what is done with a Diagnostic; the default writes it to stderr. Returns the handler
/// that stood before. The handler is called from whichever thread has something to report.
///
/// Rust: std::panic::set_hook, for panics that nobody has collected
/// C++:  std::set_terminate, but the program goes on
///
///     set_diagnostics([](Diagnostic const& d) { log(d.message); });
template <class Handler = DiagnosticsHandler>  // so that only who calls it compiles a std::function
Handler set_diagnostics(std::type_identity_t<Handler> handler) {
    if (!handler) {
        handler = detail::write_diagnostic;
    }
    detail::DiagnosticsSink* sink = new detail::FunctionSink<Handler>(std::move(handler));
    detail::Diagnostics& diagnostics = detail::Diagnostics::instance();
    {
        detail::RawLock const lock(diagnostics.mutex);
        std::swap(diagnostics.sink, sink);
    }
    auto const* const function = static_cast<Handler const*>(sink->function());
    Handler before = function != nullptr ? *function : detail::write_diagnostic;
    sink->remove_owner();
    return before;
}

}  // namespace tandem

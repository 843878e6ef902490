#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <source_location>
#include <string>

#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem {

/// Something that went wrong where no caller could be told: a panic that nobody collected, or a
/// mistake that a checked build has seen.
struct Diagnostic {
    std::string message;  // whole sentences, the place included
    std::source_location location;
};

namespace detail {

/// Writes to stderr, in one piece. With TANDEM_DIAGNOSTICS=abort in the environment the program
/// then stops on the spot, for a debugger to look around.
inline void write_diagnostic(Diagnostic const& diagnostic) {
    std::string const line = diagnostic.message + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    if (char const* const wish = std::getenv("TANDEM_DIAGNOSTICS");
        wish != nullptr && std::strcmp(wish, "abort") == 0) {
        std::abort();
    }
}

/// What diagnostics go to. Not a std::function, for a lock must be able to report, and its header
/// is not to pay for that one. Whoever calls it owns a share of it meanwhile.
class DiagnosticsSink {
public:
    DiagnosticsSink() = default;
    DiagnosticsSink(DiagnosticsSink const&) = delete;
    DiagnosticsSink& operator=(DiagnosticsSink const&) = delete;

    virtual void write(Diagnostic const& diagnostic) { write_diagnostic(diagnostic); }
    /// The std::function in it, if there is one.
    [[nodiscard]] virtual void const* function() const noexcept { return nullptr; }

    void add_owner() noexcept { owners_.add(); }
    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

protected:
    virtual ~DiagnosticsSink() = default;

private:
    RefCount owners_{1};
};

/// A check's report of one line is made once, however often the line is run.
struct ReportedSite {
    char const* check;
    std::source_location where;
    ReportedSite* next;
};

struct Diagnostics {
    RawMutex mutex;
    DiagnosticsSink* sink = new DiagnosticsSink;
    ReportedSite* reported = nullptr;

    /// Never destroyed: a detached thread may report after main has returned.
    static Diagnostics& instance() {
        static auto& diagnostics = *new Diagnostics;
        return diagnostics;
    }
};

/// Hands a diagnostic to the handler; an exception from the handler goes no further.
inline void report(Diagnostic const& diagnostic) noexcept {
    try {
        Diagnostics& diagnostics = Diagnostics::instance();
        DiagnosticsSink* sink = nullptr;
        {
            RawLock const lock(diagnostics.mutex);
            sink = diagnostics.sink;
            sink->add_owner();
        }
        struct Share {
            DiagnosticsSink& sink;
            ~Share() { sink.remove_owner(); }
        } const share{*sink};
        sink->write(diagnostic);  // outside the lock: it may report, or replace itself
    } catch (...) { std::fputs("tandem: the diagnostics handler threw\n", stderr); }
}

/// True for the first who asks, for this check and this line.
inline bool is_first_report(char const* check, std::source_location const& where) {
    Diagnostics& diagnostics = Diagnostics::instance();
    RawLock const lock(diagnostics.mutex);
    for (ReportedSite* site = diagnostics.reported; site != nullptr; site = site->next) {
        if (site->where.line() == where.line() && std::strcmp(site->check, check) == 0 &&
            std::strcmp(site->where.file_name(), where.file_name()) == 0) {
            return false;
        }
    }
    diagnostics.reported = new ReportedSite{check, where, diagnostics.reported};
    return true;
}

/// "file.cpp:12: " and the message, unless this check has reported this line before. A place that
/// nobody knows has no line.
[[gnu::cold]] inline void report_once(char const* check, std::source_location const& where,
                                      std::string const& message) noexcept {
    try {
        if (is_first_report(check, where)) {
            bool const known = where.line() != 0;
            report({.message = known ? place(where) + ": " + message : message, .location = where});
        }
    } catch (...) { std::fputs("tandem: no memory for a diagnostic\n", stderr); }
}

}  // namespace detail
}  // namespace tandem

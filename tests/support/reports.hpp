// Listens to the library's diagnostics in place of stderr, for as long as it lives.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tandem/core/diagnostics.hpp"

namespace tandem::testing {

class Reports {
public:
    Reports()
        : before_(set_diagnostics([heard = heard_](Diagnostic const& diagnostic) {
              std::lock_guard const lock(heard->mutex);
              heard->diagnostics.push_back(diagnostic);
              heard->came.notify_all();
          })) {}
    Reports(Reports const&) = delete;
    Reports& operator=(Reports const&) = delete;
    ~Reports() { set_diagnostics(std::move(before_)); }

    /// Sleeps until `count` have come, and takes all there are. One that never comes hangs here.
    [[nodiscard]] std::vector<Diagnostic> wait_for(std::size_t count) const {
        std::unique_lock lock(heard_->mutex);
        heard_->came.wait(lock, [&] { return heard_->diagnostics.size() >= count; });
        return std::exchange(heard_->diagnostics, {});
    }
    [[nodiscard]] std::vector<Diagnostic> take() const { return wait_for(0); }

private:
    struct Heard {
        std::mutex mutex;
        std::condition_variable came;
        std::vector<Diagnostic> diagnostics;
    };

    // Shared: a detached thread may still be inside the handler when this object's life ends.
    std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
    DiagnosticsHandler before_;
};

[[nodiscard]] inline bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace tandem::testing

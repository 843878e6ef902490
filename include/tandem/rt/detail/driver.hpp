#pragma once

#include <system_error>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/parker.hpp"
#include "tandem/rt/detail/time_driver.hpp"
#if defined(__linux__)
#include "tandem/rt/detail/reactor.hpp"
#endif

namespace tandem::rt::detail {

#if !defined(__linux__)
/// Elsewhere there are no sockets yet, and a runtime's thread sleeps on its timers alone.
class Reactor;
#endif

/// What a runtime's thread sleeps on when there is nothing to run, and what it looks after now and
/// then when there is: descriptors and timers. One thread at a time.
///
/// Rust: the Driver of tokio's runtimes
class Driver final : public DriverUnpark {
public:
    explicit Driver(Clock::Pausing pausing) : time_(TimeShared::create(*this, pausing)) {}
    Driver(Driver const&) = delete;
    Driver& operator=(Driver const&) = delete;
    ~Driver() {
        time_->remove_owner();
#if defined(__linux__)
        if (reactor_ != nullptr) {
            reactor_->remove_owner();
        }
#endif
    }

    [[nodiscard]] TimeShared& time() noexcept { return *time_; }
    /// Null if descriptors are not enabled.
    [[nodiscard]] Reactor* reactor() const noexcept { return reactor_; }

    /// Before anybody sleeps here. An error: the process may open no more descriptors.
    [[nodiscard]] std::error_code enable_io() {
#if defined(__linux__)
        auto reactor = Reactor::create();
        if (reactor.is_err()) {
            return reactor.error();
        }
        reactor_ = *reactor;
#endif
        return {};
    }

    /// Sleeps until something has happened: an unpark, news of a descriptor, a timer that is due.
    void park() noexcept {
        static_cast<void>(wait(time_->driver.next_deadline()));
        time_->driver.fire_due();
    }
    /// As park; but if time is paused it goes on to the next timer instead, unless something else
    /// has happened first.
    void park_or_advance() noexcept {
        if (time_->driver.clock().is_paused()) {
            if (wait(Deadline{0}) || time_->driver.advance_to_next()) {
                time_->driver.fire_due();
                return;
            }
        }
        park();
    }
    /// Looks after what has happened, and does not sleep.
    void poll() noexcept {
        if (reactor_ != nullptr) {
            static_cast<void>(wait(Deadline{0}));
        }
        time_->driver.fire_due();
    }

    /// Wakes the thread that sleeps here, or who comes next. From any thread.
    void unpark_driver() noexcept override {
#if defined(__linux__)
        if (reactor_ != nullptr) {
            reactor_->unpark();
            return;
        }
#endif
        parker_.unpark();
    }

    /// Nothing happens here any more: who waits for it is told.
    void shut_down() noexcept {
        time_->driver.shutdown();
#if defined(__linux__)
        if (reactor_ != nullptr) {
            reactor_->shut_down();
        }
#endif
    }

private:
    /// True if it was unparked, or a descriptor has news.
    [[nodiscard]] bool wait(Deadline deadline) noexcept {
#if defined(__linux__)
        if (reactor_ != nullptr) {
            return reactor_->turn(deadline);
        }
#endif
        return parker_.park_until(deadline);
    }

    Parker parker_;
    Reactor* reactor_ = nullptr;
    TimeShared* time_;
};

}  // namespace tandem::rt::detail

#pragma once

#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/sync/detail/raw_once.hpp"

namespace tandem::sync {

/// What call_once_force tells its function.
///
/// Rust: std::sync::OnceState
class OnceState {
public:
    explicit constexpr OnceState(bool poisoned) noexcept : poisoned_(poisoned) {}

    /// An earlier attempt failed half-way.
    [[nodiscard]] constexpr bool is_poisoned() const noexcept { return poisoned_; }

private:
    bool poisoned_;
};

/// Something that happens once, however many threads ask for it; all of them wait until it has.
///
/// Rust:      std::sync::Once
/// C++:       std::once_flag with std::call_once
/// Errors:    a function that throws poisons the Once: the exception goes to its caller, and every
///            later call_once panics. (std::call_once would try again, as call_once_force does.) A
///            function that calls the same Once again waits for itself for ever.
///
///     static Once opened;
///     opened.call_once([] { open_log(); });
class Once {
public:
    using tandem_send = void;
    using tandem_sync = void;

    constexpr Once() noexcept = default;
    Once(Once const&) = delete;
    Once& operator=(Once const&) = delete;

    /// Calls `fn(args...)` if nobody has; else waits until that is done.
    template <class Fn, class... Args>
    void call_once(Fn&& fn, Args&&... args) const {
        if (Attempt attempt(raw_); attempt.is_mine()) {
            if (attempt.is_poisoned()) {
                detail::raise("this Once is poisoned: the function it was to call once has thrown");
            }
            detail::call(std::forward<Fn>(fn), std::forward<Args>(args)...);
            attempt.succeeded();
        }
    }

    /// As call_once, but takes up again what failed before: calls `fn(OnceState, args...)`.
    template <class Fn, class... Args>
    void call_once_force(Fn&& fn, Args&&... args) const {
        if (Attempt attempt(raw_); attempt.is_mine()) {
            detail::call(std::forward<Fn>(fn), OnceState(attempt.is_poisoned()),
                         std::forward<Args>(args)...);
            attempt.succeeded();
        }
    }

    /// True once it has happened: what it wrote is then ours to read.
    [[nodiscard]] bool is_completed() const noexcept { return raw_.is_complete(); }

    /// Sleeps until it has happened, also through attempts that fail.
    void wait() const noexcept { raw_.wait(); }

private:
    /// One caller's turn: poisons the Once unless it is told of success.
    class Attempt {
    public:
        explicit Attempt(detail::RawOnce& raw) noexcept
            : raw_(raw), before_(raw.is_complete() ? detail::RawOnce::complete : raw.begin()) {}
        Attempt(Attempt const&) = delete;
        Attempt& operator=(Attempt const&) = delete;
        ~Attempt() {
            if (is_mine()) {
                raw_.end(outcome_);
            }
        }

        [[nodiscard]] bool is_mine() const noexcept { return before_ != detail::RawOnce::complete; }
        [[nodiscard]] bool is_poisoned() const noexcept {
            return before_ == detail::RawOnce::poisoned;
        }
        void succeeded() noexcept { outcome_ = detail::RawOnce::complete; }

    private:
        detail::RawOnce& raw_;
        detail::RawOnce::State before_;
        detail::RawOnce::State outcome_ = detail::RawOnce::poisoned;
    };

    mutable detail::RawOnce raw_;
};

}  // namespace tandem::sync

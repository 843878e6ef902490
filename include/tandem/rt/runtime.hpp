#pragma once

#include <chrono>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/rt/handle.hpp"

namespace tandem::rt {

class Builder;

/// Threads, timers and a queue: what runs tasks. Made by a Builder.
///
/// Rust:   tokio::runtime::Runtime
/// C++:    an executor with its context, and nothing to start or stop by hand
/// Errors: block_on inside of a runtime panics, for the thread is needed there
/// Cancel: when the Runtime ends, each of its tasks is dropped where it waits; it waits itself for
///         what runs just now, blocking functions included. shutdown_timeout waits no longer than
///         it is told, shutdown_background not at all
///
///     Runtime const rt = Builder::new_multi_thread().enable_all().build().unwrap();
///     int const answer = rt.block_on(compute());
class Runtime {
public:
    using tandem_send = void;
    using tandem_sync = void;

    Runtime(Runtime&& other) noexcept
        : handle_(std::move(other.handle_)), runs_(std::exchange(other.runs_, false)) {}
    Runtime& operator=(Runtime&& other) noexcept {
        Runtime last(std::move(other));
        std::swap(handle_, last.handle_);
        std::swap(runs_, last.runs_);
        return *this;
    }
    ~Runtime() { end(detail::never); }

    /// Runs one future to its end on this thread, which meanwhile is the runtime's: what the
    /// future spawns runs beside it. An exception from the future comes out here.
    template <class F>
    auto block_on(F&& future, detail::Site site = detail::Site::current()) const {
        return handle_.block_on(std::forward<F>(future), site);
    }

    /// As rt::spawn, from anywhere.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    auto spawn(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
               detail::Site site = detail::Site::current()) const {
        return handle_.spawn(std::forward<Fn>(fn), std::forward<A>(a), std::forward<B>(b),
                             std::forward<C>(c), std::forward<D>(d), std::forward<E>(e),
                             std::forward<F>(f), site);
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    auto spawn(Fn&& fn, Args&&... args) const {
        return handle_.spawn(std::forward<Fn>(fn), std::forward<Args>(args)...);
    }

    /// As rt::spawn_blocking, from anywhere.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    auto spawn_blocking(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                        F&& f = {}, detail::Site site = detail::Site::current()) const {
        return handle_.spawn_blocking(std::forward<Fn>(fn), std::forward<A>(a), std::forward<B>(b),
                                      std::forward<C>(c), std::forward<D>(d), std::forward<E>(e),
                                      std::forward<F>(f), site);
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    auto spawn_blocking(Fn&& fn, Args&&... args) const {
        return handle_.spawn_blocking(std::forward<Fn>(fn), std::forward<Args>(args)...);
    }

    /// To spawn on it from elsewhere. Clone it to keep it.
    [[nodiscard]] Handle const& handle() const& noexcept { return handle_; }
    Handle const& handle() const&& = delete;

    /// This thread belongs to the runtime, until the guard ends.
    [[nodiscard]] EnterGuard enter() const { return handle_.enter(); }

    /// What it has done so far. Include "tandem/rt/metrics.hpp".
    [[nodiscard]] RuntimeMetrics metrics() const;
    /// What its tasks are doing. Include "tandem/rt/dump.hpp".
    template <class Made = Dump>  // a template, for Dump is complete only there
    [[nodiscard]] Made dump() const;

    /// Ends it; waits for blocking functions no longer than this. They go on by themselves then.
    template <class Rep, class Period>
    void shutdown_timeout(std::chrono::duration<Rep, Period> timeout) {
        end(detail::deadline_after(timeout));
    }
    /// Ends it without waiting, so that it may be called in a task, too.
    void shutdown_background() { end(detail::Deadline{0}); }

private:
    friend class Builder;

    explicit Runtime(Handle handle) noexcept : handle_(std::move(handle)) {}

    void end(detail::Deadline deadline) noexcept {
        if (std::exchange(runs_, false)) {
            detail::shut_down(handle_.shared(), deadline);
        }
    }

    Handle handle_;
    bool runs_ = true;
};

}  // namespace tandem::rt

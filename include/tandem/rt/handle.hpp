#pragma once

#include <optional>
#include <source_location>
#include <utility>

#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/spawning.hpp"

namespace tandem::rt {

class Dump;
class RuntimeMetrics;

/// Which kind of runtime it is. Rust: tokio::runtime::RuntimeFlavor
enum class RuntimeFlavor { current_thread, multi_thread };

/// As long as it lives, this thread belongs to a runtime: rt::spawn and timers work here.
///
/// Rust: tokio::runtime::EnterGuard
class [[nodiscard("the thread leaves the runtime when this ends")]] EnterGuard {
public:
    using tandem_send = tandem::detail::Never;

    explicit EnterGuard(detail::RuntimeShared& runtime) noexcept : entered_(runtime) {}

private:
    detail::Entered entered_;
};

/// A runtime as others hold it: to spawn on it, from any thread. It does not keep the runtime
/// going; what is spawned after its end is cancelled.
///
/// Rust:   tokio::runtime::Handle
/// Errors: current() outside of a runtime panics; try_current() does not. block_on inside of one
///         panics, for the thread is needed there.
///
///     Handle const handle = Handle::current();
///     auto task = handle.spawn(fetch, url);
class Handle {
public:
    using tandem_send = void;
    using tandem_sync = void;

    /// For a runtime: one more owner.
    explicit Handle(detail::RuntimeShared& runtime) noexcept : runtime_(&runtime) {
        runtime.add_owner();
    }
    Handle(Handle&& other) noexcept : runtime_(std::exchange(other.runtime_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        Handle last(std::move(other));
        std::swap(runtime_, last.runtime_);
        return *this;
    }
    ~Handle() {
        if (runtime_ != nullptr) {
            runtime_->remove_owner();
        }
    }

    /// The runtime that this thread belongs to.
    [[nodiscard]] static Handle current() {
        return Handle(detail::current_runtime("Handle::current()"));
    }
    template <class Found = Handle>  // a template, for Handle is complete only below
    [[nodiscard]] static std::optional<Found> try_current() noexcept {
        detail::RuntimeShared* const runtime = detail::find_current_runtime();
        return runtime != nullptr ? std::optional<Found>(std::in_place, *runtime) : std::nullopt;
    }

    [[nodiscard]] Handle clone() const { return Handle(checked()); }

    /// As rt::spawn, from anywhere.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    auto spawn(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
               detail::Site site = detail::Site::current()) const {
        return detail::with_given(
            [&]<class... Args>(Args&&... args) {
                return detail::spawn_on(checked(), site, std::forward<Fn>(fn),
                                        std::forward<Args>(args)...);
            },
            std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
            std::forward<E>(e), std::forward<F>(f));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    auto spawn(Fn&& fn, Args&&... args) const {
        return detail::spawn_on(checked(), detail::Site(), std::forward<Fn>(fn),
                                std::forward<Args>(args)...);
    }

    /// As rt::spawn_blocking, from anywhere.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    auto spawn_blocking(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                        F&& f = {}, detail::Site site = detail::Site::current()) const {
        return detail::with_given(
            [&]<class... Args>(Args&&... args) {
                return detail::spawn_blocking_on(checked(), site, std::forward<Fn>(fn),
                                                 std::forward<Args>(args)...);
            },
            std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
            std::forward<E>(e), std::forward<F>(f));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    auto spawn_blocking(Fn&& fn, Args&&... args) const {
        return detail::spawn_blocking_on(checked(), detail::Site(), std::forward<Fn>(fn),
                                         std::forward<Args>(args)...);
    }

    /// As Runtime::block_on.
    template <class F>
    auto block_on(F&& future, detail::Site site = detail::Site::current()) const {
        return detail::block_on(checked(), std::forward<F>(future), site);
    }

    /// This thread belongs to the runtime, until the guard ends.
    [[nodiscard]] EnterGuard enter() const { return EnterGuard(checked()); }

    [[nodiscard]] RuntimeFlavor runtime_flavor() const {
        return checked().is_multi_thread() ? RuntimeFlavor::multi_thread
                                           : RuntimeFlavor::current_thread;
    }

    /// What it has done so far. Include "tandem/rt/metrics.hpp".
    [[nodiscard]] RuntimeMetrics metrics() const;

    /// What its tasks are doing. Include "tandem/rt/dump.hpp".
    template <class Made = Dump>  // a template, for Dump is complete only there
    [[nodiscard]] Made dump() const;

    /// For the library's own use.
    [[nodiscard]] detail::RuntimeShared& shared() const { return checked(); }

private:
    [[nodiscard]] detail::RuntimeShared& checked() const {
        if (runtime_ == nullptr) [[unlikely]] {
            detail::raise("this Handle was moved from");
        }
        return *runtime_;
    }

    detail::RuntimeShared* runtime_;  // null once moved from
};

}  // namespace tandem::rt

#pragma once

#include <cstddef>

#include "tandem/core/detail/polling.hpp"
#include "tandem/sync/detail/raw_barrier.hpp"

namespace tandem::sync {

/// What a barrier's wait tells each thread.
///
/// Rust: std::sync::BarrierWaitResult
/// C++:  the completion function of std::barrier, which one thread runs
class BarrierWaitResult {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit constexpr BarrierWaitResult(bool leader) noexcept : leader_(leader) {}

    /// True for exactly one thread a round.
    [[nodiscard]] constexpr bool is_leader() const noexcept { return leader_; }

private:
    bool leader_;
};

/// A point in the program where `n` threads wait for each other, as often as they like.
///
/// Rust:      std::sync::Barrier
/// C++:       std::barrier
/// Errors:    fewer than `n` threads wait for ever. Barrier(0) waits for nobody, as Barrier(1).
/// Unchecked: destroying it while a thread is inside wait(); an Arc<Barrier> cannot do that.
///
///     auto start = make_arc<Barrier>(3);
///     …
///     if (start->wait().is_leader()) { … }
class Barrier {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit constexpr Barrier(std::size_t n) noexcept : raw_(n) {}
    Barrier(Barrier const&) = delete;
    Barrier& operator=(Barrier const&) = delete;

    /// Waits until `n` threads have come.
    BarrierWaitResult wait(detail::CallSite where = detail::CallSite::current()) const noexcept {
        detail::about_to_block("Barrier::wait", "co_await an async::Barrier's wait()", where);
        return BarrierWaitResult(raw_.arrive_and_wait());
    }

private:
    mutable detail::RawBarrier raw_;
};

}  // namespace tandem::sync

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/detail/wait_list.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/raise.hpp"

namespace tandem::async {

/// What a barrier's wait tells each task.
///
/// Rust: tokio::sync::BarrierWaitResult
/// C++:  the completion function of std::barrier, which runs once a round
class BarrierWaitResult {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit constexpr BarrierWaitResult(bool leader) noexcept : leader_(leader) {}

    /// True for exactly one task a round: the one that came last.
    [[nodiscard]] constexpr bool is_leader() const noexcept { return leader_; }

private:
    bool leader_;
};

class BarrierWait;

/// A point in the program where `n` tasks wait for each other, as often as they like.
///
/// Rust:      tokio::sync::Barrier
/// C++:       std::barrier, which stops threads
/// Unchecked: a wait that outlives its barrier
/// Errors:    fewer than `n` tasks wait for ever. Barrier(0) waits for nobody, as Barrier(1).
///
///     auto start = make_arc<Barrier>(3);
///     …
///     if ((co_await start->wait()).is_leader()) { … }
class Barrier {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit constexpr Barrier(std::size_t n) noexcept : n_(n == 0 ? 1 : n) {}
    Barrier(Barrier const&) = delete;
    Barrier& operator=(Barrier const&) = delete;

    /// A future of the moment when `n` tasks have come; one comes with its first poll.
    [[nodiscard]] BarrierWait wait() const& noexcept;
    BarrierWait wait() const&& = delete;  // it would outlive what it waits for

private:
    friend class BarrierWait;

    /// It may pass once its round is over.
    struct Waiter : detail::Waiter {
        std::uint64_t round = 0;
    };

    [[nodiscard]] Waiter* first() const noexcept { return static_cast<Waiter*>(waiters_.front()); }

    /// Under the lock: takes those of earlier rounds, who stand in front. False if the batch has no
    /// room for all of them.
    bool take_all_before(std::uint64_t now, detail::WakeBatch& batch) const noexcept {
        while (first() != nullptr && first()->round < now) {
            if (batch.full()) {
                return false;
            }
            batch.take(*waiters_.pop_front());
        }
        return true;
    }

    std::size_t const n_;

    // A `const` Barrier can be waited at: what follows is changed under the lock alone.
    mutable detail::RawMutex mutex_;
    mutable std::size_t arrived_ = 0;  // in this round
    mutable std::uint64_t round_ = 0;
    mutable detail::WaitList waiters_;
};

/// A future of the moment when all have come to a barrier.
///
/// Rust:   what tokio's Barrier::wait returns
/// Cancel: it is as if it had never come; tokio's stays counted
/// Wakes:  the one who comes last
class [[nodiscard]] BarrierWait {
public:
    using Output = BarrierWaitResult;

    BarrierWait(BarrierWait&& other, detail::CallSite where = detail::CallSite::current()) noexcept
        : barrier_(other.barrier_) {
        detail::check_move("the future of wait()", other.stage_ == Stage::waits, where);
    }
    BarrierWait& operator=(BarrierWait&&) = delete;
    ~BarrierWait() {
        if (stage_ == Stage::waits) {
            leave();
        }
    }

    template <class Answer = Poll<BarrierWaitResult>>  // so that only who waits compiles it
    Answer poll(Context& cx) {
        switch (stage_) {
            case Stage::fresh: return arrive<Answer>(cx);
            case Stage::waits: return wait<Answer>(cx);
            default: detail::raise("this future was ready before: it is not polled again");
        }
    }

private:
    friend class Barrier;

    enum class Stage : unsigned char { fresh, waits, over };

    explicit BarrierWait(Barrier const& barrier) noexcept : barrier_(&barrier) {}

    template <class Answer>
    Answer arrive(Context& cx) noexcept {
        std::optional<Waker> mine(cx.waker().clone());  // ends after the lock, as does the batch
        for (bool all = false; !all;) {
            detail::WakeBatch batch;
            detail::RawLock const lock(barrier_->mutex_);
            if (stage_ == Stage::fresh && !come_last()) {
                barrier_->waiters_.push_back(waiter_);
                std::swap(waiter_.waker, mine);
                return Answer::pending();
            }
            all = barrier_->take_all_before(waiter_.round + 1, batch);
        }
        return Answer::ready(BarrierWaitResult(true));
    }

    /// Under the lock: counts us. True if that ends the round.
    bool come_last() noexcept {
        waiter_.round = barrier_->round_;
        if (++barrier_->arrived_ < barrier_->n_) {
            stage_ = Stage::waits;
            return false;
        }
        barrier_->arrived_ = 0;
        ++barrier_->round_;
        stage_ = Stage::over;
        return true;
    }

    template <class Answer>
    Answer wait(Context& cx) noexcept {
        std::optional<Waker> mine;  // ends after the lock, as does the one it replaces
        for (;;) {
            {
                detail::RawLock const lock(barrier_->mutex_);
                if (waiter_.round != barrier_->round_) {
                    barrier_->waiters_.remove(waiter_);
                    stage_ = Stage::over;
                    return Answer::ready(BarrierWaitResult(false));
                }
                if (waiter_.waker->will_wake(cx.waker())) {
                    return Answer::pending();
                }
                if (mine) {
                    std::swap(waiter_.waker, mine);
                    return Answer::pending();
                }
            }
            mine.emplace(cx.waker().clone());
        }
    }

    void leave() noexcept {
        std::optional<Waker> last;  // ends after the lock
        detail::RawLock const lock(barrier_->mutex_);
        if (waiter_.round == barrier_->round_) {
            --barrier_->arrived_;
        }
        barrier_->waiters_.remove(waiter_);
        std::swap(waiter_.waker, last);
    }

    Barrier const* barrier_;
    Barrier::Waiter waiter_;
    Stage stage_ = Stage::fresh;
};

inline BarrierWait Barrier::wait() const& noexcept { return BarrierWait(*this); }

}  // namespace tandem::async

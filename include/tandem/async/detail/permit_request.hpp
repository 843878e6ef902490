#pragma once

#include <cstddef>
#include <utility>

#include "tandem/async/detail/batch_semaphore.hpp"
#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/raise.hpp"

namespace tandem::async::detail {

/// One wish for permits, as a part of a future: nothing happens before the first poll. If it is
/// dropped before it has them, it leaves the list, and what it was given goes to the next.
class PermitRequest {
public:
    PermitRequest(BatchSemaphore& semaphore, std::size_t wanted) noexcept
        : semaphore_(&semaphore), wanted_(wanted), waiter_(wanted) {}
    PermitRequest(PermitRequest&& other, CallSite where = CallSite::current()) noexcept
        : PermitRequest(*other.semaphore_, other.wanted_) {
        check_move("a future of a lock or a permit", other.stage_ == Stage::waits, where);
    }
    PermitRequest& operator=(PermitRequest&&) = delete;
    ~PermitRequest() {
        if (stage_ == Stage::waits) [[unlikely]] {
            semaphore_->cancel(waiter_, wanted_);
        }
    }

    [[nodiscard]] Acquired poll(Context& cx) {
        if (!cx.poll_proceed()) [[unlikely]] {
            return Acquired::not_yet;
        }
        if (stage_ == Stage::fresh) [[likely]] {
            if (auto const acquired = semaphore_->try_acquire(wanted_);
                acquired != Acquired::not_yet) [[likely]] {
                stage_ = Stage::over;
                cx.made_progress();
                return acquired;
            }
        }
        return wait(cx);
    }

    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

private:
    enum class Stage : unsigned char { fresh, waits, over };

    [[gnu::noinline]] Acquired wait(Context& cx) {
        if (stage_ == Stage::over) [[unlikely]] {
            raise("this future was ready before: it is not polled again");
        }
        bool const first = std::exchange(stage_, Stage::waits) == Stage::fresh;
        Acquired const acquired = semaphore_->poll(waiter_, cx.waker(), first);
        if (acquired == Acquired::closed) {
            semaphore_->cancel(waiter_, wanted_);
        }
        if (acquired != Acquired::not_yet) {
            stage_ = Stage::over;
            cx.made_progress();
        }
        return acquired;
    }

    BatchSemaphore* semaphore_;
    std::size_t wanted_;
    PermitWaiter waiter_;
    Stage stage_ = Stage::fresh;
};

/// One permit that is given back when destroyed, if it is held.
class HeldPermit {
public:
    explicit HeldPermit(BatchSemaphore& semaphore, bool held = true) noexcept
        : semaphore_(&semaphore), held_(held) {}
    HeldPermit(HeldPermit&& other) noexcept
        : semaphore_(other.semaphore_), held_(std::exchange(other.held_, false)) {}
    HeldPermit& operator=(HeldPermit&&) = delete;
    ~HeldPermit() {
        if (held_) {
            semaphore_->release(1);
        }
    }

    [[nodiscard]] explicit operator bool() const noexcept { return held_; }
    void hold() noexcept { held_ = true; }
    void forget() noexcept { held_ = false; }

private:
    BatchSemaphore* semaphore_;
    bool held_;
};

}  // namespace tandem::async::detail

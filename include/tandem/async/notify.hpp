#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/detail/wait_list.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"

namespace tandem::async {

class Notified;

/// Tells tasks that something has happened, and nothing else: what, they look up themselves.
///
/// notify_one while nobody waits is kept for the next who comes, but only once, however often it
/// is called. notify_waiters is for all who asked before, and is not kept.
///
/// Rust:      tokio::sync::Notify
/// C++:       std::condition_variable, without a mutex, and which remembers one notify_one
/// Unchecked: a Notified that outlives its Notify
///
///     Notify changed;
///     while (!done()) { co_await changed.notified(); }
///     …
///     changed.notify_one();    // elsewhere, after done() became true
class Notify {
public:
    using tandem_send = void;
    using tandem_sync = void;

    constexpr Notify() noexcept {}
    Notify(Notify const&) = delete;
    Notify& operator=(Notify const&) = delete;

    /// A future of the next notification. It gets a notify_waiters from now on; it stands in the
    /// queue for a notify_one from its first poll on, or its enable().
    [[nodiscard]] Notified notified() const& noexcept;
    Notified notified() const&& = delete;  // it would outlive what it waits for

    /// Notifies the one who has waited longest, or else the next who comes.
    void notify_one() const noexcept { notify(End::first); }
    /// Notifies the one who came last, or else the next who comes.
    void notify_last() const noexcept { notify(End::last); }

    /// Notifies all who asked before this call.
    void notify_waiters() const noexcept {
        std::uint64_t over = 0;  // the rounds before this one
        for (bool all = false; !all;) {
            detail::WakeBatch batch;  // ends after the lock
            detail::RawLock const lock(mutex_);
            over = over == 0 ? ++round_ : over;
            all = take_all_before(over, batch);
        }
    }

private:
    friend class Notified;

    enum class End : unsigned char { neither, first, last };

    /// It is notified once it was told so, or its round is over.
    struct Waiter : detail::Waiter {
        explicit Waiter(std::uint64_t now) noexcept : round(now) {}

        std::uint64_t round;
        End told = End::neither;  // by notify_one or notify_last
    };

    // A `const` Notify can be waited for: what follows is changed under the lock alone.

    /// Under the lock. False if the batch has no room for all of them.
    bool take_all_before(std::uint64_t over, detail::WakeBatch& batch) const noexcept {
        while (first() != nullptr && first()->round < over) {
            if (batch.full()) {
                return false;
            }
            batch.take(unlink(*first()));
        }
        return true;
    }

    void notify(End end) const noexcept {
        detail::WakeBatch batch;  // ends after the lock
        detail::RawLock const lock(mutex_);
        notify_locked(end, batch);
    }

    /// Under the lock.
    void notify_locked(End end, detail::WakeBatch& batch) const noexcept {
        Waiter* const waiter = end == End::first ? first_of_this_round() : last_of_this_round();
        if (waiter == nullptr) {
            permit_ = true;
            return;
        }
        waiter->told = end;
        batch.take(unlink(*waiter));
    }

    [[nodiscard]] Waiter* first() const noexcept { return static_cast<Waiter*>(waiters_.front()); }

    // Those of an earlier round are notified already, and about to be taken out. They stand in
    // front, for one who comes in an earlier round is not put into the list any more.
    [[nodiscard]] Waiter* first_of_this_round() const noexcept {
        Waiter* waiter = first();
        while (waiter != nullptr && waiter->round != round_) {
            waiter = static_cast<Waiter*>(waiter->next);
        }
        return waiter;
    }
    [[nodiscard]] Waiter* last_of_this_round() const noexcept {
        return last_ != nullptr && last_->round == round_ ? last_ : nullptr;
    }

    void link(Waiter& waiter) const noexcept {
        waiters_.push_back(waiter);
        last_ = &waiter;
    }
    Waiter& unlink(Waiter& waiter) const noexcept {  // if it is there
        if (last_ == &waiter) {
            last_ = static_cast<Waiter*>(waiter.previous);
        }
        waiters_.remove(waiter);
        return waiter;
    }

    mutable detail::RawMutex mutex_;
    mutable bool permit_ = false;      // a notify_one that nobody has had yet
    mutable std::uint64_t round_ = 0;  // how many notify_waiters there were
    mutable detail::WaitList waiters_;
    mutable Waiter* last_ = nullptr;
};

/// A future of a notification.
///
/// Rust:   tokio::sync::futures::Notified
/// Cancel: it loses its place in the queue; a notify_one that it got goes to the next
/// Wakes:  whoever notifies
class [[nodiscard]] Notified {
public:
    using Output = void;

    Notified(Notified&& other, detail::CallSite where = detail::CallSite::current()) noexcept
        : notify_(other.notify_), waiter_(other.waiter_.round) {
        detail::check_move("the future of notified()", other.stage_ == Stage::waits, where);
    }
    Notified& operator=(Notified&&) = delete;
    ~Notified() {
        if (stage_ == Stage::waits) {
            cancel();
        }
    }

    Poll<void> poll(Context& cx) noexcept {
        std::optional<Waker> mine;  // ends after the lock, as does the one it replaces
        if (stage_ == Stage::fresh) {
            mine.emplace(cx.waker().clone());
        }
        for (;;) {
            {
                detail::RawLock const lock(notify_->mutex_);
                if (take_or_queue()) {
                    return Poll<void>::ready();
                }
                if (waiter_.waker && waiter_.waker->will_wake(cx.waker())) {
                    return Poll<void>::pending();
                }
                if (mine) {
                    std::swap(waiter_.waker, mine);
                    return Poll<void>::pending();
                }
            }
            mine.emplace(cx.waker().clone());
        }
    }

    /// Stands in the queue from now on, without a poll; it is not moved any more. True: it is
    /// notified already, and the next poll is ready.
    bool enable() noexcept {
        detail::RawLock const lock(notify_->mutex_);
        return take_or_queue();
    }

private:
    friend class Notify;

    enum class Stage : unsigned char { fresh, waits, over };

    Notified(Notify const& notify, std::uint64_t round) noexcept
        : notify_(&notify), waiter_(round) {}

    /// Under the lock. True once it is notified; then also later.
    bool take_or_queue() noexcept {
        if (stage_ == Stage::fresh && std::exchange(notify_->permit_, false)) {
            stage_ = Stage::over;
        }
        if (stage_ == Stage::over) {
            return true;
        }
        if (waiter_.told != Notify::End::neither || waiter_.round != notify_->round_) {
            notify_->unlink(waiter_);
            stage_ = Stage::over;
            return true;
        }
        if (stage_ == Stage::fresh) {
            notify_->link(waiter_);
            stage_ = Stage::waits;
        }
        return false;
    }

    void cancel() noexcept {
        std::optional<Waker> last;  // ends after the lock, as does the batch
        detail::WakeBatch batch;
        detail::RawLock const lock(notify_->mutex_);
        notify_->unlink(waiter_);
        std::swap(waiter_.waker, last);
        if (waiter_.told != Notify::End::neither) {
            notify_->notify_locked(waiter_.told, batch);
        }
    }

    Notify const* notify_;
    Notify::Waiter waiter_;
    Stage stage_ = Stage::fresh;
};

inline Notified Notify::notified() const& noexcept {
    detail::RawLock const lock(mutex_);
    return Notified(*this, round_);
}

}  // namespace tandem::async

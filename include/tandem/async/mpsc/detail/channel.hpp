#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "tandem/async/detail/wait_for.hpp"
#include "tandem/async/mpsc/detail/block_list.hpp"
#include "tandem/async/mpsc/detail/returned_slots.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem::async::mpsc::detail {

using async::detail::RawLock;
using async::detail::RawMutex;
using async::detail::Waiter;
using async::detail::WaitList;

/// Any number of slots: what an unbounded channel is made with.
inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

/// A sender that waits for a slot of a bounded channel.
struct SlotWaiter : Waiter {
    bool granted = false;  // the slot is this waiter's, and no longer counted as free
};

enum class SlotPoll { pending, granted, closed };

/// What the two ends of a channel share. A slot is room for one value: a sender takes one before
/// it pushes, and the receiver gives it back as it pops. Slots go to those who wait in the order
/// in which they came; nobody takes one while somebody waits.
template <class T>
class Channel {
public:
    explicit Channel(std::size_t slots) noexcept : max_slots_(slots), free_slots_(slots) {}

    // The senders' part.

    tandem::detail::RefCount senders{1};

    /// The last sender is gone.
    void end_of_senders() noexcept {
        wake_receiver_after([&] { senders_gone_ = true; });
    }

    /// A slot if one is free now.
    [[nodiscard]] SlotPoll try_slot() noexcept {
        RawLock const lock(mutex_);
        return take_slot(false);
    }

    [[nodiscard, gnu::noinline]] SlotPoll poll_slot(SlotWaiter& waiter, Context& cx) {
        SlotPoll answer = SlotPoll::pending;
        static_cast<void>(async::detail::ready_or_wait(mutex_, for_slot_, waiter, cx, [&] {
            if (std::exchange(waiter.granted, false)) {
                answer = SlotPoll::granted;
            } else if (!waiter.linked || closed_) {
                answer = take_slot(true);
            }
            return answer != SlotPoll::pending;
        }));
        return answer;
    }

    /// A waiter ends: a slot that it was given meanwhile goes to the next.
    [[gnu::noinline]] void drop_waiter(SlotWaiter& waiter) noexcept {
        static_cast<void>(async::detail::stop_waiting(mutex_, for_slot_, waiter));
        if (waiter.granted) {  // ours alone now: nobody finds it in the list
            give_slot_back();
        }
    }

    /// One more free slot, or one for the first who waits.
    void give_slot_back() noexcept {
        if (returned_.add()) [[unlikely]] {
            hand_out_slots();
        }
    }

    /// Puts a value into a slot that the caller has. False: the receiver is gone, and the value
    /// still the caller's.
    [[nodiscard]] bool push(T&& value) {
        bool pushed = false;
        wake_receiver_after([&] {
            if (!receiver_gone_) {
                values_.push(std::move(value));
                pushed = true;
            }
        });
        return pushed;
    }

    /// For an unbounded channel, and for a bounded one in one step with taking the slot.
    [[nodiscard]] SlotPoll try_push(T&& value) {
        SlotPoll taken = SlotPoll::closed;
        wake_receiver_after([&] {
            taken = look_for_slot(false);
            if (taken == SlotPoll::granted) {
                values_.push(std::move(value));  // may throw: the slot is taken after it
                use_slot();
            }
        });
        return taken;
    }

    [[nodiscard]] bool closed_or_wait(Waiter& waiter, Context& cx) {
        return async::detail::ready_or_wait(mutex_, for_close_, waiter, cx,
                                            [&] { return closed_; });
    }
    void stop_waiting_for_close(Waiter& waiter) noexcept {
        static_cast<void>(async::detail::stop_waiting(mutex_, for_close_, waiter));
    }

    [[nodiscard]] bool is_closed() noexcept {
        RawLock const lock(mutex_);
        return closed_;
    }
    [[nodiscard]] std::size_t capacity() noexcept {
        RawLock const lock(mutex_);
        return free_slots_ + returned_.count();
    }
    [[nodiscard]] std::size_t max_capacity() const noexcept { return max_slots_; }
    [[nodiscard]] bool is_bounded() const noexcept { return max_slots_ != unbounded; }

    // The receiver's part.

    [[nodiscard]] std::optional<T> pop() {
        std::optional<T> value = values_.pop();
        if (value && is_bounded()) {
            give_slot_back();
        }
        return value;
    }

    /// Nothing is there, and nothing will come.
    [[nodiscard]] bool is_over() noexcept {
        RawLock const lock(mutex_);
        return over();
    }

    [[nodiscard]] Poll<std::optional<T>> poll_pop(Context& cx) {
        using Answer = Poll<std::optional<T>>;
        if (std::optional<T> value = pop()) {
            return Answer::ready(std::move(value));
        }
        std::optional<Waker> waker(cx.waker().clone());
        {
            RawLock const lock(mutex_);
            if (over()) {
                return Answer::ready(std::nullopt);
            }
            if (values_.is_empty()) {
                waker.swap(receiver_);
                return Answer::pending();
            }
        }
        return Answer::ready(pop());
    }

    void stop_receiving() noexcept {
        std::optional<Waker> last;  // ends after the lock
        RawLock const lock(mutex_);
        last.swap(receiver_);
    }

    /// No value is accepted any more, but for those whose slot is taken already.
    void close() noexcept {
        {
            RawLock const lock(mutex_);
            closed_ = true;
            free_slots_ += returned_.collect(true);  // the receiver waits until all are back
        }
        async::detail::wake_all(mutex_, for_slot_);
        async::detail::wake_all(mutex_, for_close_);
    }

    /// The receiver is gone, and what it did not receive goes with it.
    void end_of_receiver() noexcept {
        {
            RawLock const lock(mutex_);
            receiver_gone_ = true;
        }
        close();
        stop_receiving();
        while (pop()) {}
    }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

private:
    /// Is there a slot for one who comes now? `will_wait`: else it will stand in the list.
    [[nodiscard]] SlotPoll look_for_slot(bool will_wait) noexcept {
        if (closed_) {
            return SlotPoll::closed;
        }
        if (free_slots_ == 0 && for_slot_.empty()) {
            free_slots_ = returned_.collect(will_wait);
        }
        return free_slots_ != 0 ? SlotPoll::granted : SlotPoll::pending;
    }
    void use_slot() noexcept { free_slots_ -= is_bounded() ? 1 : 0; }

    [[nodiscard]] SlotPoll take_slot(bool will_wait) noexcept {
        SlotPoll const answer = look_for_slot(will_wait);
        if (answer == SlotPoll::granted) {
            use_slot();
        }
        return answer;
    }

    /// What came back goes to those who wait; afterwards it is watched only if somebody still does.
    [[gnu::noinline]] void hand_out_slots() noexcept {
        bool more = true;
        while (more) {
            std::optional<Waker> next;
            {
                RawLock const lock(mutex_);
                free_slots_ += returned_.collect(true);
                more = free_slots_ != 0 && !for_slot_.empty();
                if (more) {
                    auto& waiter = static_cast<SlotWaiter&>(*for_slot_.pop_front());
                    waiter.granted = true;
                    next.swap(waiter.waker);
                    --free_slots_;
                } else if (closed_) {
                    next.swap(receiver_);  // who waits for the last slot to come back
                } else if (for_slot_.empty()) {
                    free_slots_ += returned_.collect(false);
                }
            }
            if (next) {
                next->wake();
            }
        }
    }

    [[nodiscard]] bool over() noexcept {
        return values_.is_empty() &&
               (senders_gone_ || (closed_ && free_slots_ + returned_.count() == max_slots_));
    }

    template <class Change>
    void wake_receiver_after(Change change) {
        std::optional<Waker> receiver;
        {
            RawLock const lock(mutex_);
            change();
            if (receiver_) [[unlikely]] {
                receiver.swap(receiver_);
            }
        }
        if (receiver) {
            receiver->wake();
        }
    }

    RawMutex mutex_;
    bool closed_ = false;
    bool senders_gone_ = false;
    bool receiver_gone_ = false;
    std::size_t const max_slots_;
    std::size_t free_slots_;         // 0 while somebody waits for one, but for a moment
    ReturnedSlots returned_;         // free as well, and not yet counted as such
    std::optional<Waker> receiver_;  // while it waits
    WaitList for_slot_;
    WaitList for_close_;
    BlockList<T> values_;
};

}  // namespace tandem::async::mpsc::detail

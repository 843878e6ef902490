#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tandem/async/detail/wait_for.hpp"
#include "tandem/sync/arc.hpp"

namespace tandem::async::broadcast::detail {

using async::detail::RawLock;
using async::detail::RawMutex;
using async::detail::Waiter;
using async::detail::WaitList;
using sync::Arc;

/// What a receiver finds at its place in the stream.
template <class T>
struct Found {
    enum class Kind { nothing, value, missed, closed };

    Kind kind = Kind::nothing;
    std::optional<Arc<T>> value;
    std::uint64_t missed = 0;
};

/// What the ends of a broadcast channel share: the last `n` values, each with the number of those
/// who have yet to receive it. The last of them takes the value out. Values stand in Arcs, so that
/// they are copied and destroyed outside the lock.
///
///   every value has a number; number k stands in slot k % n until number k + n takes its place
template <class T>
class Ring {
public:
    explicit Ring(std::size_t slots) : slots_(slots) {}

    /// How many will receive it; 0: nobody, and the value is still the caller's.
    std::size_t send(std::optional<Arc<T>>& value) {
        std::size_t receivers = 0;
        {
            RawLock const lock(mutex_);
            if (receivers_ == 0) {
                return 0;
            }
            receivers = receivers_;
            Slot& slot = slot_of(end_++);
            slot.value.swap(value);  // the one that is overwritten ends with the caller's
            slot.left = receivers;
        }
        async::detail::wake_all(mutex_, for_value_);
        return receivers;
    }

    [[nodiscard]] Found<T> take(std::uint64_t& next) {
        RawLock const lock(mutex_);
        return locked_take(next);
    }

    [[nodiscard]] Found<T> poll_take(std::uint64_t& next, Waiter& waiter, Context& cx) {
        Found<T> found;
        static_cast<void>(async::detail::ready_or_wait(mutex_, for_value_, waiter, cx, [&] {
            found = locked_take(next);
            return found.kind != Found<T>::Kind::nothing;
        }));
        return found;
    }
    void stop_waiting(Waiter& waiter) noexcept {
        static_cast<void>(async::detail::stop_waiting(mutex_, for_value_, waiter));
    }

    void add_sender() noexcept {
        RawLock const lock(mutex_);
        ++senders_;
    }
    void remove_sender() noexcept {
        {
            RawLock const lock(mutex_);
            if (--senders_ != 0) {
                return;
            }
        }
        async::detail::wake_all(mutex_, for_value_);
    }

    /// A receiver more; its first value is the next to be sent.
    [[nodiscard]] std::uint64_t add_receiver() noexcept {
        RawLock const lock(mutex_);
        ++receivers_;
        return end_;
    }
    /// A receiver less: it will not receive what is left for it.
    void remove_receiver(std::uint64_t next) noexcept {
        std::uint64_t end = 0;
        {
            RawLock const lock(mutex_);
            --receivers_;
            end = end_;
        }
        while (next < end) {
            static_cast<void>(take(next));
        }
    }

    [[nodiscard]] std::size_t receivers() noexcept {
        RawLock const lock(mutex_);
        return receivers_;
    }
    [[nodiscard]] bool has_senders() noexcept {
        RawLock const lock(mutex_);
        return senders_ != 0;
    }
    /// How many values have yet to be received by somebody.
    [[nodiscard]] std::size_t size() noexcept {
        RawLock const lock(mutex_);
        std::size_t count = 0;
        for (Slot const& slot : slots_) {
            count += slot.left != 0 ? 1 : 0;
        }
        return count;
    }
    /// How many values were sent since the receiver's place.
    [[nodiscard]] std::size_t sent_since(std::uint64_t next) noexcept {
        RawLock const lock(mutex_);
        return static_cast<std::size_t>(end_ - next);
    }

private:
    struct Slot {
        std::optional<Arc<T>> value;
        std::size_t left = 0;  // receivers who have yet to receive it
    };

    [[nodiscard]] Slot& slot_of(std::uint64_t number) noexcept {
        return slots_[static_cast<std::size_t>(number % slots_.size())];
    }

    [[nodiscard]] Found<T> locked_take(std::uint64_t& next) {
        using Kind = typename Found<T>::Kind;
        if (next == end_) {
            return {senders_ == 0 ? Kind::closed : Kind::nothing, std::nullopt, 0};
        }
        std::uint64_t const oldest = end_ > slots_.size() ? end_ - slots_.size() : 0;
        if (next < oldest) {
            return {Kind::missed, std::nullopt, oldest - std::exchange(next, oldest)};
        }
        Slot& slot = slot_of(next++);
        if (--slot.left == 0) {
            return {Kind::value, std::exchange(slot.value, std::nullopt), 0};
        }
        return {Kind::value, slot.value->clone(), 0};
    }

    RawMutex mutex_;
    std::vector<Slot> slots_;
    std::uint64_t end_ = 0;  // the number of the next value
    std::size_t senders_ = 1;
    std::size_t receivers_ = 0;
    WaitList for_value_;
};

}  // namespace tandem::async::broadcast::detail

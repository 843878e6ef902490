#pragma once

#include <cstdint>

#include "tandem/async/waker.hpp"

namespace tandem::rt::detail {

/// The place of a timer in a list.
struct TimerLink {
    TimerLink* previous;
    TimerLink* next;
};

/// One who waits for a time: a part of a future that was polled, which therefore stays where it
/// is. While it is registered, who holds the driver's lock may touch it, and nobody else.
class Timer : public TimerLink {
public:
    /// `ahead`: the time lay ahead when it was asked for, so that nobody has to look again.
    Timer(std::int64_t deadline, bool ahead) noexcept
        : TimerLink{nullptr, nullptr}, time_(packed(deadline, ahead)) {}

    [[nodiscard]] std::int64_t deadline() const noexcept { return time_ >> 1; }
    [[nodiscard]] bool is_ahead() const noexcept { return (time_ & 1) != 0; }
    void set_deadline(std::int64_t deadline) noexcept { time_ = packed(deadline, false); }

    [[nodiscard]] bool is_linked() const noexcept { return next != nullptr; }

    /// Takes it out of the list it stands in, whichever that is.
    void unlink() noexcept {
        previous->next = next;
        next->previous = previous;
        next = nullptr;
    }

private:
    /// No time needs more than 63 bits.
    static std::int64_t packed(std::int64_t deadline, bool ahead) noexcept {
        return deadline * 2 + std::int64_t{ahead};
    }

    std::int64_t time_;

public:
    async::Waker waker = async::Waker::noop();
};

/// Timers in a circle, which the list itself closes: so they can leave it without knowing it.
class TimerList {
public:
    TimerList() noexcept {}  // nothing: whoever has many of them clears those that he uses
    TimerList(TimerList const&) = delete;
    TimerList& operator=(TimerList const&) = delete;

    void clear() noexcept { ends_.previous = ends_.next = &ends_; }

    [[nodiscard]] bool empty() const noexcept { return ends_.next == &ends_; }
    [[nodiscard]] Timer& front() const noexcept { return static_cast<Timer&>(*ends_.next); }

    void push_back(Timer& timer) noexcept {
        timer.previous = ends_.previous;
        timer.next = &ends_;
        ends_.previous->next = &timer;
        ends_.previous = &timer;
    }

    Timer& pop_front() noexcept {
        Timer& timer = front();
        timer.unlink();
        return timer;
    }

    /// Calls `fn(timer)` for one after the other, until it returns false. It may unlink its timer.
    template <class Fn>
    void for_each_while(Fn fn) const noexcept {
        for (TimerLink* link = ends_.next; link != &ends_;) {
            auto& timer = static_cast<Timer&>(*link);
            link = link->next;
            if (!fn(timer)) {
                return;
            }
        }
    }

private:
    TimerLink ends_;
};

}  // namespace tandem::rt::detail

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "tandem/async/detail/wait_for.hpp"
#include "tandem/async/watch/detail/value_lock.hpp"

namespace tandem::async::watch::detail {

using async::detail::RawLock;
using async::detail::RawMutex;
using async::detail::Waiter;
using async::detail::WaitList;

/// What a receiver learns when it asks for a change.
enum class News { none, changed, closed };

/// What the ends of a watch channel share: the value under its own lock, and everything else under
/// a second one, which is taken last and held for a few instructions.
template <class T>
class State {
public:
    explicit State(T initial) : value_(std::move(initial)) {}

    /// Lets `change` write the value; if it says that it did, everybody who waits is woken.
    template <class Change>
    bool write(Change change) {
        {
            WriteLock const writing(value_lock_);
            if (!change(value_)) {
                return false;
            }
            RawLock const lock(mutex_);
            ++version_;
        }
        async::detail::wake_all(mutex_, for_change_);
        return true;
    }

    [[nodiscard]] ReadLock read() noexcept { return ReadLock(value_lock_); }
    [[nodiscard]] T const& value() const noexcept { return value_; }

    [[nodiscard]] std::uint64_t version() noexcept {
        RawLock const lock(mutex_);
        return version_;
    }

    [[nodiscard]] News news(std::uint64_t seen) noexcept {
        RawLock const lock(mutex_);
        return locked_news(seen);
    }

    /// Waits for news, and marks a change as seen.
    [[nodiscard]] News poll_news(std::uint64_t& seen, Waiter& waiter, Context& cx) {
        News answer = News::none;
        static_cast<void>(async::detail::ready_or_wait(mutex_, for_change_, waiter, cx, [&] {
            answer = locked_news(seen);
            seen = version_;
            return answer != News::none;
        }));
        return answer;
    }
    void stop_waiting_for_change(Waiter& waiter) noexcept {
        static_cast<void>(async::detail::stop_waiting(mutex_, for_change_, waiter));
    }

    [[nodiscard]] bool closed_or_wait(Waiter& waiter, Context& cx) {
        return async::detail::ready_or_wait(mutex_, for_close_, waiter, cx,
                                            [&] { return receivers_ == 0; });
    }
    void stop_waiting_for_close(Waiter& waiter) noexcept {
        static_cast<void>(async::detail::stop_waiting(mutex_, for_close_, waiter));
    }

    void add_sender() noexcept {
        RawLock const lock(mutex_);
        ++senders_;
    }
    void remove_sender() noexcept {
        if (one_less(senders_)) {
            async::detail::wake_all(mutex_, for_change_);
        }
    }

    void add_receiver() noexcept {
        RawLock const lock(mutex_);
        ++receivers_;
    }
    void remove_receiver() noexcept {
        if (one_less(receivers_)) {
            async::detail::wake_all(mutex_, for_close_);
        }
    }
    [[nodiscard]] std::size_t receivers() noexcept {
        RawLock const lock(mutex_);
        return receivers_;
    }

private:
    [[nodiscard]] News locked_news(std::uint64_t seen) const noexcept {
        if (seen != version_) {
            return News::changed;
        }
        return senders_ == 0 ? News::closed : News::none;
    }

    [[nodiscard]] bool one_less(std::size_t& count) noexcept {
        RawLock const lock(mutex_);
        return --count == 0;
    }

    ValueLock value_lock_;
    T value_;

    RawMutex mutex_;
    std::uint64_t version_ = 0;
    std::size_t senders_ = 1;
    std::size_t receivers_ = 1;
    WaitList for_change_;
    WaitList for_close_;
};

}  // namespace tandem::async::watch::detail

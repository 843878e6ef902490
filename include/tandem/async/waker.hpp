#pragma once

#include <utility>

namespace tandem::async {

/// What a kind of Waker does: four functions over one pointer, which means what they make of it.
/// All of them may be called from any thread, and none of them throws.
///
/// Rust: std::task::RawWakerVTable
/// C++:  the virtual functions of a class, written out, for there may be no heap to put one on
struct WakerVTable {
    void const* (*clone)(void const* data) noexcept;  // a second owner: its data
    void (*wake)(void const* data) noexcept;          // wake, then drop
    void (*wake_by_ref)(void const* data) noexcept;   // wake, and keep
    void (*drop)(void const* data) noexcept;
};

/// The way to tell an executor that a task should be polled again. Two words, and usable from
/// every thread; from an interrupt too, where the executor's functions are.
///
/// Rust:      std::task::Waker
/// C++:       std::function<void()>, without an allocation
/// Unchecked: functions that do not keep WakerVTable's promises
///
///     Waker mine = cx.waker().clone();    // keep it where the event will come
///     mine.wake();                        // later, from anywhere
class [[nodiscard]] Waker {
public:
    using tandem_send = void;
    using tandem_sync = void;

    /// Takes ownership of one reference to `data`.
    constexpr Waker(void const* data, WakerVTable const& functions) noexcept
        : data_(data), functions_(&functions) {}

    Waker(Waker&& other) noexcept
        : data_(other.data_), functions_(std::exchange(other.functions_, &nobody)) {}
    Waker& operator=(Waker&& other) noexcept {
        Waker last(std::move(other));
        std::swap(data_, last.data_);
        std::swap(functions_, last.functions_);
        return *this;
    }
    ~Waker() { functions_->drop(data_); }

    /// One that wakes nobody: for an executor that polls again by itself. Rust: Waker::noop
    [[nodiscard]] static Waker noop() noexcept { return Waker(nullptr, nobody); }

    [[nodiscard]] Waker clone() const noexcept {
        return Waker(functions_->clone(data_), *functions_);
    }

    /// Asks for a poll, and ends this waker: waking once more does nothing.
    void wake() noexcept { std::exchange(functions_, &nobody)->wake(data_); }
    void wake_by_ref() const noexcept { functions_->wake_by_ref(data_); }

    /// True if waking the other would wake the same task: nothing to replace then. A false says
    /// nothing.
    [[nodiscard]] bool will_wake(Waker const& other) const noexcept {
        return data_ == other.data_ && functions_ == other.functions_;
    }

    [[nodiscard]] void const* data() const noexcept { return data_; }
    [[nodiscard]] WakerVTable const& vtable() const noexcept { return *functions_; }

private:
    static constexpr void ignore(void const*) noexcept {}
    static constexpr void const* same(void const* data) noexcept { return data; }

    static constexpr WakerVTable nobody{
        .clone = &Waker::same,
        .wake = &Waker::ignore,
        .wake_by_ref = &Waker::ignore,
        .drop = &Waker::ignore,
    };

    void const* data_;
    WakerVTable const* functions_;  // those of nobody once moved from
};

namespace detail {

/// One poll of a task by a runtime, as the runtime sees it.
struct Turn {
    /// How many operations that were ready at once may still be done before others get their turn.
    unsigned operations_left = 128;
    bool again = false;  // the task asks for another poll
};

}  // namespace detail

/// What a poll is given by its executor: the waker of the task that is being polled.
///
/// With it comes how much the task may still do in this poll, if its executor counts that: a task
/// that finds each message it waits for would never suspend, and keep all others waiting. So
/// futures that are ready ask first, and those that make progress say so:
///
///     if (!cx.poll_proceed()) { return Poll<T>::pending(); }
///     … take what is there …
///     cx.made_progress();
///
/// Rust: std::task::Context; and tokio::task::coop
class Context {
public:
    explicit Context(Waker const& waker) noexcept : waker_(&waker) {}
    explicit Context(Waker const&&) = delete;  // it would dangle after this line

    /// For a runtime.
    Context(Waker const& waker, detail::Turn& turn) noexcept : waker_(&waker), turn_(&turn) {}
    /// For a future that polls another with a waker of its own, in the same poll of the task.
    Context(Waker const& inner, Context const& outer) noexcept
        : waker_(&inner), turn_(outer.turn_), is_inner_(true) {}

    [[nodiscard]] Waker const& waker() const noexcept { return *waker_; }

    /// As waker().wake_by_ref(), in the poll itself: cheaper, for the runtime need only be asked
    /// when the poll is over.
    void wake_again() const noexcept {
        if (turn_ != nullptr && !is_inner_) {
            turn_->again = true;
        } else {
            waker_->wake_by_ref();
        }
    }

    /// May another operation be done in this poll? If not, the task is awake already, and the
    /// future says that it is pending.
    [[nodiscard]] bool poll_proceed() const noexcept {
        if (turn_ == nullptr || turn_->operations_left > 0) [[likely]] {
            return true;
        }
        wake_again();
        return false;
    }
    /// It was done.
    void made_progress() const noexcept {
        if (turn_ != nullptr && turn_->operations_left > 0) {
            --turn_->operations_left;
        }
    }

private:
    Waker const* waker_;
    detail::Turn* turn_ = nullptr;  // null: nobody counts
    bool is_inner_ = false;
};

}  // namespace tandem::async

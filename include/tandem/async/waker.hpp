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

/// What a poll is given by its executor: the waker of the task that is being polled.
///
/// Rust: std::task::Context
class Context {
public:
    explicit Context(Waker const& waker) noexcept : waker_(&waker) {}
    explicit Context(Waker const&&) = delete;  // it would dangle after this line

    [[nodiscard]] Waker const& waker() const noexcept { return *waker_; }

private:
    Waker const* waker_;
};

}  // namespace tandem::async

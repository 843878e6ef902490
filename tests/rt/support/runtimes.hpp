// Runtimes for tests, of both kinds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/handle.hpp"
#include "tandem/rt/join_handle.hpp"
#include "tandem/rt/runtime.hpp"
#include "tandem/rt/spawn.hpp"

namespace tandem::testing {

inline constexpr auto both_kinds = {rt::RuntimeFlavor::current_thread,
                                    rt::RuntimeFlavor::multi_thread};

inline rt::Runtime runtime_of(rt::RuntimeFlavor kind, std::size_t workers = 2) {
    return kind == rt::RuntimeFlavor::current_thread
               ? rt::Builder::new_current_thread().enable_all().build().unwrap()
               : rt::Builder::new_multi_thread()
                     .worker_threads(workers)
                     .enable_all()
                     .build()
                     .unwrap();
}

/// A future that is ready once the test says so, from any thread; until then it keeps its waker
/// where the test can take it. Any number of futures may wait for one of it, one after the other.
class Signal {
public:
    class Wait {
    public:
        using Output = void;
        using tandem_send = void;

        explicit Wait(Signal& signal) noexcept : signal_(&signal) {}
        async::Poll<void> poll(async::Context& cx) {
            std::optional<async::Waker> mine = cx.waker().clone();
            std::scoped_lock const lock(signal_->mutex_);
            ++signal_->polls_;
            if (signal_->set_) {
                return async::Poll<void>::ready();
            }
            mine.swap(signal_->waker_);
            return async::Poll<void>::pending();
        }

    private:
        Signal* signal_;
    };

    [[nodiscard]] Wait wait() noexcept { return Wait(*this); }

    void set() {
        {
            std::scoped_lock const lock(mutex_);
            set_ = true;
        }
        wake();
    }
    /// A poll for nothing.
    void wake() {
        if (std::optional<async::Waker> waker = take_waker()) {
            waker->wake();
        }
    }
    [[nodiscard]] std::optional<async::Waker> take_waker() {
        std::scoped_lock const lock(mutex_);
        return std::exchange(waker_, std::nullopt);
    }
    [[nodiscard]] int polls() {
        std::scoped_lock const lock(mutex_);
        return polls_;
    }
    /// Until somebody waits here.
    void wait_for_polls(int count) {
        while (polls() < count) {
            std::this_thread::yield();
        }
    }

private:
    std::mutex mutex_;
    std::optional<async::Waker> waker_;
    bool set_ = false;
    int polls_ = 0;
};

/// A variable of the test, for a task: the test outlives the task.
template <class T>
class Borrow {
public:
    using tandem_send = void;

    explicit Borrow(T& value) noexcept : value_(&value) {}
    [[nodiscard]] T& operator*() const noexcept { return *value_; }
    [[nodiscard]] T* operator->() const noexcept { return value_; }

private:
    T* value_;
};

/// Waits where no runtime is, with a bound that a test never comes to.
template <class Condition>
void wait_until(Condition const& condition) {
    while (!condition()) {
        std::this_thread::yield();
    }
}

}  // namespace tandem::testing

// An executor that is polled by hand, so that a test sees each poll and each wake-up.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tandem/async/future.hpp"

namespace tandem::testing {

/// What happened, in order: `trace.note("poll a")`, then
/// `CHECK(trace.take() == std::vector<std::string>{"poll a"})`.
class Trace {
public:
    void note(std::string event) { events_.push_back(std::move(event)); }
    [[nodiscard]] std::vector<std::string> take() { return std::exchange(events_, {}); }

private:
    std::vector<std::string> events_;
};

/// Notes its end: for a local of a task, to see when and in what order locals end.
class Noted {
public:
    Noted(Trace& trace, std::string name) : trace_(&trace), name_(std::move(name)) {}
    Noted(Noted&& other) noexcept
        : trace_(std::exchange(other.trace_, nullptr)), name_(std::move(other.name_)) {}
    Noted& operator=(Noted&&) = delete;
    ~Noted() {
        if (trace_ != nullptr) {
            trace_->note("end " + name_);
        }
    }

private:
    Trace* trace_;
    std::string name_;
};

/// A waker that counts how often it is called, and how many of it there are.
class CountingWaker {
public:
    CountingWaker() = default;

    [[nodiscard]] async::Waker waker() const noexcept {
        ++counts_->alive;
        return async::Waker(new std::shared_ptr<Counts>(counts_), functions);
    }

    [[nodiscard]] int wakes() const noexcept { return counts_->wakes; }
    [[nodiscard]] int alive() const noexcept { return counts_->alive; }

    /// Wakes since the last call.
    [[nodiscard]] int take_wakes() noexcept { return counts_->wakes.exchange(0); }

private:
    struct Counts {
        std::atomic<int> wakes{0};
        std::atomic<int> alive{0};
    };

    using Owner = std::shared_ptr<Counts>;
    static Owner const& of(void const* data) noexcept { return *static_cast<Owner const*>(data); }

    static void const* clone(void const* data) noexcept {
        ++of(data)->alive;
        return new Owner(of(data));
    }
    static void wake(void const* data) noexcept {
        wake_by_ref(data);
        drop(data);
    }
    static void wake_by_ref(void const* data) noexcept { ++of(data)->wakes; }
    static void drop(void const* data) noexcept {
        --of(data)->alive;
        delete static_cast<Owner const*>(data);
    }

    static constexpr async::WakerVTable functions{
        .clone = &clone, .wake = &wake, .wake_by_ref = &wake_by_ref, .drop = &drop};

    Owner counts_ = std::make_shared<Counts>();
};

/// One future and the waker it is polled with: poll it by hand, look whether it was woken.
///
///     Polled polled(mutex.lock());
///     CHECK(polled.poll().is_pending());
///     CHECK(polled.take_wakes() == 1);
template <async::Future F>
class Polled {
public:
    explicit Polled(F future) : future_(std::in_place, std::move(future)) {}

    [[nodiscard]] auto poll() {
        async::Context cx(waker_);
        return future_->poll(cx);
    }
    /// Polls until ready, as often as it was woken. One that is not woken fails the test's TIMEOUT.
    [[nodiscard]] auto finish() {
        for (;;) {
            if (auto polled = poll(); polled.is_ready()) {
                return std::move(polled).value();
            }
        }
    }
    [[nodiscard]] int take_wakes() noexcept { return counts_.take_wakes(); }
    [[nodiscard]] int wakers_alive() const noexcept { return counts_.alive() - 1; }

    void drop() { future_.reset(); }
    [[nodiscard]] F& future() noexcept { return *future_; }

private:
    CountingWaker counts_;
    async::Waker waker_ = counts_.waker();
    std::optional<F> future_;
};

}  // namespace tandem::testing

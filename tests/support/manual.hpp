// A future that the test makes ready by hand, and sees polled, waiting and ended.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/async.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/unit.hpp"

namespace tandem::testing {

/// The test's end of it. It may be used from any thread.
///
///     Manual<int> first;
///     Polled polled(join(first.future(), …));
///     first.finish(1);                      // wakes
///     CHECK(first.polls() == 1);
template <class T>
class Manual {
    using Value = tandem::detail::UnitIfVoid<T>;

    struct State {
        std::mutex mutex;
        std::optional<Value> value;
        std::optional<async::Waker> waker;
        Trace* trace = nullptr;
        std::string name;
        bool fails = false;
        int polls = 0;
        int alive = 0;
    };

public:
    class Future {
    public:
        using Output = T;
        using tandem_send = void;

        explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {
            std::scoped_lock const lock(state_->mutex);
            ++state_->alive;
        }
        Future(Future&&) noexcept = default;
        Future& operator=(Future&&) = delete;
        ~Future() {
            if (state_ == nullptr) {
                return;
            }
            std::optional<async::Waker> last;
            {
                std::scoped_lock const lock(state_->mutex);
                last.swap(state_->waker);
                --state_->alive;
            }
            if (state_->trace != nullptr) {
                state_->trace->note("end " + state_->name);
            }
        }

        async::Poll<T> poll(async::Context& cx) {
            std::optional<async::Waker> waker = cx.waker().clone();
            std::scoped_lock const lock(state_->mutex);
            ++state_->polls;
            if (state_->fails) {
                throw std::runtime_error("failed by hand");
            }
            if (!state_->value) {
                waker.swap(state_->waker);
                return async::Poll<T>::pending();
            }
            if constexpr (std::is_void_v<T>) {
                return async::Poll<T>::ready();
            } else {
                return async::Poll<T>::ready(*std::move(state_->value));
            }
        }

    private:
        std::shared_ptr<State> state_;
    };

    Manual() = default;
    Manual(Trace& trace, std::string name) {
        state_->trace = &trace;
        state_->name = std::move(name);
    }

    [[nodiscard]] Future future() const { return Future(state_); }

    /// Ready from the next poll on.
    template <class... Args>
    void finish(Args&&... args) const {
        {
            std::scoped_lock const lock(state_->mutex);
            state_->value.emplace(std::forward<Args>(args)...);
        }
        wake();
    }
    /// The next poll throws.
    void fail() const {
        {
            std::scoped_lock const lock(state_->mutex);
            state_->fails = true;
        }
        wake();
    }
    void wake() const {
        if (std::optional<async::Waker> waker = take_waker()) {
            waker->wake();
        }
    }
    /// The waker that the future left, which then outlives it.
    [[nodiscard]] std::optional<async::Waker> take_waker() const {
        std::scoped_lock const lock(state_->mutex);
        return std::exchange(state_->waker, std::nullopt);
    }

    [[nodiscard]] int polls() const {
        std::scoped_lock const lock(state_->mutex);
        return state_->polls;
    }
    /// How many of its futures there are.
    [[nodiscard]] int alive() const {
        std::scoped_lock const lock(state_->mutex);
        return state_->alive;
    }

private:
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tandem::testing

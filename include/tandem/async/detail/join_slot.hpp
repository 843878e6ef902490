#pragma once

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"

namespace tandem::async::detail {

/// A child of a join: first the future, then the value in its place, in the end nothing. (In a
/// std::variant, g++ 12 warns of what it takes for values that were never made.)
template <class F, class Value>
class JoinSlot {
public:
    template <class From>
        requires(!std::is_same_v<std::remove_cvref_t<From>, JoinSlot>)
    explicit JoinSlot(From&& future) : future_(std::forward<From>(future)) {}
    JoinSlot(JoinSlot&& other) noexcept(std::is_nothrow_move_constructible_v<F> &&
                                        std::is_nothrow_move_constructible_v<Value>)
        : state_(other.state_) {
        switch (state_) {
            case State::future: ::new (address()) F(std::move(other.future_)); break;
            case State::value: ::new (address()) Value(std::move(other.value_)); break;
            case State::nothing: break;
        }
    }
    JoinSlot& operator=(JoinSlot&&) = delete;
    ~JoinSlot() { clear(); }

    [[nodiscard]] bool is_done() const noexcept { return state_ == State::value; }
    [[nodiscard]] F& future() noexcept { return future_; }

    /// Ends the future, and keeps the value.
    void finish(Value&& value) {
        clear();
        ::new (address()) Value(std::move(value));
        state_ = State::value;
    }
    [[nodiscard]] Value& value() noexcept { return value_; }

    void clear() noexcept {
        switch (std::exchange(state_, State::nothing)) {
            case State::future: future_.~F(); break;
            case State::value: value_.~Value(); break;
            case State::nothing: break;
        }
    }

private:
    enum class State : std::uint8_t { future, value, nothing };

    void* address() noexcept { return &future_; }

    union {
        F future_;
        Value value_;
    };
    State state_ = State::future;
};

}  // namespace tandem::async::detail

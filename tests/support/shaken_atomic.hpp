// An atomic that pauses now and then before it does what it is told, so that other threads come
// into gaps of a few nanoseconds. weaken_orders.py builds the library with it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace tandem::testing {

/// Most often nothing; else a few spins, another thread's turn, or a short sleep.
inline void shake() noexcept {
    static std::atomic<std::uint32_t> threads{1};
    // relaxed: to order the threads here would hide that they are not ordered elsewhere.
    thread_local std::uint32_t random =
        2'654'435'769U * threads.fetch_add(1, std::memory_order_relaxed);
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    switch (std::uint32_t const drawn = random % 128; drawn) {
        case 0: std::this_thread::yield(); return;
        case 1: std::this_thread::sleep_for(std::chrono::microseconds(1)); return;
        default:
            for (std::uint32_t volatile left = drawn < 8 ? random >> 25 : 0; left > 0;) {
                left = left - 1;
            }
    }
}

/// What the library asks of std::atomic. Its operations are hidden, for each has to shake first.
template <class T>
class ShakenAtomic : private std::atomic<T> {
    using Base = std::atomic<T>;
    using Order = std::memory_order;

public:
    using Base::Base;
    using Base::notify_all;
    using Base::notify_one;
    using Base::wait;

    [[nodiscard]] T load(Order order = Order::seq_cst) const noexcept {
        shake();
        return Base::load(order);
    }
    void store(T value, Order order = Order::seq_cst) noexcept {
        shake();
        Base::store(value, order);
    }
    T exchange(T value, Order order = Order::seq_cst) noexcept {
        shake();
        return Base::exchange(value, order);
    }
    template <class... Orders>
    bool compare_exchange_strong(T& expected, T value, Orders... orders) noexcept {
        shake();
        return Base::compare_exchange_strong(expected, value, orders...);
    }
    template <class... Orders>
    bool compare_exchange_weak(T& expected, T value, Orders... orders) noexcept {
        shake();
        return Base::compare_exchange_weak(expected, value, orders...);
    }
    T fetch_add(T value, Order order = Order::seq_cst) noexcept {
        shake();
        return Base::fetch_add(value, order);
    }
    T fetch_sub(T value, Order order = Order::seq_cst) noexcept {
        shake();
        return Base::fetch_sub(value, order);
    }
    T fetch_or(T value, Order order = Order::seq_cst) noexcept {
        shake();
        return Base::fetch_or(value, order);
    }
    T fetch_and(T value, Order order = Order::seq_cst) noexcept {
        shake();
        return Base::fetch_and(value, order);
    }
};

}  // namespace tandem::testing

// A value that counts how many of its kind are alive: what is left at the end has leaked, and what
// is destroyed twice goes below zero.
#pragma once

#include <atomic>
#include <utility>

namespace tandem::testing {

struct Counted {
    using tandem_send = void;
    using tandem_sync = void;

    explicit Counted(int n = 0) noexcept : number(n) { ++alive; }
    Counted(Counted const& other) noexcept : number(other.number) {
        ++alive;
        ++copies;
    }
    Counted(Counted&& other) noexcept : number(std::exchange(other.number, -1)) { ++alive; }
    Counted& operator=(Counted const&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --alive; }

    friend bool operator==(Counted const& left, Counted const& right) {
        return left.number == right.number;
    }

    int number;

    inline static std::atomic<int> alive{0};
    inline static std::atomic<int> copies{0};
};

}  // namespace tandem::testing

#pragma once

#include <cstdint>

#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

/// A worker's own queue: a ring of 256. The worker alone pushes and pops; the others steal half of
/// it at once, from its front.
///
///        stolen, being copied    real front                     back
///     ┌────────────┬───────────────┬──────────────────────────────┬─────┐
///     │   free     │ ░░░░░░░░░░░░░ │ task task task task task task│ free│
///     └────────────┴───────────────┴──────────────────────────────┴─────┘
///              stolen_front
///
/// Both fronts stand in one word. One thief at a time: he moves the real front on, which makes the
/// tasks behind it his, copies them, and only then sets the stolen front to where the real front
/// is, which frees the places. Numbers only ever grow, and are cut to a place when they are used.
///
/// Rust: tokio's multi-thread run queue
class LocalQueue {
public:
    static constexpr std::uint32_t capacity = 256;

    LocalQueue() noexcept = default;
    /// Its numbers begin at this: near their end, for a test of what comes behind it.
    explicit LocalQueue(std::uint32_t first) noexcept
        : fronts_(pack({.stolen = first, .real = first})), back_(first) {}
    LocalQueue(LocalQueue const&) = delete;
    LocalQueue& operator=(LocalQueue const&) = delete;

    /// How many may be pushed now, at least. By its worker.
    [[nodiscard]] std::uint32_t room() const noexcept {
        // acquire: pairs with release in steal_into: the thief has copied what stood there.
        Fronts const fronts = unpack(fronts_.load(std::memory_order_acquire));
        return capacity - (own_back() - fronts.stolen);
    }

    /// By its worker, and only while there is room.
    void push_back(TaskHeader& task) noexcept {
        std::uint32_t const back = own_back();
        tasks_[place(back)] = &task;
        // release: pairs with acquire in steal_into, size: a thief finds the task in its place.
        back_.store(back + 1, std::memory_order_release);
    }

    /// The eldest; null if there is none. By its worker.
    [[nodiscard]] TaskHeader* pop_front() noexcept {
        // acquire: pairs with release in steal_into: our next push may use the places it freed.
        std::uint64_t word = fronts_.load(std::memory_order_acquire);
        for (;;) {
            Fronts fronts = unpack(word);
            if (fronts.real == own_back()) {
                return nullptr;
            }
            TaskHeader* const task = tasks_[place(fronts.real)];
            bool const being_stolen_from = fronts.stolen != fronts.real;
            ++fronts.real;
            if (!being_stolen_from) {
                fronts.stolen = fronts.real;
            }
            // release: pairs with acquire in steal_into: a thief who sees the new front does so
            // after we have read the task. acquire: as in the load, for the next attempt too.
            if (fronts_.compare_exchange_weak(word, pack(fronts), std::memory_order_acq_rel,
                                              std::memory_order_acquire)) {
                return task;
            }
        }
    }

    /// Takes the elder half away, for a queue that has no room left: so many, in `taken`. False: a
    /// thief is at it, who makes room himself. By its worker.
    [[nodiscard]] bool take_half(TaskList& taken) noexcept {
        constexpr std::uint32_t half = capacity / 2;
        // acquire: pairs with release in steal_into: whether the thief is done.
        std::uint64_t word = fronts_.load(std::memory_order_acquire);
        Fronts const fronts = unpack(word);
        if (fronts.stolen != fronts.real || own_back() - fronts.real < half) {
            return false;
        }
        Fronts const next{.stolen = fronts.real + half, .real = fronts.real + half};
        // release: pairs with acquire in steal_into. relaxed: a thief was faster; he makes room.
        if (!fronts_.compare_exchange_strong(word, pack(next), std::memory_order_release,
                                             std::memory_order_relaxed)) {
            return false;
        }
        for (std::uint32_t i = 0; i < half; ++i) {
            taken.push_back(*tasks_[place(fronts.real + i)]);
        }
        return true;
    }

    /// Steals half of what is here for the worker of `mine`, who calls this: one task to run at
    /// once, null if there was nothing; the others go into his queue.
    [[nodiscard]] TaskHeader* steal_into(LocalQueue& mine, std::uint32_t& stolen) noexcept {
        stolen = 0;
        if (mine.room() < capacity / 2) {
            return nullptr;  // another thief is at ours: then we have work already
        }
        Fronts taken;
        std::uint32_t const count = claim_half(taken);
        if (count == 0) {
            return nullptr;
        }
        std::uint32_t const back = mine.own_back();
        for (std::uint32_t i = 0; i + 1 < count; ++i) {
            mine.tasks_[place(back + i)] = tasks_[place(taken.stolen + i)];
        }
        TaskHeader* const last = tasks_[place(taken.stolen + count - 1)];
        give_back();
        // release: pairs with acquire in claim_half: thieves of ours find the tasks.
        mine.back_.store(back + count - 1, std::memory_order_release);
        stolen = count;
        return last;
    }

    /// How many are in it, about. From any thread.
    [[nodiscard]] std::uint32_t size() const noexcept {
        // acquire: pairs with release in pop_front: the front is not behind what the caller knows.
        Fronts const fronts = unpack(fronts_.load(std::memory_order_acquire));
        // acquire: pairs with release in push_back: who was woken for a task sees it.
        std::uint32_t const count = back_.load(std::memory_order_acquire) - fronts.real;
        return count <= capacity ? count : 0;  // read at two moments
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
    struct Fronts {
        std::uint32_t stolen;
        std::uint32_t real;
    };
    static constexpr std::uint64_t pack(Fronts fronts) noexcept {
        return std::uint64_t{fronts.stolen} << 32 | fronts.real;
    }
    static constexpr Fronts unpack(std::uint64_t word) noexcept {
        return {.stolen = static_cast<std::uint32_t>(word >> 32),
                .real = static_cast<std::uint32_t>(word)};
    }
    static constexpr std::uint32_t place(std::uint32_t number) noexcept {
        return number % capacity;
    }
    [[nodiscard]] std::uint32_t own_back() const noexcept {
        // relaxed: only its worker writes it, and asks.
        return back_.load(std::memory_order_relaxed);
    }

    /// Moves the real front on over half of the tasks, which are the caller's from then on.
    [[nodiscard]] std::uint32_t claim_half(Fronts& taken) noexcept {
        // acquire: pairs with release in pop_front and give_back.
        std::uint64_t word = fronts_.load(std::memory_order_acquire);
        for (;;) {
            Fronts const fronts = unpack(word);
            if (fronts.stolen != fronts.real) {
                return 0;  // another thief
            }
            // acquire: pairs with release in push_back: the tasks are in their places.
            std::uint32_t const there = back_.load(std::memory_order_acquire) - fronts.real;
            std::uint32_t const count = there - there / 2;
            if (count == 0 || there > capacity) {
                return 0;
            }
            // acquire: pairs with release in pop_front, for the places of what is gone since;
            // release: pairs with acquire in pop_front and take_half.
            if (fronts_.compare_exchange_weak(
                    word, pack({.stolen = fronts.stolen, .real = fronts.real + count}),
                    std::memory_order_acq_rel, std::memory_order_acquire)) {
                taken = fronts;
                return count;
            }
        }
    }

    /// The tasks are copied: their places are free.
    void give_back() noexcept {
        // relaxed: a first guess, the exchange decides.
        std::uint64_t word = fronts_.load(std::memory_order_relaxed);
        std::uint64_t next = 0;
        do {
            Fronts const fronts = unpack(word);
            next = pack({.stolen = fronts.real, .real = fronts.real});
            // release: pairs with acquire in room, pop_front: we have read the tasks.
            // relaxed: a failed attempt orders nothing.
        } while (!fronts_.compare_exchange_weak(word, next, std::memory_order_release,
                                                std::memory_order_relaxed));
    }

    alignas(cache_line) Atomic<std::uint64_t> fronts_{0};
    alignas(cache_line) Atomic<std::uint32_t> back_{0};
    TaskHeader* tasks_[capacity];
};

}  // namespace tandem::rt::detail

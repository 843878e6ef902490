// Programs that use the locks of their world, and its values that are made once.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "async/random_programs/shared.hpp"
#include "async/random_programs/world.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/result.hpp"

namespace random_programs {

using tandem::Err;
using tandem::Ok;
using tandem::Result;
using tandem::async::Task;

/// Waits for anything but a lock: see waits.hpp.
inline Task<int> waits(World& world);

// Locks are taken in one order, so that no two programs wait for each other.
inline constexpr int locks = 4;
inline Task<int> locked(World& world, int lowest);

/// What a program does while it holds a lock.
inline Task<int> holds(World& world, int next_lock) {
    Scope scope;
    Local const local(world, scope);
    switch (world.roll(6)) {
        case 0: co_return co_await waits(world);
        case 1:
            if (next_lock < locks) {
                co_return co_await locked(world, next_lock);
            }
            break;
        case 2: co_await async::yield_now(); break;
        default: break;
    }
    Leaf leaf(world);
    co_return co_await std::ref(leaf);
}

/// One of those who are inside.
class Counted {
public:
    explicit Counted(int& count) : count_(count) { ++count_; }
    Counted(Counted const&) = delete;
    Counted& operator=(Counted const&) = delete;
    ~Counted() { --count_; }

private:
    int& count_;
};

inline void look_around(World& world, Inside const& inside) {
    world.require(inside.writers + (inside.readers != 0 ? 1 : 0) <= 1,
                  "two are in a lock that keep each other out");
}

inline Task<int> in_mutex(World& world, std::size_t which) {
    auto const guard = co_await world.shared->mutexes[which].lock();
    Counted const counted(guard->writers);
    look_around(world, *guard);
    co_return co_await holds(world, static_cast<int>(which) + 1);
}

inline Task<int> in_rwlock(World& world, int next_lock) {
    auto const& lock = world.shared->rwlock;
    if (world.roll(3) != 0) {
        auto const guard = co_await lock.read();
        Counted const counted(guard->readers);
        look_around(world, *guard);
        co_return co_await holds(world, next_lock);
    }
    auto guard = co_await lock.write();
    {
        Counted const counted(guard->writers);
        look_around(world, *guard);
        int const result = co_await holds(world, next_lock);
        if (!world.one_in(3)) {
            co_return result;
        }
    }
    auto const reads_on = std::move(guard).downgrade();
    Counted const counted(reads_on->readers);
    look_around(world, *reads_on);
    co_return co_await holds(world, next_lock);
}

/// Some of the permits, which are out as long as this lives.
class Out {
public:
    Out(World& world, std::size_t n) : out_(world.shared->permits_out), n_(n) {
        out_ += n_;
        world.require(out_ <= permits, "a semaphore gave more permits than it has");
    }
    Out(Out const&) = delete;
    Out& operator=(Out const&) = delete;
    ~Out() { out_ -= n_; }

private:
    std::size_t& out_;
    std::size_t n_;
};

inline Task<int> with_permits(World& world, int next_lock) {
    auto const n = static_cast<std::size_t>(1 + world.roll(static_cast<int>(permits)));
    async::Semaphore& semaphore = world.shared->semaphore;
    auto acquire = n == 1 ? semaphore.acquire() : semaphore.acquire_many(n);
    auto const permit = (co_await std::move(acquire)).unwrap();
    Out const out(world, permit.num_permits());
    co_return co_await holds(world, next_lock);
}

inline Task<int> locked(World& world, int lowest) {
    Scope scope;
    Local const local(world, scope);
    int const lock = lowest + world.roll(locks - lowest);
    switch (lock) {
        case 2: co_return co_await in_rwlock(world, lock + 1);
        case 3: co_return co_await with_permits(world, lock + 1);
        default: co_return co_await in_mutex(world, static_cast<std::size_t>(lock));
    }
}

inline Task<Result<Token, int>> makes(World& world, int& makers) {
    Counted const counted(makers);
    world.require(makers == 1, "two make the value of one OnceCell");
    Leaf leaf(world);
    co_await std::ref(leaf);
    if (world.one_in(4)) {
        co_return Err(2);
    }
    co_return Ok(Token(world));
}

inline Task<int> makes_or_gets(World& world) {
    Shared& shared = *world.shared;
    auto const which = static_cast<std::size_t>(world.roll(2));
    auto making =
        shared.cells[which].get_or_try_init(makes, std::ref(world), std::ref(shared.makers[which]));
    auto const made = co_await std::move(making);
    world.require(made.is_err() || &made.unwrap() == shared.cells[which].get(),
                  "a OnceCell gave another value than its own");
    co_return made.is_ok() ? 1 : 2;
}

}  // namespace random_programs

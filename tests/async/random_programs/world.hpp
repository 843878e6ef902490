// What random programs are made in: the dice, what is alive, who waits for what, and a future
// written by hand that only the driver of the test ends.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"

namespace random_programs {

using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::Waker;

class Leaf;
struct Shared;

/// What a program can wait for that the driver gives once nothing else can happen.
enum class For : std::uint8_t {
    barrier,  // the others, who come to it
    item,     // a change, and a notify_one or notify_last for it
    signal,   // a notify_one alone
    round,    // a notify_waiters
    letter,   // the value of a oneshot
    end,      // the other end of a channel, to be dropped
    mail,     // a value in the bounded channel
    slot,     // room in it
    parcel,   // a value in the unbounded channel
    change,   // of the watched value
    event,    // a broadcast
};
inline constexpr std::size_t kinds = 11;

/// The world of some programs that run beside each other.
struct World {
    explicit World(std::uint32_t seed);
    World(World const&) = delete;
    World& operator=(World const&) = delete;
    ~World();

    /// A number below `bound`.
    int roll(int bound) { return static_cast<int>(random() % static_cast<std::uint32_t>(bound)); }
    bool one_in(int bound) { return roll(bound) == 0; }

    /// Keeps the first thing that is wrong: what follows may come of it.
    void require(bool right, char const* otherwise) {
        if (!right && wrong.empty()) {
            wrong = otherwise;
        }
    }

    [[nodiscard]] int& waiting(For kind) { return waiting_[static_cast<std::size_t>(kind)]; }

    void wake_one();
    /// Calls the wakers that were kept longer than their futures: it does nothing, or wakes in
    /// vain.
    void call_old_wakers() {
        while (!old_wakers.empty()) {
            Waker waker = std::move(old_wakers.back());
            old_wakers.pop_back();
            waker.wake();
        }
    }

    std::minstd_rand random;
    int alive = 0;
    int last_id = 0;
    std::string wrong{};
    std::vector<Leaf*> asleep{};
    std::vector<Waker> old_wakers{};
    std::unique_ptr<Shared> shared;

private:
    std::array<int, kinds> waiting_{};
};

/// Here a program waits for something of the driver.
class Waiting {
public:
    Waiting(World& world, For kind) : count_(world.waiting(kind)) { ++count_; }
    Waiting(Waiting const&) = delete;
    Waiting& operator=(Waiting const&) = delete;
    ~Waiting() { --count_; }

private:
    int& count_;
};

/// Something that one program at a time may use.
class Claim {
public:
    explicit Claim(bool& claimed) : claimed_(claimed) { claimed_ = true; }
    Claim(Claim const&) = delete;
    Claim& operator=(Claim const&) = delete;
    ~Claim() { claimed_ = false; }

private:
    bool& claimed_;
};

/// The locals of one scope, which must end in reverse.
struct Scope {
    int depth = 0;
};

class Local {
public:
    Local(World& world, Scope& scope) : world_(world), scope_(scope), place_(scope.depth++) {
        ++world_.alive;
    }
    Local(Local const&) = delete;
    Local& operator=(Local const&) = delete;
    ~Local() {
        --world_.alive;
        --scope_.depth;
        world_.require(scope_.depth == place_, "locals ended in the wrong order");
    }

private:
    World& world_;
    Scope& scope_;
    int place_;
};

/// An argument of a task, or a value that is sent: it moves, and ends once.
class Token {
public:
    explicit Token(World& world) : Token(world, ++world.last_id) {}
    Token(World& world, int id) : world_(&world), id_(id) { ++world.alive; }
    Token(Token&& other) noexcept : world_(std::exchange(other.world_, nullptr)), id_(other.id_) {}
    Token& operator=(Token&& other) noexcept {
        Token last(std::move(other));
        std::swap(world_, last.world_);
        std::swap(id_, last.id_);
        return *this;
    }
    ~Token() {
        if (world_ != nullptr) {
            --world_->alive;
        }
    }

    [[nodiscard]] Token clone() const { return Token(*world_, id_); }
    /// -1 once moved from.
    [[nodiscard]] int id() const noexcept { return world_ != nullptr ? id_ : -1; }

private:
    World* world_;
    int id_;
};

/// What was sent into a channel and not yet received, in order: nothing is lost, doubled or passes.
class Ledger {
public:
    explicit Ledger(World& world) : world_(world) {}

    void sent(int id) { ids_.push_back(id); }
    void received(Token const& token) {
        world_.require(!ids_.empty() && ids_.front() == token.id(),
                       "a value came that was not the next to come");
        if (!ids_.empty()) {
            ids_.pop_front();
        }
    }
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }

private:
    World& world_;
    std::deque<int> ids_{};
};

/// Pending a few times; then ready, or it throws. The driver wakes it.
class Leaf {
public:
    using Output = int;

    explicit Leaf(World& world)
        : world_(&world), argument_(world), polls_(world.roll(3)), throws_(world.one_in(40)) {}
    Leaf(Leaf&& other) noexcept  // before the first poll
        : world_(other.world_),
          argument_(std::move(other.argument_)),
          polls_(other.polls_),
          throws_(other.throws_) {}
    Leaf& operator=(Leaf&&) = delete;
    ~Leaf() {
        if (waker_) {
            leave();
            if (world_->one_in(4)) {
                world_->old_wakers.push_back(*std::move(waker_));
            }
        }
    }

    Poll<int> poll(Context& cx) {
        if (polls_-- > 0) {
            if (!waker_) {
                world_->asleep.push_back(this);
            }
            waker_.emplace(cx.waker().clone());
            return Poll<int>::pending();
        }
        if (waker_) {
            leave();
            waker_.reset();
        }
        if (throws_) {
            throw 1;
        }
        return Poll<int>::ready(1);
    }

    void wake() {
        leave();
        Waker waker = *std::move(waker_);
        waker_.reset();
        waker.wake();
    }

private:
    void leave() { std::erase(world_->asleep, this); }

    World* world_;
    Token argument_;
    int polls_;
    bool throws_;
    std::optional<Waker> waker_;  // while it sleeps
};

inline void World::wake_one() {
    if (!asleep.empty()) {
        asleep[static_cast<std::size_t>(roll(static_cast<int>(asleep.size())))]->wake();
    }
}

}  // namespace random_programs

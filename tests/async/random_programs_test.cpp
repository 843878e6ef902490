// Programs made at random, of tasks, blocks and futures written by hand, that await each other in
// every way there is. They are polled at random and dropped at random: whatever happens, each
// object in them ends once, those of one scope in reverse, and no waker stays behind.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/result.hpp"

namespace {

using tandem::Err;
using tandem::Ok;
using tandem::Result;
using tandem::async::block;
using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::poll_fn;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::testing::Polled;

/// One program's world: what may happen in it, and what is alive in it.
struct World {
    explicit World(std::uint32_t seed) : random(seed) {}

    /// A number below `bound`.
    int roll(int bound) { return static_cast<int>(random() % static_cast<std::uint32_t>(bound)); }

    std::mt19937 random;
    int alive = 0;
    int wrong_order = 0;
    std::vector<Waker> to_wake{};
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
        world_.wrong_order += scope_.depth == place_ ? 0 : 1;
    }

private:
    World& world_;
    Scope& scope_;
    int place_;
};

/// An argument: may be moved until its task begins.
class Argument {
public:
    explicit Argument(World& world) : world_(&world) { ++world.alive; }
    Argument(Argument&& other) noexcept : world_(std::exchange(other.world_, nullptr)) {}
    Argument& operator=(Argument&&) = delete;
    ~Argument() {
        if (world_ != nullptr) {
            --world_->alive;
        }
    }

private:
    World* world_;
};

/// Pending a few times; then ready, or it throws. Keeps its waker, to be woken through it.
class Leaf {
public:
    using Output = int;

    explicit Leaf(World& world)
        : world_(&world), argument_(world), polls_(world.roll(4)), throws_(world.roll(8) == 0) {}

    Poll<int> poll(Context& cx) {
        if (polls_-- > 0) {
            keep_.emplace(cx.waker().clone());
            if (world_->roll(2) == 0) {
                world_->to_wake.push_back(cx.waker().clone());
            }
            return Poll<int>::pending();
        }
        keep_.reset();
        if (throws_) {
            throw 1;
        }
        return Poll<int>::ready(1);
    }

private:
    World* world_;
    Argument argument_;
    int polls_;
    bool throws_;
    std::optional<Waker> keep_;
};

Result<int, int> maybe_fail(World& world) {
    if (world.roll(6) == 0) {
        return Err(2);
    }
    return Ok(1);
}

Task<int> program(World& world, int depth, Argument argument);

Task<Result<int, int>> failing_program(World& world, int depth, Argument) {
    Scope scope;
    Local const first(world, scope);
    int sum = co_await maybe_fail(world);
    sum += co_await program(world, depth - 1, Argument(world));
    Local const second(world, scope);
    sum += co_await maybe_fail(world);
    co_return Ok(sum);
}

Task<int> caught(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    try {
        Local const inner(world, scope);
        co_return co_await program(world, depth - 1, Argument(world));
    } catch (int) { co_return 3; }
}

Task<int> begun_first(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    Task<int> task = program(world, depth - 1, Argument(world));
    auto once = poll_fn([&task](Context& cx) { return Poll<Poll<int>>::ready(task.poll(cx)); });
    auto const begun = co_await std::move(once);
    if (begun.is_ready()) {
        co_return begun.value();
    }
    co_return co_await std::move(task);
}

Task<int> in_block(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto const body = [](World& inside, int deeper, Argument&& argument) {
        return program(inside, deeper, std::move(argument));
    };
    auto future = block(body, std::ref(world), depth - 1, Argument(world));
    co_return co_await std::move(future);
}

Task<int> dropped_half_way(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    {
        Polled child(program(world, depth - 1, Argument(world)));
        for (int polls = world.roll(3); polls > 0; --polls) {
            if (child.poll().is_ready()) {
                break;
            }
        }
        child.drop();
    }
    co_await yield_now();
    co_return 1;
}

Task<int> loop(World& world, int depth) {
    Scope scope;
    int sum = 0;
    for (int rounds = world.roll(4); rounds > 0; --rounds) {
        Local const local(world, scope);
        sum += co_await program(world, depth - 2, Argument(world));
    }
    co_return sum;
}

Task<int> awaits_leaf(World& world) {
    Scope scope;
    Local const local(world, scope);
    if (world.roll(2) == 0) {
        co_return co_await Leaf(world);
    }
    Leaf leaf(world);
    co_return co_await std::ref(leaf);
}

Task<int> joined(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto both = tandem::async::join(program(world, depth - 1, Argument(world)),
                                    program(world, depth - 1, Argument(world)), Leaf(world));
    auto const [a, b, c] = co_await std::move(both);
    co_return a + b + c;
}

Task<int> selected(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto first = tandem::async::select(program(world, depth - 1, Argument(world)),
                                       program(world, depth - 1, Argument(world)), Leaf(world));
    auto const winner = co_await std::move(first);
    co_return static_cast<int>(winner.index());
}

Task<int> program(World& world, int depth, Argument) {
    Scope scope;
    Local const before(world, scope);
    if (depth <= 0) {
        co_return co_await ready(1);
    }
    int result = 0;
    switch (world.roll(10)) {
        case 0: result = co_await awaits_leaf(world); break;
        case 1: result = co_await caught(world, depth); break;
        case 2: result = co_await in_block(world, depth); break;
        case 3: result = co_await begun_first(world, depth); break;
        case 4: result = co_await dropped_half_way(world, depth); break;
        case 5: result = co_await loop(world, depth); break;
        case 6: {
            auto outcome = co_await failing_program(world, depth, Argument(world));
            result = outcome.is_ok() ? 1 : 2;
            break;
        }
        case 7: co_await yield_now(); break;
        case 8: result = co_await joined(world, depth); break;
        case 9: result = co_await selected(world, depth); break;
        default: break;
    }
    Local const after(world, scope);
    result += co_await awaits_leaf(world);
    co_return result;
}

void wake_some(World& world) {
    while (!world.to_wake.empty() && world.roll(3) != 0) {
        auto const at = world.to_wake.begin() + world.roll(static_cast<int>(world.to_wake.size()));
        at->wake();
        world.to_wake.erase(at);
    }
}

/// What is wrong at the end of the program of this seed; empty if nothing is.
std::string run(std::uint32_t seed) {
    World world(seed);
    std::vector<Polled<Task<int>>> programs;
    for (int i = 0; i < 3; ++i) {
        programs.emplace_back(program(world, 2 + world.roll(5), Argument(world)));
    }
    int const polls = world.roll(40);
    std::vector<bool> over(programs.size(), false);
    for (int i = 0; i < polls; ++i) {
        auto const at = static_cast<std::size_t>(world.roll(static_cast<int>(programs.size())));
        try {
            if (!over[at] && programs[at].poll().is_ready()) {
                over[at] = true;
            }
        } catch (int) { over[at] = true; }
        wake_some(world);
    }
    for (auto& each : programs) {
        each.drop();
    }
    world.to_wake.clear();
    for (auto& each : programs) {
        if (each.wakers_alive() != 0) {
            return "a waker stays behind";
        }
    }
    if (world.alive != 0) {
        return std::to_string(world.alive) + " objects too many or too few ended";
    }
    return world.wrong_order == 0 ? "" : "locals ended in the wrong order";
}

}  // namespace

TEST_CASE("random programs: everything ends once and in order, wherever they are dropped",
          "[async][random_programs]") {
    constexpr std::uint32_t seeds = 10'000;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        std::string const wrong = run(seed);
        INFO("seed " << seed);
        REQUIRE(wrong == "");
    }
}

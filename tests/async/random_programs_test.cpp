// Programs made at random, of tasks, blocks, combinators and futures written by hand, which await
// each other in every way there is, and share locks and channels. They are polled at random and
// dropped at random: whatever happens, each object in them ends once, those of one scope in
// reverse; no waker stays behind; what was sent is neither lost nor doubled; and the programs that
// are left come to their end, though they are polled only when they are woken.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "async/random_programs/shared.hpp"
#include "async/random_programs/waits.hpp"
#include "async/random_programs/world.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/futures_unordered.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/race.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/try_join.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/result.hpp"

namespace {

using namespace random_programs;
using tandem::async::block;
using tandem::async::poll_fn;
using tandem::async::ready;
using tandem::async::yield_now;
using tandem::testing::Polled;

Result<int, int> maybe_fail(World& world) {
    if (world.one_in(6)) {
        return Err(2);
    }
    return Ok(1);
}

Task<int> program(World& world, int depth, Token token);

Task<Result<int, int>> failing_program(World& world, int depth, Token) {
    Scope scope;
    Local const first(world, scope);
    int sum = co_await maybe_fail(world);
    sum += co_await program(world, depth - 1, Token(world));
    Local const second(world, scope);
    sum += co_await maybe_fail(world);
    co_return Ok(sum);
}

Task<int> caught(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    try {
        Local const inner(world, scope);
        co_return co_await program(world, depth - 1, Token(world));
    } catch (int) { co_return 3; }
}

Task<int> begun_first(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    Task<int> task = program(world, depth - 1, Token(world));
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
    auto const body = [](World& inside, int deeper, Token&& token) {
        return program(inside, deeper, std::move(token));
    };
    auto future = block(body, std::ref(world), depth - 1, Token(world));
    co_return co_await std::move(future);
}

Task<int> dropped_half_way(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    {
        Polled child(program(world, depth - 1, Token(world)));
        for (int polls = world.roll(3); polls > 0; --polls) {
            if (child.poll().is_ready()) {
                break;
            }
        }
        child.drop();
        world.call_old_wakers();
        world.require(child.wakers_alive() == 0, "a waker stays behind in the middle of a program");
    }
    co_await yield_now();
    co_return 1;
}

Task<int> loop(World& world, int depth) {
    Scope scope;
    int sum = 0;
    for (int rounds = world.roll(4); rounds > 0; --rounds) {
        Local const local(world, scope);
        sum += co_await program(world, depth - 2, Token(world));
    }
    co_return sum;
}

Task<int> awaits_leaf(World& world) {
    Scope scope;
    Local const local(world, scope);
    if (world.one_in(2)) {
        co_return co_await Leaf(world);
    }
    Leaf leaf(world);
    co_return co_await std::ref(leaf);
}

Task<int> joined(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto both = tandem::async::join(program(world, depth - 1, Token(world)),
                                    program(world, depth - 1, Token(world)), Leaf(world));
    auto const [a, b, c] = co_await std::move(both);
    co_return a + b + c;
}

Task<int> selected(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto first = tandem::async::select(program(world, depth - 1, Token(world)),
                                       program(world, depth - 1, Token(world)), Leaf(world));
    auto const winner = co_await std::move(first);
    co_return static_cast<int>(winner.index());
}

Task<int> raced(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto first = tandem::async::race(program(world, depth - 1, Token(world)), waits(world),
                                     locked(world, 0));
    co_return co_await std::move(first);
}

/// With a timeout, which may come at the same time.
Task<int> waits_for_a_while(World& world) {
    Scope scope;
    Local const local(world, scope);
    auto first = tandem::async::race(waits(world), Leaf(world));
    co_return co_await std::move(first);
}

Task<int> try_joined(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    auto both = tandem::async::try_join(failing_program(world, depth - 1, Token(world)),
                                        failing_program(world, depth - 1, Token(world)));
    auto const results = co_await std::move(both);
    co_return results.is_ok() ? 1 : 2;
}

/// One of the children of join_all and of FuturesUnordered.
Task<int> child(World& world, int depth) {
    switch (world.roll(3)) {
        case 0: return waits(world);
        case 1: return locked(world, 0);
        default: return program(world, depth - 2, Token(world));
    }
}

Task<int> all_joined(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    std::vector<Task<int>> children;
    for (int more = world.roll(4); more > 0; --more) {
        children.push_back(child(world, depth));
    }
    auto all = tandem::async::join_all(std::move(children));
    auto const results = co_await std::move(all);
    co_return static_cast<int>(results.size());
}

/// Takes what comes first, pushes more, stops waiting for a while, and may leave some to be
/// dropped.
Task<int> unordered(World& world, int depth) {
    Scope scope;
    Local const local(world, scope);
    tandem::async::FuturesUnordered<Task<int>> set;
    for (int more = world.roll(4); more > 0; --more) {
        set.push(child(world, depth));
    }
    int sum = 0;
    while (!set.is_empty() && !world.one_in(8)) {
        if (world.one_in(3)) {
            auto first = tandem::async::select(set.next(), Leaf(world));
            auto const winner = co_await std::move(first);
            sum += winner.index() == 0 ? 1 : 0;
            continue;
        }
        auto const result = co_await set.next();
        sum += *result;
        if (world.one_in(4)) {
            set.push(child(world, depth));
        }
        if (world.one_in(4)) {
            sum += co_await awaits_leaf(world);  // only that: what the others hold, they keep
        }
    }
    co_return sum;
}

Task<int> program(World& world, int depth, Token) {
    Scope scope;
    Local const before(world, scope);
    if (depth <= 0) {
        co_return co_await ready(1);
    }
    int result = 0;
    switch (world.roll(26)) {
        case 0: result = co_await awaits_leaf(world); break;
        case 1: result = co_await caught(world, depth); break;
        case 2: result = co_await in_block(world, depth); break;
        case 3: result = co_await begun_first(world, depth); break;
        case 4: result = co_await dropped_half_way(world, depth); break;
        case 5: result = co_await loop(world, depth); break;
        case 6: {
            auto outcome = co_await failing_program(world, depth, Token(world));
            result = outcome.is_ok() ? 1 : 2;
            break;
        }
        case 7: co_await yield_now(); break;
        case 8: result = co_await joined(world, depth); break;
        case 9: result = co_await selected(world, depth); break;
        case 10: result = co_await raced(world, depth); break;
        case 11: result = co_await try_joined(world, depth); break;
        case 12: result = co_await all_joined(world, depth); break;
        case 13: result = co_await unordered(world, depth); break;
        case 14:
        case 15:
        case 16:
        case 17:
        case 18: result = co_await locked(world, 0); break;
        case 19:
        case 20: result = co_await waits_for_a_while(world); break;
        default: result = co_await waits(world); break;
    }
    Local const after(world, scope);
    result += co_await awaits_leaf(world);
    co_return result;
}

Task<int> in_sequence(World& world, int rounds) {
    int sum = 0;
    for (; rounds > 0; --rounds) {
        sum += co_await program(world, 2 + world.roll(4), Token(world));
    }
    co_return sum;
}

/// Polls some programs as an executor does, drops some, and gives them what they wait for.
class Driver {
public:
    explicit Driver(World& world) : world_(world), giver_(world) {
        for (int more = 3 + world.roll(6); more > 0; --more) {
            roots_.emplace_back(in_sequence(world, 1 + world.roll(4)));
        }
    }

    /// Anything may happen, in any order.
    void run_at_random() {
        for (int steps = world_.roll(300); steps > 0; --steps) {
            Root& root = roots_[static_cast<std::size_t>(world_.roll(count()))];
            switch (world_.roll(16)) {
                case 0: drop(root); break;
                case 1: poll(root); break;  // though nobody woke it
                default: step(); break;
            }
        }
    }

    /// Those that are left are polled only when they are woken, which suffices to end them.
    void run_to_the_end() {
        constexpr int many = 100'000;
        for (int steps = 0; !all_over(); ++steps) {
            world_.require(steps < many, "the programs do not come to an end");
            if (!world_.wrong.empty()) {
                return;
            }
            if (any_woken() || !world_.asleep.empty()) {
                step();
                continue;
            }
            giver_.give_all();
            world_.require(any_woken(), "programs wait for what they have been given");
        }
    }

    void drop_all() {
        for (Root& root : roots_) {
            drop(root);
        }
    }

private:
    struct Root {
        explicit Root(Task<int> task) : polled(std::move(task)) {}

        Polled<Task<int>> polled;
        bool woken = true;  // a new task is polled once
        bool over = false;
        bool dropped = false;
    };

    [[nodiscard]] int count() const { return static_cast<int>(roots_.size()); }
    [[nodiscard]] bool all_over() const {
        return std::ranges::all_of(roots_, [](Root const& root) { return root.over; });
    }
    bool is_woken(Root& root) {
        root.woken = root.polled.take_wakes() != 0 || root.woken;
        return root.woken && !root.over;
    }
    bool any_woken() {
        return std::ranges::any_of(roots_, [this](Root& root) { return is_woken(root); });
    }

    void poll(Root& root) {
        if (root.over) {
            return;
        }
        static_cast<void>(root.polled.take_wakes());
        root.woken = false;
        try {
            root.over = root.polled.poll().is_ready();
        } catch (int) { root.over = true; }
    }

    /// What an executor does, and others to whom the programs listen.
    void step() {
        switch (world_.roll(12)) {
            case 0: giver_.give(static_cast<For>(world_.roll(int{kinds}))); break;
            case 1: world_.call_old_wakers(); break;
            case 2:
            case 3:
            case 4:
            case 5: world_.wake_one(); break;
            default: poll_or_drop_a_woken_one(); break;
        }
    }

    void poll_or_drop_a_woken_one() {
        Root& root = roots_[static_cast<std::size_t>(world_.roll(count()))];
        if (!is_woken(root)) {
            return;
        }
        if (world_.one_in(32)) {
            drop(root);  // now it has been given what others wait for
        } else {
            poll(root);
        }
    }

    /// While all that it may have waited for is still there.
    void drop(Root& root) {
        if (!root.dropped) {
            root.dropped = true;
            root.over = true;
            root.polled.drop();
            world_.call_old_wakers();
            world_.require(root.polled.wakers_alive() == 0, "a waker stays behind");
        }
    }

    World& world_;
    Giver giver_;
    std::vector<Root> roots_{};
};

/// Nobody is in a lock, and nothing is used up: all is as it was in the beginning.
void require_all_is_back(World& world) {
    Shared& shared = *world.shared;
    for (auto const& mutex : shared.mutexes) {
        world.require(mutex.try_lock().is_ok(), "a mutex stays locked");
    }
    world.require(shared.rwlock.try_write().is_ok(), "a RwLock stays locked");
    world.require(shared.semaphore.available_permits() == permits, "permits are missing");
    world.require(shared.mail.rx.capacity() + shared.mail.rx.len() == mail_slots,
                  "room in a channel is missing");
    while (true) {
        auto const value = shared.mail.rx.try_recv();
        if (value.is_err()) {
            break;
        }
        shared.mail.ledger.received(*value);
    }
    while (true) {
        auto const value = shared.parcels.rx.try_recv();
        if (value.is_err()) {
            break;
        }
        shared.parcels.ledger.received(*value);
    }
    world.require(shared.mail.ledger.size() + shared.parcels.ledger.size() == 0,
                  "what was sent is lost");
    world.require(shared.watched.receiver_count() + shared.events.receiver_count() == 0,
                  "a receiver is counted that is gone");
    world.require(shared.events.is_empty(), "a broadcast is kept for receivers that are gone");
}

/// What is wrong with the programs of this seed; empty if nothing is.
std::string run(std::uint32_t seed) {
    World world(seed);
    {
        Driver driver(world);
        driver.run_at_random();
        if (!world.one_in(4)) {
            driver.run_to_the_end();
        }
        driver.drop_all();
    }
    require_all_is_back(world);
    world.shared.reset();
    world.old_wakers.clear();
    world.require(world.alive == 0, "too many objects ended, or too few");
    return world.wrong;
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

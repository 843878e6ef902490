// Small programs, each of which waits for one of the things that all programs share. None can wait
// for ever: what it holds while it waits is given back without the help of a second program.
#pragma once

#include <functional>

#include "async/random_programs/channels.hpp"
#include "async/random_programs/locks.hpp"
#include "async/random_programs/shared.hpp"
#include "async/random_programs/world.hpp"
#include "tandem/async/task.hpp"

namespace random_programs {

inline Task<int> meets(World& world) {
    Waiting const here(world, For::barrier);
    auto const met = co_await world.shared->barrier.wait();
    co_return met.is_leader() ? 2 : 1;
}

inline Task<int> takes_item(World& world) {
    Shared& shared = *world.shared;
    while (shared.items == 0) {
        Waiting const here(world, For::item);
        auto told = shared.more_items.notified();
        if (world.one_in(3)) {
            static_cast<void>(told.enable());
        }
        co_await std::ref(told);
    }
    --shared.items;
    co_return 1;
}

inline Task<int> waits_for_signal(World& world) {
    Shared& shared = *world.shared;
    auto told = shared.signal.notified();
    bool const was_told = told.enable();
    world.require(was_told || !shared.signal_is_kept, "a notify_one was not kept");
    shared.signal_is_kept = false;
    Waiting const here(world, For::signal);
    co_await std::ref(told);
    co_return 1;
}

inline Task<int> waits_for_round(World& world) {
    Shared& shared = *world.shared;
    int const before = shared.round;
    WaitingSince const here(world, For::round, shared.rounds_seen, before);
    co_await shared.round_over.notified();
    world.require(shared.round != before, "somebody was told of a round that is not over");
    co_return 1;
}

/// Uses a set that outlives it: what it leaves there, a later program takes out.
inline Task<int> uses_shared_set(World& world) {
    Shared& shared = *world.shared;
    if (shared.leaves_claimed) {
        co_return 0;
    }
    Claim const claim(shared.leaves_claimed);
    for (int more = world.roll(3); more > 0; --more) {
        shared.leaves.push(Leaf(world));
    }
    while (!shared.leaves.is_empty() && !world.one_in(6)) {
        auto const left = shared.leaves.size();
        auto const one = co_await shared.leaves.next();
        world.require(one.has_value() && shared.leaves.size() == left - 1,
                      "a set of futures gave none though it had some");
    }
    co_return 1;
}

inline Task<int> waits(World& world) {
    Scope scope;
    Local const local(world, scope);
    Shared& shared = *world.shared;
    switch (world.roll(18)) {
        case 0: co_return co_await meets(world);
        case 1:
        case 2:
        case 3: co_return co_await takes_item(world);  // often, for several to wait for one
        case 4: co_return co_await waits_for_round(world);
        case 5: co_return co_await makes_or_gets(world);
        case 6: co_return co_await gets_letter(world);
        case 7: co_return co_await waits_for_receivers_end(world);
        case 8: co_return co_await waits_for_senders_end(world);
        case 9: co_return co_await sends_mail(world);
        case 10: co_return co_await reserves_slot(world);
        case 11: co_return co_await receives(world, shared.mail, For::mail);
        case 12: co_return co_await receives(world, shared.parcels, For::parcel);
        case 13: co_return co_await sees_change(world);
        case 14: co_return co_await hears_events(world);
        case 15: co_return co_await pipes(world);
        case 16: co_return co_await waits_for_signal(world);
        default: co_return co_await uses_shared_set(world);
    }
}

}  // namespace random_programs

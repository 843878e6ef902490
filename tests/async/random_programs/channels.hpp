// Programs that use channels: those of their world, and their own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "async/random_programs/shared.hpp"
#include "async/random_programs/world.hpp"
#include "tandem/async/broadcast.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/watch.hpp"

namespace random_programs {

using tandem::async::Task;

inline Task<int> gets_letter(World& world) {
    auto ends = oneshot::channel<Token>();
    world.shared->letters.push_back(std::move(ends.first));
    Waiting const here(world, For::letter);
    if (world.one_in(2)) {
        auto first = async::select(std::ref(ends.second), Leaf(world));
        auto const winner = co_await std::move(first);
        if (winner.index() == 0) {
            co_return winner.get<0>().is_ok() ? 1 : 2;
        }
    }
    auto const letter = co_await std::move(ends.second);
    co_return letter.is_ok() ? 1 : 2;
}

/// Gives the other end of a channel to the driver, who will drop it.
template <class End>
void give_away(World& world, End end) {
    world.shared->ends.push_back(std::make_shared<End>(std::move(end)));
}

inline Task<int> waits_for_receivers_end(World& world) {
    Waiting const here(world, For::end);
    switch (world.roll(4)) {
        case 0: {
            auto ends = oneshot::channel<Token>();
            give_away(world, std::move(ends.second));
            co_await ends.first.closed();
            break;
        }
        case 1: {
            auto ends = mpsc::channel<Token>(1);
            give_away(world, std::move(ends.second));
            co_await ends.first.closed();
            break;
        }
        case 2: {
            auto ends = watch::channel(1);
            give_away(world, std::move(ends.second));
            co_await ends.first.closed();
            break;
        }
        default: {
            auto ends = mpsc::channel<Token>(1);
            give_away(world, std::move(ends.second));
            std::optional<mpsc::Permit<Token>> slot;  // or a value in it, which keeps it too
            if (world.one_in(2)) {
                slot.emplace(ends.first.try_reserve().unwrap());
            } else {
                world.require(ends.first.try_send(Token(world)).is_ok(), "a new channel is full");
            }
            Token token(world);
            int const id = token.id();
            auto const refused = co_await ends.first.send(std::move(token));
            world.require(refused.is_err() && refused.error().value().id() == id,
                          "a value that was not sent did not come back");
            break;
        }
    }
    co_return 1;
}

inline Task<int> waits_for_senders_end(World& world) {
    Waiting const here(world, For::end);
    bool told = false;
    switch (world.roll(4)) {
        case 0: {
            auto ends = oneshot::channel<Token>();
            give_away(world, std::move(ends.first));
            told = (co_await std::move(ends.second)).is_err();
            break;
        }
        case 1: {
            auto ends = mpsc::channel<Token>(1);
            give_away(world, std::move(ends.first));
            auto const none = co_await ends.second.recv();
            told = !none;
            break;
        }
        case 2: {
            auto ends = watch::channel(1);
            give_away(world, std::move(ends.first));
            told = (co_await ends.second.changed()).is_err();
            break;
        }
        default: {
            auto ends = broadcast::channel<Token>(1);
            give_away(world, std::move(ends.first));
            told = (co_await ends.second.recv()).is_err();
            break;
        }
    }
    world.require(told, "a receiver was ready though there was nothing to learn");
    co_return 1;
}

inline Task<int> sends_mail(World& world) {
    auto& mail = world.shared->mail;
    Token token(world);
    int const id = token.id();
    Waiting const here(world, For::slot);
    auto const sent = co_await mail.tx.send(std::move(token));
    world.require(sent.is_ok(), "mail was refused");
    mail.ledger.sent(id);
    co_return 1;
}

/// Has a slot for a while, then uses it, or gives it back.
inline Task<int> reserves_slot(World& world) {
    auto& mail = world.shared->mail;
    std::optional<mpsc::Permit<Token>> slot;
    {
        Waiting const here(world, For::slot);
        auto reserved = co_await mail.tx.reserve();
        slot.emplace(std::move(reserved).unwrap());
    }
    Leaf leaf(world);
    co_await std::ref(leaf);
    if (!world.one_in(3)) {
        Token token(world);
        mail.ledger.sent(token.id());
        std::move(*slot).send(std::move(token));
    }
    co_return 1;
}

/// Receives a few values of a channel that all share, sometimes only for a while.
template <class P>
Task<int> receives(World& world, P& post, For kind) {
    if (post.claimed) {
        co_return 0;
    }
    Claim const claim(post.claimed);
    for (int rounds = 1 + world.roll(2); rounds > 0; --rounds) {
        if (world.one_in(2)) {
            auto first = async::select(post.rx.recv(), Leaf(world));
            auto const winner = co_await std::move(first);
            if (winner.index() == 0) {
                post.ledger.received(*winner.template get<0>());
            }
            continue;
        }
        Waiting const here(world, kind);
        auto const value = co_await post.rx.recv();
        world.require(value.has_value(), "a channel ended though there is a sender");
        if (value) {
            post.ledger.received(*value);
        }
    }
    co_return 1;
}

inline Task<int> sees_change(World& world) {
    auto receiver = world.shared->watched.subscribe();
    for (int rounds = 1 + world.roll(2); rounds > 0; --rounds) {
        int const before = *receiver.borrow();
        WaitingSince const here(world, For::change, world.shared->changes_seen, before);
        auto const changed = co_await receiver.changed();
        int const now = *receiver.borrow_and_update();
        world.require(changed.is_ok() && now > before && now == world.shared->changes,
                      "a watched value is not the latest");
    }
    co_return 1;
}

inline Task<int> hears_events(World& world) {
    auto receiver = world.shared->events.subscribe();
    int next = world.shared->next_event;
    for (int rounds = 1 + world.roll(3); rounds > 0; --rounds) {
        std::optional<WaitingSince> here(std::in_place, world, For::event,
                                         world.shared->events_seen, next);
        auto const heard = co_await receiver.recv();
        here.reset();
        if (heard.is_err()) {
            world.require(heard.error().is_lagged(), "a broadcast ended though there is a sender");
            next += static_cast<int>(heard.error().missed());
            continue;
        }
        world.require(heard->id() == next++, "a broadcast was lost, doubled, or came too early");
        if (world.one_in(2)) {
            Leaf leaf(world);
            co_await std::ref(leaf);
        }
    }
    co_return 1;
}

/// A channel within one program: each end may give up, which the other must learn.
inline Task<int> fills(World& world, mpsc::Sender<Token> tx, Ledger& ledger) {
    for (int values = world.roll(5); values > 0; --values) {
        Token token(world);
        int const id = token.id();
        auto const sent = co_await tx.send(std::move(token));
        if (sent.is_err()) {
            world.require(sent.error().value().id() == id, "send gave back another value");
            break;
        }
        ledger.sent(id);
    }
    co_return 1;
}

inline Task<int> empties(World& world, mpsc::Receiver<Token> given, Ledger& ledger) {
    auto rx = std::move(given);  // ends with the task's body, and not with the task
    for (int values = 1 + world.roll(6); values > 0; --values) {
        auto const value = co_await rx.recv();
        if (!value) {
            world.require(ledger.size() == 0, "a channel ended before its last value");
            break;
        }
        ledger.received(*value);
    }
    co_return 1;
}

inline Task<int> pipes(World& world) {
    Ledger ledger(world);
    auto ends = mpsc::channel<Token>(static_cast<std::size_t>(1 + world.roll(2)));
    auto second = ends.first.clone();
    auto all = async::join(fills(world, std::move(ends.first), ledger),
                           fills(world, std::move(second), ledger),
                           empties(world, std::move(ends.second), ledger));
    auto const [a, b, c] = co_await std::move(all);
    co_return a + b + c;
}

}  // namespace random_programs

// What the programs of one world share, and what the driver gives to those who wait for it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "async/random_programs/world.hpp"
#include "support/async.hpp"
#include "tandem/async/barrier.hpp"
#include "tandem/async/broadcast.hpp"
#include "tandem/async/futures_unordered.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/async/once_cell.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/rwlock.hpp"
#include "tandem/async/semaphore.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/watch.hpp"

namespace random_programs {

namespace async = tandem::async;
namespace broadcast = tandem::async::broadcast;
namespace mpsc = tandem::async::mpsc;
namespace oneshot = tandem::async::oneshot;
namespace watch = tandem::async::watch;

/// A channel whose receiver is used by one program at a time.
template <class Tx, class Rx>
struct Post {
    Post(World& world, std::pair<Tx, Rx> ends)
        : tx(std::move(ends.first)), rx(std::move(ends.second)), ledger(world) {}

    Tx tx;
    Rx rx;
    Ledger ledger;
    bool claimed = false;
};

/// Who is inside a lock.
struct Inside {
    mutable int readers = 0;  // who may not change the rest
    int writers = 0;
};

/// What those who wait for the next of many have seen already: nobody may sleep through one.
using Seen = std::multiset<int>;

/// One who waits, and has seen all up to a number.
class WaitingSince {
public:
    WaitingSince(World& world, For kind, Seen& seen, int now)
        : waiting_(world, kind), seen_(seen), place_(seen.insert(now)) {}
    WaitingSince(WaitingSince const&) = delete;
    WaitingSince& operator=(WaitingSince const&) = delete;
    ~WaitingSince() { seen_.erase(place_); }

private:
    Waiting waiting_;
    Seen& seen_;
    Seen::iterator place_;
};

inline constexpr std::size_t permits = 3;
inline constexpr std::size_t barrier_size = 3;
inline constexpr std::size_t mail_slots = 2;
inline constexpr std::size_t events_kept = 2;

struct Shared {
    explicit Shared(World& world)
        : mail(world, mpsc::channel<Token>(mail_slots)),
          parcels(world, mpsc::unbounded_channel<Token>()) {}

    async::Mutex<Inside> mutexes[2];
    async::RwLock<Inside> rwlock;
    async::Semaphore semaphore{permits};
    std::size_t permits_out = 0;

    async::Barrier barrier{barrier_size};

    async::Notify more_items;
    int items = 0;
    async::Notify signal;
    bool signal_is_kept = false;  // for the next who comes
    async::Notify round_over;
    int round = 0;
    Seen rounds_seen{};

    async::OnceCell<Token> cells[2];
    int makers[2] = {0, 0};

    std::vector<oneshot::Sender<Token>> letters{};
    std::vector<std::shared_ptr<void>> ends{};

    Post<mpsc::Sender<Token>, mpsc::Receiver<Token>> mail;
    Post<mpsc::UnboundedSender<Token>, mpsc::UnboundedReceiver<Token>> parcels;

    watch::Sender<int> watched = watch::channel(0).first;
    int changes = 0;
    Seen changes_seen{};

    broadcast::Sender<Token> events = broadcast::channel<Token>(events_kept).first;
    int next_event = 0;
    Seen events_seen{};

    async::FuturesUnordered<Leaf> leaves{};
    bool leaves_claimed = false;
};

inline World::World(std::uint32_t seed)
    : random(seed + 1), shared(std::make_unique<Shared>(*this)) {}
inline World::~World() = default;

/// What the driver gives: mostly where somebody waits for it, or else nobody would have to wait.
class Giver {
public:
    explicit Giver(World& world) : world_(world), shared_(*world.shared) {}

    void give(For kind) {
        if (world_.waiting(kind) == 0 && !world_.one_in(16)) {
            return;
        }
        switch (kind) {
            case For::barrier: break;  // only at the end: see fill_barrier
            case For::item: items(); break;
            case For::signal: signal(); break;
            case For::round: round(); break;
            case For::letter: letter(); break;
            case For::end: end(); break;
            case For::mail: send_mail(); break;
            case For::slot: empty_slot(); break;
            case For::parcel: send_parcel(); break;
            case For::change: change(); break;
            case For::event: events(); break;
        }
    }

    /// For a time when nobody is woken and none sleeps: whoever waits has a reason, and gets what
    /// he waits for.
    void give_all() {
        world_.require(world_.waiting(For::item) == 0 || shared_.items == 0,
                       "somebody waits for an item though there is one");
        world_.require(world_.waiting(For::mail) == 0 || shared_.mail.rx.is_empty(),
                       "somebody waits for mail though there is some");
        world_.require(world_.waiting(For::slot) == 0 || shared_.mail.rx.capacity() == 0,
                       "somebody waits for a slot though there is one");
        world_.require(world_.waiting(For::parcel) == 0 || shared_.parcels.rx.is_empty(),
                       "somebody waits for a parcel though there is one");
        require_awake(shared_.rounds_seen, shared_.round);
        require_awake(shared_.changes_seen, shared_.changes);
        require_awake(shared_.events_seen, shared_.next_event);
        if (world_.waiting(For::barrier) != 0) {
            fill_barrier();
        }
        while (!shared_.letters.empty() && world_.waiting(For::letter) != 0) {
            letter();
        }
        if (world_.waiting(For::end) != 0) {
            shared_.ends.clear();
        }
        for (For const kind : {For::item, For::signal, For::round, For::mail, For::slot,
                               For::parcel, For::change, For::event}) {
            give(kind);
        }
    }

private:
    void require_awake(Seen const& seen, int latest) {
        world_.require(seen.empty() || *seen.begin() == latest,
                       "somebody sleeps through what all are told");
    }

    template <class T>
    typename std::vector<T>::iterator any(std::vector<T>& values) {
        return values.begin() + world_.roll(static_cast<int>(values.size()));
    }

    static async::Task<bool> leads(async::Barrier const& barrier) {
        auto const met = co_await barrier.wait();
        co_return met.is_leader();
    }

    /// All but the last wait, and the last lets all of them go.
    void fill_barrier() {
        auto const waiting = static_cast<std::size_t>(world_.waiting(For::barrier));
        if (waiting >= barrier_size) {
            return world_.require(false, "a barrier did not open though all have come");
        }
        std::size_t const missing = barrier_size - waiting;
        std::deque<tandem::testing::Polled<async::Task<bool>>> others;  // which do not move
        for (std::size_t i = 1; i < missing; ++i) {
            others.emplace_back(leads(shared_.barrier));
            world_.require(others.back().poll().is_pending(), "a barrier opened too early");
        }
        tandem::testing::Polled last(leads(shared_.barrier));
        auto const opened = last.poll();
        world_.require(opened.is_ready() && opened.value(), "a barrier did not open");
        for (auto& other : others) {
            auto const passed = other.poll();
            world_.require(passed.is_ready() && !passed.value(),
                           "a barrier opened for some of those who wait");
        }
    }

    void items() {
        for (int more = 1 + world_.roll(2); more > 0; --more) {
            ++shared_.items;
            if (world_.one_in(3)) {
                shared_.more_items.notify_last();
            } else {
                shared_.more_items.notify_one();
            }
        }
        if (world_.one_in(8)) {
            shared_.more_items.notify_waiters();
        }
    }

    void signal() {
        shared_.signal_is_kept = shared_.signal_is_kept || world_.waiting(For::signal) == 0;
        shared_.signal.notify_one();
    }

    void round() {
        ++shared_.round;
        shared_.round_over.notify_waiters();
    }

    /// Sends, or drops the sender.
    void letter() {
        if (shared_.letters.empty()) {
            return;
        }
        auto const chosen = any(shared_.letters);
        oneshot::Sender<Token> sender = std::move(*chosen);
        shared_.letters.erase(chosen);
        if (world_.one_in(3)) {
            return;
        }
        Token token(world_);
        int const id = token.id();
        bool const closed = sender.is_closed();
        auto const sent = sender.send(std::move(token));
        world_.require(sent.is_err() == closed, "a oneshot took a value for nobody, or refused it");
        world_.require(sent.is_ok() || sent.error().id() == id,
                       "a oneshot gave back another value");
    }

    void end() {
        if (!shared_.ends.empty()) {
            auto const chosen = any(shared_.ends);
            auto const ended = std::move(*chosen);  // after it has left: it may wake somebody
            shared_.ends.erase(chosen);
        }
    }

    void send_mail() {
        Token token(world_);
        int const id = token.id();
        auto const sent = shared_.mail.tx.try_send(std::move(token));
        if (sent.is_ok()) {
            shared_.mail.ledger.sent(id);
        } else {
            world_.require(sent.error().value().id() == id, "try_send gave back another value");
        }
    }

    void empty_slot() {
        if (shared_.mail.claimed) {
            return;  // the program that receives does it
        }
        auto const value = shared_.mail.rx.try_recv();
        if (value.is_ok()) {
            shared_.mail.ledger.received(*value);
        }
    }

    void send_parcel() {
        Token token(world_);
        shared_.parcels.ledger.sent(token.id());
        world_.require(shared_.parcels.tx.send(std::move(token)).is_ok(), "a parcel was refused");
    }

    void change() { shared_.watched.send_replace(++shared_.changes); }

    /// Sometimes more than are kept: some receivers are too slow for that.
    void events() {
        for (int more = 1 + world_.roll(4); more > 0; --more) {
            Token token(world_, shared_.next_event);
            auto const sent = shared_.events.send(std::move(token));
            if (sent.is_ok()) {
                ++shared_.next_event;
            } else {
                world_.require(sent.error().value().id() == shared_.next_event,
                               "a broadcast gave back another value");
            }
        }
    }

    World& world_;
    Shared& shared_;
};

}  // namespace random_programs

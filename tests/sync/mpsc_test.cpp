#include "tandem/sync/mpsc.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/send.hpp"
#include "tandem/core/unit.hpp"

// What all channels have in common, and the unbounded one. The bounded ones have a file of their
// own, mpsc_bounded_test.cpp.

namespace {

using namespace std::chrono_literals;
namespace mpsc = tandem::sync::mpsc;
using mpsc::Receiver;
using mpsc::RecvError;
using mpsc::RecvTimeoutError;
using mpsc::Sender;
using mpsc::TryRecvError;
using tandem::drop;
using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::Unit;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;
using Clock = std::chrono::steady_clock;

using Owner = std::unique_ptr<int>;

static_assert(!std::is_copy_constructible_v<Sender<int>>);
static_assert(std::is_nothrow_move_constructible_v<Sender<int>>);
static_assert(std::is_nothrow_move_assignable_v<Sender<int>>);
static_assert(!std::is_copy_constructible_v<Receiver<int>>);
static_assert(std::is_nothrow_move_constructible_v<Receiver<int>>);
static_assert(std::is_nothrow_move_assignable_v<Receiver<int>>);

static_assert(Send<Sender<int>> && Sync<Sender<int>> && Send<Sender<Owner>>);
static_assert(Send<Receiver<int>> && !Sync<Receiver<int>>);  // one receiver
static_assert(!Send<Sender<int*>> && !Sync<Sender<int*>> && !Send<Receiver<int*>>);
static_assert(Send<mpsc::SendError<int>> && !Send<mpsc::SendError<int*>>);
static_assert(Send<RecvError> && Send<TryRecvError> && Send<RecvTimeoutError>);

static_assert(std::input_iterator<mpsc::Iter<int>::Iterator>);
static_assert(std::ranges::input_range<Receiver<int> const>);
static_assert(std::ranges::input_range<mpsc::TryIter<Owner>>);

struct alignas(64) Large {
    explicit Large(int n) : number(n) {}
    int number;
    char much[200] = {};
};

struct ThrowsOnMove {
    explicit ThrowsOnMove(int n) : number(n) {}
    ThrowsOnMove(ThrowsOnMove&& other) : counted(std::move(other.counted)), number(other.number) {
        if (armed && --armed_in == 0) {
            throw std::runtime_error("moved at a bad moment");
        }
    }
    static void arm(int moves) {
        armed = true;
        armed_in = moves;
    }
    Counted counted;
    int number;
    inline static bool armed = false;
    inline static int armed_in = 0;
};

}  // namespace

TEST_CASE("channel: values come out in the order they were sent", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();

    for (int i = 0; i < 200; ++i) {  // over several blocks
        tx.send(i).unwrap();
    }
    drop(std::move(tx));

    int expected = 0;
    for (auto value : rx) {
        CHECK(value == expected++);
    }
    CHECK(expected == 200);
    CHECK(rx.recv().unwrap_err() == RecvError{});
}

TEST_CASE("channel: carries what moves, what is large and what says nothing", "[sync][mpsc]") {
    auto [owners, owner] = mpsc::channel<Owner>();
    owners.send(std::make_unique<int>(7)).unwrap();
    CHECK(*owner.recv().unwrap() == 7);

    auto [larges, large] = mpsc::channel<Large>();
    larges.send(Large(8)).unwrap();
    Large const received = large.recv().unwrap();
    CHECK(received.number == 8);
    CHECK(reinterpret_cast<std::uintptr_t>(&received) % alignof(Large) == 0);

    auto [units, unit] = mpsc::channel<Unit>();
    units.send({}).unwrap();
    CHECK(unit.recv() == Unit{});

    auto [texts, text] = mpsc::channel<std::string>();
    texts.send("a literal becomes a string").unwrap();
    CHECK(text.recv().unwrap().size() == 26);
}

TEST_CASE("Sender: gives the value back once the receiver is gone", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<Owner>();
    auto const second = tx.clone();
    drop(std::move(rx));

    auto refused = tx.send(std::make_unique<int>(7)).unwrap_err();
    CHECK(*refused.value() == 7);
    CHECK(*std::move(refused).into_inner() == 7);
    CHECK(second.send(std::make_unique<int>(8)).is_err());
}

TEST_CASE("Receiver: receives what was sent before the last sender left, then no more",
          "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto second = tx.clone();
    tx.send(1).unwrap();
    drop(std::move(tx));
    second.send(2).unwrap();
    drop(std::move(second));

    CHECK(rx.recv().unwrap() == 1);
    CHECK(rx.try_recv().unwrap() == 2);
    CHECK(rx.recv().is_err());
    CHECK(rx.try_recv().unwrap_err() == TryRecvError::disconnected);
    CHECK(rx.recv_timeout(1h).unwrap_err() == RecvTimeoutError::disconnected);
}

TEST_CASE("Receiver: try_recv tells empty from disconnected", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();

    CHECK(rx.try_recv().unwrap_err() == TryRecvError::empty);
    tx.send(1).unwrap();
    CHECK(rx.try_recv().unwrap() == 1);
    CHECK(rx.try_recv().unwrap_err() == TryRecvError::empty);
}

TEST_CASE("Receiver: recv_timeout waits that long, not less", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto const begin = Clock::now();

    CHECK(rx.recv_timeout(20ms).unwrap_err() == RecvTimeoutError::timeout);
    CHECK(Clock::now() - begin >= 20ms);
    CHECK(rx.recv_timeout(0s).is_err());
    CHECK(rx.recv_timeout(-1h).unwrap_err() == RecvTimeoutError::timeout);
    CHECK(rx.recv_timeout(std::chrono::nanoseconds::min()).is_err());

    tx.send(1).unwrap();
    tx.send(2).unwrap();
    CHECK(rx.recv_timeout(-1h).unwrap() == 1);  // what is there needs no time
    CHECK(rx.recv_timeout(std::chrono::hours::max()).unwrap() == 2);
}

TEST_CASE("Receiver: the longest timeout is no timeout", "[sync][mpsc][threads]") {
    auto ends = mpsc::channel<int>();
    Threads threads;
    threads.start([&] {
        let_them_fall_asleep();
        ends.first.send(1).unwrap();
    });

    CHECK(ends.second.recv_timeout(std::chrono::hours::max()).unwrap() == 1);
}

TEST_CASE("Receiver: iterates in every form", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<Owner>();
    for (int i = 1; i <= 6; ++i) {
        tx.send(std::make_unique<int>(i)).unwrap();
    }

    int sum = 0;
    SECTION("what is there now, by value") {
        for (auto value : rx.try_iter()) {
            sum += *value;
        }
    }
    SECTION("what is there now, left in the iterator") {
        for (auto&& value : rx.try_iter()) {
            sum += *value;
        }
    }
    SECTION("to the end") {
        drop(std::move(tx));
        for (auto value : rx) {
            sum += *value;
        }
    }
    SECTION("to the end, by iter") {
        drop(std::move(tx));
        for (auto&& value : rx.iter()) {
            sum += *value;
        }
    }
    SECTION("broken off and taken up again, it loses nothing") {
        for (auto value : rx.try_iter()) {
            sum += *value;
            if (*value == 3) {
                break;
            }
        }
        CHECK(sum == 6);
        for (auto value : rx.try_iter()) {
            sum += *value;
        }
    }
    SECTION("by an algorithm") {
        drop(std::move(tx));
        std::ranges::for_each(rx, [&](Owner const& value) { sum += *value; });
    }
    CHECK(sum == 21);
}

TEST_CASE("Sender, Receiver: one that was moved from panics, and does not crash", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto const tx_now = std::move(tx);
    auto const rx_now = std::move(rx);

    // NOLINTBEGIN(bugprone-use-after-move): the claim
    CHECK_THROWS_AS(tx.send(1), Panic);
    CHECK_THROWS_AS(tx.clone(), Panic);
    CHECK_THROWS_AS(rx.recv(), Panic);
    CHECK_THROWS_AS(rx.try_recv(), Panic);
    // NOLINTEND(bugprone-use-after-move)
    tx_now.send(1).unwrap();
    CHECK(rx_now.recv().unwrap() == 1);
}

TEST_CASE("Sender, Receiver: assigned over, they let go of the channel they had", "[sync][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto [other_tx, other_rx] = mpsc::channel<int>();

    tx = std::move(other_tx);
    CHECK(rx.recv().is_err());
    tx.send(1).unwrap();
    CHECK(other_rx.recv().unwrap() == 1);

    rx = std::move(other_rx);
    tx.send(2).unwrap();
    CHECK(rx.recv().unwrap() == 2);
}

TEST_CASE("channel: what nobody receives is destroyed, once", "[sync][mpsc]") {
    int const before = Counted::alive;
    auto const sent = GENERATE(0, 1, 30, 31, 32, 61, 62, 63, 100);  // about the ends of blocks
    auto const received = GENERATE(0, 1, 30, 31, 32, 62);
    {
        auto [tx, rx] = mpsc::channel<Counted>();
        for (int i = 0; i < sent; ++i) {
            tx.send(Counted(i)).unwrap();
        }
        for (int i = 0; i < std::min(sent, received); ++i) {
            CHECK(rx.recv().unwrap().number == i);
        }
        CHECK(Counted::alive == before + sent - std::min(sent, received));

        SECTION("the receiver leaves first") {
            drop(std::move(rx));
            CHECK(Counted::alive == before);
            CHECK(tx.send(Counted(0)).is_err());
        }
        SECTION("the sender leaves first") { drop(std::move(tx)); }
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("channel: a move that throws loses that value alone", "[sync][mpsc]") {
    int const before = Counted::alive;
    {
        auto [tx, rx] = mpsc::channel<ThrowsOnMove>();
        tx.send(ThrowsOnMove(1)).unwrap();

        ThrowsOnMove value(2);
        ThrowsOnMove::arm(1);  // into the channel
        CHECK_THROWS_AS(tx.send(std::move(value)), std::runtime_error);
        ThrowsOnMove::armed = false;
        tx.send(ThrowsOnMove(3)).unwrap();
        tx.send(ThrowsOnMove(4)).unwrap();

        CHECK(rx.recv().unwrap().number == 1);
        ThrowsOnMove::arm(1);  // out of the channel
        CHECK_THROWS_AS(rx.recv(), std::runtime_error);
        ThrowsOnMove::armed = false;
        CHECK(rx.recv().unwrap().number == 4);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("channel: errors say what is wrong", "[sync][mpsc]") {
    CHECK(describe(mpsc::SendError<int>(1)) == "sending on a closed channel");
    CHECK(describe(RecvError{}) == "receiving on a closed channel");
    CHECK(describe(TryRecvError::empty) == "receiving on an empty channel");
    CHECK(describe(TryRecvError::disconnected) == "receiving on a closed channel");
    CHECK(describe(RecvTimeoutError::timeout) == "timed out waiting on channel");
    CHECK(describe(RecvTimeoutError::disconnected) ==
          "channel is empty and sending half is closed");
}

// ---- between threads ----

TEST_CASE("channel: wakes a sleeping receiver, who sees what was written before",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::channel<int>();
    int written = 0;  // not atomic: the channel orders it
    Threads threads;
    threads.start([&] {
        let_them_fall_asleep();
        written = 5;
        ends.first.send(1).unwrap();
    });

    SECTION("recv") { CHECK(ends.second.recv().unwrap() == 1); }
    SECTION("recv_timeout") { CHECK(ends.second.recv_timeout(1h).unwrap() == 1); }
    SECTION("a loop") {
        for (auto value : ends.second) {
            CHECK(value == 1);
            break;
        }
    }
    CHECK(written == 5);
}

TEST_CASE("channel: wakes a sleeping receiver when the last sender leaves",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::channel<int>();
    std::optional<Sender<int>> tx = std::move(ends.first);
    std::optional<Sender<int>> second = tx->clone();
    int written = 0;
    Threads threads;
    threads.start([&] {
        second.reset();
        let_them_fall_asleep();
        written = 5;
        tx.reset();
    });

    CHECK(ends.second.recv().is_err());
    CHECK(written == 5);
}

TEST_CASE("channel: who finds it closed sees all that its last sender did",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::channel<int>();
    int written = 0;  // not atomic: the end of the sender orders it
    Threads threads;
    threads.start([&] {
        auto const tx = std::move(ends.first);
        let_them_fall_asleep();
        written = 5;
    });

    while (ends.second.try_recv().unwrap_err() == TryRecvError::empty) {
        std::this_thread::yield();
    }

    CHECK(written == 5);
}

TEST_CASE("channel: each sender's values stay in order, none is lost or doubled",
          "[sync][mpsc][threads]") {
    constexpr int senders = 4;
    constexpr int each = 5'000;
    struct Message {
        int from;
        int number;
    };
    auto ends = mpsc::channel<Message>();
    Threads threads;
    for (int from = 0; from < senders; ++from) {
        threads.start([tx = ends.first.clone(), from]() mutable {
            auto mine = std::move(tx);
            for (int i = 0; i < each; ++i) {
                mine.send({.from = from, .number = i}).unwrap();
                if (i % 512 == 0) {
                    std::this_thread::yield();  // for the receiver to fall asleep
                }
            }
        });
    }
    drop(std::move(ends.first));

    std::vector<int> next(senders, 0);
    int wrong = 0;
    for (auto const message : ends.second) {
        wrong += next[static_cast<std::size_t>(message.from)]++ == message.number ? 0 : 1;
    }

    CHECK(wrong == 0);
    CHECK(next == std::vector(senders, each));
}

TEST_CASE("channel: senders are cloned and dropped on many threads", "[sync][mpsc][threads]") {
    auto ends = mpsc::channel<int>();
    std::optional<Sender<int>> first = std::move(ends.first);
    Threads threads;
    threads.start([&] {
        on_threads(3, [&](int i) {
            for (int n = 0; n < 500; ++n) {
                auto const mine = first->clone();
                auto const again = mine.clone();
                again.send(i).unwrap();
            }
        });
        first.reset();
    });

    int received = 0;
    for ([[maybe_unused]] auto value : ends.second) {
        ++received;
    }

    CHECK(received == 1'500);
}

TEST_CASE("channel: a receiver that leaves among its senders destroys or returns every value",
          "[sync][mpsc][threads]") {
    int const before = Counted::alive;
    for (int round = 0; round < 200; ++round) {
        auto ends = mpsc::channel<Counted>();
        std::optional<Receiver<Counted>> rx = std::move(ends.second);
        std::atomic<int> refused{0};

        on_threads(3, [&](int i) {
            if (i == 0) {
                for (int n = 0; n < round % 40; ++n) {
                    (void)rx->recv();
                }
                rx.reset();
                return;
            }
            for (int n = 0; n < 60; ++n) {
                if (auto result = ends.first.send(Counted(n)); result.is_err()) {
                    refused += std::move(result).unwrap_err().into_inner().number == n ? 1 : 100;
                    break;
                }
            }
        });

        REQUIRE(refused <= 2);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("channel: a recv_timeout that meets a send loses nothing", "[sync][mpsc][threads]") {
    constexpr int rounds = 2'000;
    auto ends = mpsc::channel<int>();
    Threads threads;
    threads.start([&] {
        for (int i = 1; i <= rounds; ++i) {
            ends.first.send(i).unwrap();
            tandem::testing::spin_for(i % 200);
            if (i % 16 == 0) {
                std::this_thread::sleep_for(std::chrono::microseconds(i % 100));
            }
        }
        drop(std::move(ends.first));
    });

    int expected = 1;
    int wrong = 0;
    while (true) {
        auto const value = ends.second.recv_timeout(std::chrono::microseconds(expected % 20));
        if (value.is_ok()) {
            wrong += value.unwrap() == expected++ ? 0 : 1;
        } else if (value.unwrap_err() == RecvTimeoutError::disconnected) {
            break;
        }
    }

    CHECK(wrong == 0);
    CHECK(expected == rounds + 1);
}

TEST_CASE("channel: two threads answer each other", "[sync][mpsc][threads]") {
    constexpr int rounds = 2'000;
    auto there = mpsc::channel<int>();
    auto back = mpsc::channel<int>();
    Threads threads;
    threads.start([&] {
        for (auto value : there.second) {
            back.first.send(value + 1).unwrap();
        }
    });

    int wrong = 0;
    for (int i = 0; i < rounds; ++i) {
        there.first.send(i).unwrap();
        wrong += back.second.recv().unwrap() == i + 1 ? 0 : 1;
    }
    drop(std::move(there.first));
    threads.join();

    CHECK(wrong == 0);
}

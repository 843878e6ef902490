#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/mpsc.hpp"

// Channels that may be full; sync_channel(0) has no room at all.

namespace {

using namespace std::chrono_literals;
namespace mpsc = tandem::sync::mpsc;
using mpsc::Receiver;
using mpsc::RecvTimeoutError;
using mpsc::SyncSender;
using mpsc::TryRecvError;
using tandem::drop;
using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::testing::Counted;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;
using Clock = std::chrono::steady_clock;

using Owner = std::unique_ptr<int>;

static_assert(!std::is_copy_constructible_v<SyncSender<int>>);
static_assert(std::is_nothrow_move_constructible_v<SyncSender<int>>);
static_assert(Send<SyncSender<Owner>> && Sync<SyncSender<Owner>>);
static_assert(!Send<SyncSender<int*>>);
static_assert(Send<mpsc::TrySendError<int>> && !Send<mpsc::TrySendError<int*>>);
static_assert(Send<mpsc::SendTimeoutError<int>>);

}  // namespace

TEST_CASE("sync_channel: takes as many as it has room for", "[sync][mpsc]") {
    auto const room = GENERATE(as<std::size_t>(), 1, 2, 3, 8, 100);
    auto [tx, rx] = mpsc::sync_channel<int>(room);

    for (int lap = 0; lap < 3; ++lap) {
        for (std::size_t i = 0; i < room; ++i) {
            tx.try_send(static_cast<int>(i)).unwrap();
        }
        auto full = tx.try_send(-1).unwrap_err();
        CHECK(full.is_full());
        CHECK_FALSE(full.is_disconnected());
        CHECK(full.value() == -1);
        CHECK(std::move(full).into_inner() == -1);
        for (std::size_t i = 0; i < room; ++i) {
            CHECK(rx.recv().unwrap() == static_cast<int>(i));
        }
        CHECK(rx.try_recv().unwrap_err() == TryRecvError::empty);
    }
}

TEST_CASE("sync_channel: a size that memory has not is an error, not a crash", "[sync][mpsc]") {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

    if (tandem::testing::under_tsan || tandem::testing::under_asan) {
        return;  // they end the program before operator new can refuse
    }
    CHECK_THROWS_AS(mpsc::sync_channel<std::uint64_t>(most), std::bad_alloc);
    CHECK_THROWS_AS(mpsc::sync_channel<std::uint64_t>(most / 64), std::bad_alloc);
}

TEST_CASE("SyncSender: gives the value back once the receiver is gone", "[sync][mpsc]") {
    auto const room = GENERATE(as<std::size_t>(), 0, 1, 4);
    auto [tx, rx] = mpsc::sync_channel<Owner>(room);
    drop(std::move(rx));

    CHECK(*tx.send(std::make_unique<int>(1)).unwrap_err().into_inner() == 1);
    auto refused = tx.try_send(std::make_unique<int>(2)).unwrap_err();
    CHECK(refused.is_disconnected());
    CHECK(*std::move(refused).into_inner() == 2);
    auto late = tx.send_timeout(std::make_unique<int>(3), 1h).unwrap_err();
    CHECK(late.is_disconnected());
    CHECK(*std::move(late).into_inner() == 3);
}

TEST_CASE("SyncSender: send_timeout waits for room that long, not less", "[sync][mpsc]") {
    auto const room = GENERATE(as<std::size_t>(), 0, 1);
    auto [tx, rx] = mpsc::sync_channel<int>(room);
    if (room == 1) {
        tx.send(0).unwrap();
    }
    auto const begin = Clock::now();

    auto late = tx.send_timeout(7, 20ms).unwrap_err();
    CHECK(Clock::now() - begin >= 20ms);
    CHECK(late.is_timeout());
    CHECK_FALSE(late.is_disconnected());
    CHECK(std::move(late).into_inner() == 7);
    CHECK(tx.send_timeout(7, 0s).unwrap_err().is_timeout());
    CHECK(tx.send_timeout(7, -1h).unwrap_err().is_timeout());
}

TEST_CASE("sync_channel: what nobody receives is destroyed, once", "[sync][mpsc]") {
    int const before = Counted::alive;
    {
        auto [tx, rx] = mpsc::sync_channel<Counted>(4);
        for (int i = 0; i < 3; ++i) {
            tx.send(Counted(i)).unwrap();
        }
        CHECK(rx.recv().unwrap().number == 0);
        tx.send(Counted(3)).unwrap();
        tx.send(Counted(4)).unwrap();  // round the corner of the ring
        CHECK(Counted::alive == before + 4);
        SECTION("the receiver leaves first") {
            drop(std::move(rx));
            CHECK(Counted::alive == before);
        }
        SECTION("the sender leaves first") { drop(std::move(tx)); }
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("sync_channel: errors say what is wrong", "[sync][mpsc]") {
    using TrySendError = mpsc::TrySendError<int>;
    using SendTimeoutError = mpsc::SendTimeoutError<int>;

    CHECK(describe(TrySendError(TrySendError::Reason::full, 1)) == "sending on a full channel");
    CHECK(describe(TrySendError(TrySendError::Reason::disconnected, 1)) ==
          "sending on a closed channel");
    CHECK(describe(SendTimeoutError(SendTimeoutError::Reason::timeout, 1)) ==
          "timed out waiting on send operation");
    CHECK(describe(SendTimeoutError(SendTimeoutError::Reason::disconnected, 1)) ==
          "sending on a closed channel");
}

// ---- between threads ----

TEST_CASE("sync_channel: a sender that found no room is woken when there is some",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::sync_channel<int>(1);
    ends.first.send(1).unwrap();
    Threads threads;
    for (int i = 2; i <= 4; ++i) {
        threads.start([&, i] {
            if (i % 2 == 0) {
                ends.first.send(i).unwrap();
            } else {
                ends.first.send_timeout(i, 1h).unwrap();
            }
        });
    }
    let_them_fall_asleep();

    int sum = 0;
    for (int i = 1; i <= 4; ++i) {
        sum += ends.second.recv().unwrap();
    }
    threads.join();

    CHECK(sum == 10);
}

TEST_CASE("sync_channel: a receiver that leaves wakes every sender, each with its value",
          "[sync][mpsc][threads]") {
    auto const room = GENERATE(as<std::size_t>(), 0, 1, 2);
    auto ends = mpsc::sync_channel<Owner>(room);
    for (std::size_t i = 0; i < room; ++i) {
        ends.first.send(std::make_unique<int>(0)).unwrap();
    }
    std::atomic<int> returned{0};
    Threads threads;
    for (int i = 1; i <= 3; ++i) {
        threads.start([&, i] {
            auto result = ends.first.send(std::make_unique<int>(i));
            returned += *std::move(result).unwrap_err().into_inner();
        });
    }
    let_them_fall_asleep();

    drop(std::move(ends.second));
    threads.join();

    CHECK(returned == 6);
}

TEST_CASE("sync_channel: each sender's values stay in order, none is lost or doubled",
          "[sync][mpsc][threads]") {
    struct Message {
        int from;
        int number;
    };
    constexpr int senders = 3;
    auto const room = GENERATE(as<std::size_t>(), 0, 1, 2, 5, 128);
    int const each = room < 2 ? 600 : 3'000;
    auto ends = mpsc::sync_channel<Message>(room);
    Threads threads;
    for (int from = 0; from < senders; ++from) {
        threads.start([tx = ends.first.clone(), from, each]() mutable {
            auto mine = std::move(tx);
            for (int i = 0; i < each; ++i) {
                mine.send({.from = from, .number = i}).unwrap();
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

TEST_CASE("sync_channel: senders and receiver with deadlines of their own lose nothing",
          "[sync][mpsc][threads]") {
    auto const room = GENERATE(as<std::size_t>(), 0, 1, 3);
    constexpr int each = 400;
    auto ends = mpsc::sync_channel<int>(room);
    std::atomic<long> sent{0};
    Threads threads;
    for (int from = 0; from < 2; ++from) {
        threads.start([&, tx = ends.first.clone()]() mutable {
            auto mine = std::move(tx);
            for (int i = 1; i <= each;) {
                bool const ok =
                    i % 3 == 0 ? mine.try_send(i).is_ok()
                               : mine.send_timeout(i, std::chrono::microseconds(i % 30)).is_ok();
                if (ok) {
                    sent += i++;
                } else if (i % 3 == 0) {
                    std::this_thread::yield();
                }
            }
        });
    }
    drop(std::move(ends.first));

    long received = 0;
    for (int turn = 0;; ++turn) {
        auto const value = ends.second.recv_timeout(std::chrono::microseconds(turn % 40));
        if (value.is_ok()) {
            received += value.unwrap();
        } else if (value.unwrap_err() == RecvTimeoutError::disconnected) {
            break;
        }
    }
    threads.join();

    CHECK(received == sent);
    CHECK(received == 2L * each * (each + 1) / 2);
}

TEST_CASE("sync_channel: a receiver that leaves among waiting senders leaks nothing",
          "[sync][mpsc][threads]") {
    int const before = Counted::alive;
    auto const room = GENERATE(as<std::size_t>(), 0, 1, 2);
    for (int round = 0; round < 100; ++round) {
        auto ends = mpsc::sync_channel<Counted>(room);
        std::optional<Receiver<Counted>> rx = std::move(ends.second);
        std::atomic<int> wrong{0};

        on_threads(3, [&](int i) {
            if (i == 0) {
                for (int n = 0; n < round % 5; ++n) {
                    (void)rx->recv();
                }
                rx.reset();
                return;
            }
            for (int n = 0; n < 10; ++n) {
                if (auto result = ends.first.send(Counted(n)); result.is_err()) {
                    wrong += std::move(result).unwrap_err().into_inner().number == n ? 0 : 1;
                    break;
                }
            }
        });

        REQUIRE(wrong == 0);
    }
    CHECK(Counted::alive == before);
}

// ---- rendezvous ----

TEST_CASE("sync_channel(0): send returns when the value has been received, not before",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::sync_channel<int>(0);
    std::atomic<bool> returned{false};
    Threads threads;
    threads.start([&] {
        ends.first.send(1).unwrap();
        returned = true;
    });
    let_them_fall_asleep();
    CHECK_FALSE(returned);

    CHECK(ends.second.recv().unwrap() == 1);
    threads.join();
    CHECK(returned);
}

TEST_CASE("sync_channel(0): try_send needs a receiver that waits", "[sync][mpsc][threads]") {
    auto ends = mpsc::sync_channel<int>(0);
    CHECK(ends.first.try_send(1).unwrap_err().is_full());

    Threads threads;
    std::atomic<int> received{0};
    threads.start([&] { received = ends.second.recv().unwrap(); });
    while (ends.first.try_send(2).is_err()) {
        std::this_thread::yield();
    }
    threads.join();

    CHECK(received == 2);
}

TEST_CASE("sync_channel(0): try_recv takes from a sender that waits", "[sync][mpsc][threads]") {
    auto ends = mpsc::sync_channel<int>(0);
    CHECK(ends.second.try_recv().unwrap_err() == TryRecvError::empty);

    Threads threads;
    threads.start([&] { ends.first.send(1).unwrap(); });
    int received = 0;
    while (received == 0) {
        received = ends.second.try_recv().unwrap_or(0);
        std::this_thread::yield();
    }
    threads.join();

    CHECK(received == 1);
}

TEST_CASE("sync_channel(0): a sleeping receiver is told that all senders are gone",
          "[sync][mpsc][threads]") {
    auto ends = mpsc::sync_channel<int>(0);
    std::optional<SyncSender<int>> tx = std::move(ends.first);
    Threads threads;
    threads.start([&] {
        let_them_fall_asleep();
        tx.reset();
    });

    CHECK(ends.second.recv().is_err());
    CHECK(ends.second.try_recv().unwrap_err() == TryRecvError::disconnected);
}

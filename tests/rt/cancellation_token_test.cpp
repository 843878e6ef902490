#include "tandem/rt/cancellation_token.hpp"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/manual.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time/sleep.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::Unit;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Future;
using tandem::async::pending;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::WakerVTable;
using tandem::async::yield_now;
using tandem::rt::Builder;
using tandem::rt::CancellationToken;
using tandem::rt::Cancelled;
using tandem::rt::CancelledOwned;
using tandem::rt::DropGuard;
using tandem::rt::Runtime;
using tandem::rt::time::sleep;
using tandem::testing::Counted;
using tandem::testing::Manual;
using tandem::testing::on_paused_runtime;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::spin_for;
using tandem::testing::Threads;

static_assert(Send<CancellationToken> && Sync<CancellationToken>);
static_assert(!std::is_copy_constructible_v<CancellationToken>);
static_assert(std::is_nothrow_move_constructible_v<CancellationToken>);
static_assert(std::is_nothrow_move_assignable_v<CancellationToken>);
static_assert(Future<Cancelled> && !Send<Cancelled>);  // it borrows its token
static_assert(Future<CancelledOwned> && Send<CancelledOwned>);
static_assert(!std::is_copy_constructible_v<DropGuard>);
static_assert(std::is_nothrow_move_constructible_v<DropGuard>);

template <class T>
concept WaitsForTemporary = requires { T().cancelled(); };
static_assert(!WaitsForTemporary<CancellationToken>);

Task<int&> lent(int& number) { co_return number; }

/// The most memory that this process has ever had, in kilobytes.
long most_memory() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("CancellationToken: cancel is seen by its clones, and cannot be undone",
          "[rt][cancellation_token]") {
    CancellationToken const token;
    CancellationToken const same = token.clone();
    CHECK_FALSE(token.is_cancelled());

    same.cancel();
    same.cancel();

    CHECK(token.is_cancelled());
    CHECK(token.clone().is_cancelled());
}

TEST_CASE("CancellationToken: cancelled() waits for cancel()", "[rt][cancellation_token]") {
    CancellationToken const token;
    Polled first(token.cancelled());
    Polled second(token.cancelled());
    Polled late(token.cancelled());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    token.clone().cancel();

    CHECK(first.take_wakes() == 1);
    CHECK(second.take_wakes() == 1);
    CHECK(first.poll().is_ready());
    CHECK(second.poll().is_ready());
    CHECK(late.poll().is_ready());
    CHECK(Polled(token.cancelled()).poll().is_ready());
    CHECK(first.wakers_alive() == 0);
}

TEST_CASE("CancellationToken: a future that is dropped leaves nothing behind",
          "[rt][cancellation_token]") {
    CancellationToken const token;
    Polled waits(token.cancelled());
    CHECK(waits.poll().is_pending());
    CHECK(waits.wakers_alive() == 1);

    waits.drop();
    token.cancel();

    CHECK(waits.take_wakes() == 0);
    CHECK(waits.wakers_alive() == 0);
}

TEST_CASE("CancellationToken: cancelled_owned() keeps its token", "[rt][cancellation_token]") {
    CancellationToken const parent;
    CancelledOwned fresh = parent.child_token().cancelled_owned();
    Polled waits(std::move(fresh));
    CHECK(waits.poll().is_pending());

    parent.cancel();

    CHECK(waits.take_wakes() == 1);
    CHECK(waits.poll().is_ready());
}

TEST_CASE("CancellationToken: children are cancelled with their parent, and not the reverse",
          "[rt][cancellation_token]") {
    CancellationToken const parent;
    CancellationToken const left = parent.child_token();
    CancellationToken const right = parent.child_token();
    CancellationToken const grandchild = left.child_token();
    Polled waits(grandchild.cancelled());
    Polled waits_right(right.cancelled());
    CHECK(waits.poll().is_pending());
    CHECK(waits_right.poll().is_pending());

    left.cancel();
    CHECK(grandchild.is_cancelled());
    CHECK(waits.take_wakes() == 1);
    CHECK_FALSE(parent.is_cancelled());
    CHECK_FALSE(right.is_cancelled());
    CHECK(waits_right.take_wakes() == 0);

    parent.cancel();
    CHECK(right.is_cancelled());
    CHECK(waits_right.take_wakes() == 1);
    CHECK(parent.child_token().is_cancelled());
    CHECK(parent.child_token().child_token().is_cancelled());
}

TEST_CASE("CancellationToken: what descends from a token outlives it", "[rt][cancellation_token]") {
    CancellationToken const root;

    SECTION("one child, whose parent is gone") {
        CancellationToken const child = root.child_token().child_token().child_token();
        CHECK_FALSE(child.is_cancelled());
        root.cancel();
        CHECK(child.is_cancelled());
    }
    SECTION("several children, whose parent is gone") {
        std::vector<CancellationToken> children;
        {
            CancellationToken const between = root.child_token();
            for (int i = 0; i < 3; ++i) {
                children.push_back(between.child_token());
            }
        }
        children.erase(children.begin() + 1);
        CancellationToken const grandchild = children[0].child_token();
        children[1].cancel();
        CHECK_FALSE(grandchild.is_cancelled());
        root.cancel();
        CHECK(children[0].is_cancelled());
        CHECK(grandchild.is_cancelled());
    }
    SECTION("the root itself is gone") {
        std::optional<CancellationToken> parent(std::in_place);
        CancellationToken const child = parent->child_token();
        CancellationToken const other = parent->child_token();
        CancellationToken const grandchild = child.child_token();
        parent.reset();
        child.cancel();
        CHECK(grandchild.is_cancelled());
        CHECK_FALSE(other.is_cancelled());
        CHECK_FALSE(other.child_token().is_cancelled());
        other.cancel();
        CHECK(other.is_cancelled());
    }
}

TEST_CASE("CancellationToken: every tree that is taken apart in any order stays whole",
          "[rt][cancellation_token]") {
    // A token is dropped, cancelled or given a child, by chance; what is_cancelled() has to be is
    // known from each token's ancestors.
    struct Known {
        std::optional<CancellationToken> token;
        std::size_t parent;
        bool cancelled;
    };
    std::uint32_t seed = 1;
    auto const random = [&seed](std::size_t below) {
        seed = seed * 1'664'525 + 1'013'904'223;
        return (seed >> 8) % below;
    };
    for (int round = 0; round < 300; ++round) {
        std::vector<Known> all;
        all.push_back({CancellationToken(), 0, false});
        for (int step = 0; step < 60; ++step) {
            std::size_t const chosen = random(all.size());
            if (!all[chosen].token) {
                continue;
            }
            std::size_t const what = random(10);
            if (what < 6) {
                all.push_back({all[chosen].token->child_token(), chosen, all[chosen].cancelled});
            } else if (what < 9) {
                all[chosen].token.reset();
            } else {
                all[chosen].token->cancel();
                all[chosen].cancelled = true;
                for (std::size_t i = chosen + 1; i < all.size(); ++i) {
                    all[i].cancelled |= all[all[i].parent].cancelled;
                }
            }
            for (Known const& each : all) {
                REQUIRE((!each.token || each.token->is_cancelled() == each.cancelled));
            }
        }
    }
}

TEST_CASE("CancellationToken: children that live for a short time leave nothing behind",
          "[rt][cancellation_token]") {
    if (tandem::testing::under_asan || tandem::testing::under_tsan) {
        return;  // which keep memory back
    }
    constexpr int count = 1'000'000;
    CancellationToken const root;
    CancellationToken const sibling = root.child_token();
    long const before = most_memory();

    for (int i = 0; i < count; ++i) {
        CancellationToken const child = root.child_token();
    }
    CancellationToken heir = root.child_token();
    for (int i = 0; i < count; ++i) {
        heir = heir.child_token();
    }

    CHECK(most_memory() - before < 10'000);  // 100 bytes each would be ten times as much
    root.cancel();
    CHECK(heir.is_cancelled());
}

TEST_CASE("CancellationToken: a deep family is no recursion", "[rt][cancellation_token]") {
    constexpr std::size_t depth = 100'000;
    std::vector<CancellationToken> chain;
    chain.emplace_back();
    while (chain.size() < depth) {
        chain.push_back(chain.back().child_token());
    }

    SECTION("cancelled") {
        chain.front().cancel();
        CHECK(chain.back().is_cancelled());
    }
    SECTION("cancelled when nobody holds what is between") {
        chain.erase(chain.begin() + 1, chain.end() - 1);
        chain.front().cancel();
        CHECK(chain.back().is_cancelled());
    }
    SECTION("dropped from its end") {
        while (!chain.empty()) {
            chain.pop_back();
        }
    }
    SECTION("dropped from its root") { chain.clear(); }
    SECTION("dropped with branches that hold it together") {
        std::vector<CancellationToken> branches;
        for (CancellationToken const& each : chain) {
            branches.push_back(each.child_token());
        }
        chain.clear();
        CHECK_FALSE(branches.back().is_cancelled());
        while (!branches.empty()) {
            branches.pop_back();
        }
    }
}

namespace {

/// A waker that cancels a token, makes a child and waits: all that a lock would not survive.
struct Meddler {
    CancellationToken const* token;
    mutable int wakes = 0;

    static void const* clone(void const* data) noexcept { return data; }
    static void wake(void const* data) noexcept {
        auto const& self = *static_cast<Meddler const*>(data);
        ++self.wakes;
        self.token->cancel();
        CancellationToken const child = self.token->child_token();
        child.cancel();
        CHECK(Polled(child.cancelled()).poll().is_ready());
    }
    static void drop(void const*) noexcept {}
    static constexpr WakerVTable functions{
        .clone = &clone, .wake = &wake, .wake_by_ref = &wake, .drop = &drop};
};

}  // namespace

TEST_CASE("CancellationToken: wakers are called outside of its locks", "[rt][cancellation_token]") {
    CancellationToken const root;
    CancellationToken const child = root.child_token();
    Meddler const meddler{&root};
    Waker const waker(&meddler, Meddler::functions);
    Context cx(waker);
    Cancelled first = root.cancelled();
    Cancelled second = child.cancelled();
    REQUIRE(first.poll(cx).is_pending());
    REQUIRE(second.poll(cx).is_pending());

    root.cancel();

    CHECK(meddler.wakes == 2);
}

TEST_CASE("CancellationToken: a drop guard cancels, unless it was disarmed",
          "[rt][cancellation_token]") {
    CancellationToken const token;
    {
        DropGuard guard = token.clone().drop_guard();
        CancellationToken const back = guard.disarm();
        CHECK_THROWS_AS(guard.disarm(), Panic);
    }
    CHECK_FALSE(token.is_cancelled());
    {
        DropGuard guard = token.clone().drop_guard();
        DropGuard const moved = std::move(guard);
        CHECK_FALSE(token.is_cancelled());
    }
    CHECK(token.is_cancelled());

    CancellationToken const other;
    DropGuard guard = other.clone().drop_guard();
    guard = token.clone().drop_guard();
    CHECK(other.is_cancelled());
}

TEST_CASE("CancellationToken: run_until_cancelled gives the output, or nothing",
          "[rt][cancellation_token]") {
    CancellationToken const token;
    CHECK(block_on(token.run_until_cancelled(ready(3))) == 3);
    CHECK(block_on(token.run_until_cancelled(yield_now())) == Unit());
    int number = 5;
    CHECK(block_on(token.run_until_cancelled(lent(number))) == &number);

    Manual<int> const manual;
    Polled runs(token.run_until_cancelled(manual.future()));
    CHECK(runs.poll().is_pending());
    CHECK(manual.alive() == 1);
    token.cancel();
    CHECK(runs.take_wakes() == 1);
    CHECK(runs.poll().value() == std::nullopt);
    CHECK(manual.alive() == 0);
    CHECK(manual.polls() == 2);

    SECTION("cancelled from the start, it is not polled") {
        Manual<int> const unused;
        unused.finish(1);
        CHECK(block_on(token.run_until_cancelled(unused.future())) == std::nullopt);
        CHECK(unused.polls() == 0);
        CHECK(unused.alive() == 0);
    }
    SECTION("the output comes first, if both are there") {
        CancellationToken fresh;
        CancellationToken const same = fresh.clone();
        Manual<int> const both;
        Polled polled(std::move(fresh).run_until_cancelled_owned(both.future()));
        CHECK(polled.poll().is_pending());
        both.finish(7);
        same.cancel();
        CHECK(polled.poll().value() == 7);
        CHECK(both.alive() == 0);
    }
}

TEST_CASE("CancellationToken: one that was moved from panics", "[rt][cancellation_token]") {
    CancellationToken token;
    CancellationToken const moved = std::move(token);
    CHECK_THROWS_AS(token.cancel(), Panic);
    CHECK_THROWS_AS(token.child_token(), Panic);
    token = moved.clone();
    moved.cancel();
    CHECK(token.is_cancelled());
}

TEST_CASE("CancellationToken: tasks of a runtime end with it", "[rt][cancellation_token]") {
    on_paused_runtime([]() -> Task<void> {
        CancellationToken const token;
        auto worker = tandem::rt::spawn(
            [](CancellationToken mine, Counted) -> Task<int> {
                auto finished = co_await mine.run_until_cancelled(sleep(1h));
                co_return finished ? 0 : 5;
            },
            token.child_token(), Counted());
        co_await sleep(1s);

        token.cancel();

        auto const ended = co_await std::move(worker);
        CHECK(ended.value() == 5);
    });
    CHECK(Counted::alive == 0);
}

TEST_CASE("CancellationToken: whoever waits is woken, whenever cancel comes",
          "[rt][cancellation_token][threads]") {
    for (int round = 0; round < 2'000; ++round) {
        CancellationToken const root;
        CancellationToken const child = root.child_token();
        on_threads(3, [&](int i) {
            if (i == 0) {
                spin_for(round % 200);
                root.cancel();
            } else {
                block_on((i == 1 ? root : child).cancelled());  // hangs if it is lost
            }
        });
    }
}

TEST_CASE("CancellationToken: families that grow, die and are cancelled at the same time",
          "[rt][cancellation_token][threads]") {
    for (int round = 0; round < 500; ++round) {
        CancellationToken const root;
        CancellationToken const shared = root.child_token();
        std::atomic<int> wrong{0};
        on_threads(4, [&](int i) {
            if (i == 0) {
                spin_for(round);
                shared.cancel();
                return;
            }
            CancellationToken mine = shared.child_token();
            for (int n = 0; n < 20; ++n) {
                CancellationToken const left = mine.child_token();
                CancellationToken right = mine.child_token();
                mine = std::move(right);
            }
            block_on(mine.cancelled());
            wrong += !shared.is_cancelled() || root.is_cancelled();
        });
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("CancellationToken: cancelled while it is dropped", "[rt][cancellation_token][threads]") {
    for (int round = 0; round < 2'000; ++round) {
        CancellationToken const root;
        std::optional<CancellationToken> child(root.child_token());
        std::optional<CancellationToken> grandchild(child->child_token());
        on_threads(3, [&](int i) {
            spin_for(round % 100);
            switch (i) {
                case 0: root.cancel(); break;
                case 1: child.reset(); break;
                default: grandchild.reset();
            }
        });
        REQUIRE(root.is_cancelled());
    }
}

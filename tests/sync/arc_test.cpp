#include "tandem/sync/arc.hpp"

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/mutex.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::Mutex;
using tandem::sync::Weak;
using tandem::testing::Counted;
using tandem::testing::on_threads;
using tandem::testing::run_in_child;
using tandem::testing::Threads;

static_assert(sizeof(Arc<int>) == sizeof(void*));
static_assert(sizeof(Weak<std::vector<int>>) == sizeof(void*));

static_assert(!std::is_copy_constructible_v<Arc<int>> && !std::is_copy_assignable_v<Arc<int>>);
static_assert(std::is_nothrow_move_constructible_v<Arc<int>>);
static_assert(std::is_nothrow_move_assignable_v<Arc<int>>);
static_assert(!std::is_default_constructible_v<Arc<int>>);  // never null
static_assert(!std::is_copy_constructible_v<Weak<int>>);
static_assert(std::is_nothrow_move_constructible_v<Weak<int>>);
static_assert(std::is_nothrow_default_constructible_v<Weak<int>>);

static_assert(Send<Arc<int>> && Sync<Arc<int>> && Send<Weak<int>> && Sync<Weak<int>>);
static_assert(Send<Arc<Mutex<int>>> && Sync<Arc<Mutex<int>>>);
static_assert(!Send<Arc<int*>> && !Sync<Arc<int*>> && !Send<Weak<int*>>);
struct WithCache {
    mutable int cache;
};
static_assert(Send<WithCache> && !Send<Arc<WithCache>>);  // an Arc shares: it takes both

// What an Arc gives is const; who wants to write puts a Mutex inside.
static_assert(std::is_same_v<decltype(*std::declval<Arc<int>&>()), int const&>);
static_assert(std::is_same_v<decltype(std::declval<Arc<int>&>().operator->()), int const*>);

static_assert(std::is_same_v<decltype(make_arc(5)), Arc<int>>);
static_assert(std::is_same_v<decltype(make_arc(std::string())), Arc<std::string>>);

struct alignas(64) Aligned {
    int number;
};

struct Throwing {
    explicit Throwing(bool fails) {
        if (fails) {
            throw std::runtime_error("not built");
        }
    }
    Throwing(Throwing const&) { throw std::runtime_error("not copied"); }
    Counted counted;
};

struct Node {
    int number;
    Weak<Node> self;
};

}  // namespace

TEST_CASE("Arc: make_arc builds the value from its arguments", "[sync][arc]") {
    CHECK(*make_arc<int>(5) == 5);
    CHECK(*make_arc<int>() == 0);
    CHECK(*make_arc(std::string("text")) == "text");
    CHECK(*make_arc<std::string>(3U, 'a') == "aaa");  // parentheses, not braces
    CHECK(*make_arc<std::vector<int>>(2U, 7) == std::vector{7, 7});
    CHECK(*make_arc<std::vector<int>>({2, 7}) == std::vector{2, 7});
    CHECK(make_arc(std::vector{1, 2, 3})->size() == 3);
    CHECK(**make_arc(std::make_unique<int>(8)) == 8);
    CHECK(*make_arc<Mutex<int>>(9)->lock().unwrap() == 9);  // and what cannot be moved
}

TEST_CASE("Arc: an over-aligned value stands where it must", "[sync][arc]") {
    auto const one = make_arc(Aligned{.number = 1});
    auto const other = make_arc(Aligned{.number = 2});

    CHECK(reinterpret_cast<std::uintptr_t>(one.as_ptr()) % alignof(Aligned) == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(other.as_ptr()) % alignof(Aligned) == 0);
    CHECK(one->number + other->number == 3);
}

TEST_CASE("Arc: clones share one value, which the last of them destroys", "[sync][arc]") {
    int const before = Counted::alive;
    {
        std::optional<Arc<Counted>> first = make_arc<Counted>(7);
        std::optional<Arc<Counted>> second = first->clone();
        CHECK(Counted::alive == before + 1);
        CHECK(&**first == &**second);
        CHECK(first->ptr_eq(*second));
        CHECK(first->strong_count() == 2);

        first.reset();
        CHECK((*second)->number == 7);
        CHECK(second->strong_count() == 1);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("Arc: a constructor that throws leaves nothing behind", "[sync][arc]") {
    int const before = Counted::alive;

    CHECK_THROWS_AS(make_arc<Throwing>(true), std::runtime_error);

    CHECK(Counted::alive == before);  // and the memory: ASan's business
}

TEST_CASE("Arc: assigned over, it lets go of what it had", "[sync][arc]") {
    int const before = Counted::alive;
    auto arc = make_arc<Counted>(1);

    arc = make_arc<Counted>(2);
    CHECK(Counted::alive == before + 1);
    CHECK(arc->number == 2);

    auto& same = arc;
    arc = std::move(same);
    CHECK(arc->number == 2);
}

TEST_CASE("Arc: one that was moved from panics, and does not crash", "[sync][arc]") {
    auto first = make_arc<int>(1);
    auto const second = std::move(first);

    // NOLINTBEGIN(bugprone-use-after-move): the claim
    CHECK_THROWS_AS(*first, Panic);
    CHECK_THROWS_AS(first.clone(), Panic);
    CHECK_THROWS_AS(first.downgrade(), Panic);
    CHECK_THROWS_AS(first.as_ptr(), Panic);
    CHECK_THROWS_AS(first.strong_count(), Panic);
    CHECK_THROWS_AS(first.weak_count(), Panic);
    CHECK_THROWS_AS(first.get_mut(), Panic);
    CHECK_THROWS_AS(first.make_mut(), Panic);
    CHECK_THROWS_AS(std::move(first).try_unwrap(), Panic);
    CHECK_THROWS_AS(std::move(first).into_inner(), Panic);
    CHECK_THROWS_AS(std::move(first).unwrap_or_clone(), Panic);
    // NOLINTEND(bugprone-use-after-move)
    CHECK(second.strong_count() == 1);
}

TEST_CASE("Arc: equality compares values, ptr_eq the place", "[sync][arc]") {
    auto const one = make_arc<std::string>("same");
    auto const other = make_arc<std::string>("same");

    CHECK(one == other);
    CHECK_FALSE(one.ptr_eq(other));
    CHECK(one != make_arc<std::string>("different"));
}

TEST_CASE("Arc: get_mut gives the value to its only owner", "[sync][arc]") {
    auto arc = make_arc<int>(1);

    SECTION("alone") {
        REQUIRE(arc.get_mut() != nullptr);
        *arc.get_mut() = 2;
        CHECK(*arc == 2);
    }
    SECTION("shared with an Arc") {
        auto const other = arc.clone();
        CHECK(arc.get_mut() == nullptr);
    }
    SECTION("watched by a Weak") {
        auto const other = arc.downgrade();
        CHECK(arc.get_mut() == nullptr);
    }
    SECTION("alone again") {
        { auto const other = arc.clone(); }
        { auto const other = arc.downgrade(); }
        CHECK(arc.get_mut() != nullptr);
    }
}

TEST_CASE("Arc: make_mut copies what others share", "[sync][arc]") {
    auto arc = make_arc<Counted>(1);
    int const copies = Counted::copies;

    SECTION("alone, it copies nothing") {
        auto const* const place = arc.as_ptr();
        arc.make_mut().number = 2;
        CHECK(Counted::copies == copies);
        CHECK(arc.as_ptr() == place);
    }
    SECTION("shared, the others keep the old value") {
        auto const other = arc.clone();
        arc.make_mut().number = 2;
        CHECK(Counted::copies == copies + 1);
        CHECK(arc->number == 2);
        CHECK(other->number == 1);
        CHECK(other.strong_count() == 1);
    }
    SECTION("watched, the value moves and the Weak sees nothing any more") {
        auto const weak = arc.downgrade();
        arc.make_mut().number = 2;
        CHECK(Counted::copies == copies);
        CHECK(arc->number == 2);
        CHECK_FALSE(weak.upgrade().has_value());
    }
}

TEST_CASE("Arc: a copy that throws in make_mut changes nothing", "[sync][arc]") {
    int const before = Counted::alive;
    {
        auto arc = make_arc<Throwing>(false);
        auto const other = arc.clone();

        CHECK_THROWS_AS(arc.make_mut(), std::runtime_error);

        CHECK(arc.ptr_eq(other));
        CHECK(arc.strong_count() == 2);
        CHECK(Counted::alive == before + 1);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("Arc: try_unwrap yields the value of the only Arc", "[sync][arc]") {
    auto arc = make_arc(std::make_unique<int>(7));

    SECTION("alone") {
        auto const value = std::move(arc).try_unwrap().unwrap();
        CHECK(*value == 7);
    }
    SECTION("shared, the Arc comes back") {
        auto const other = arc.clone();
        auto const same = std::move(arc).try_unwrap().unwrap_err();
        CHECK(same.ptr_eq(other));
        CHECK(other.strong_count() == 2);
    }
    SECTION("watched, the Weak is left with nothing") {
        auto const weak = arc.downgrade();
        CHECK(std::move(arc).try_unwrap().is_ok());
        CHECK_FALSE(weak.upgrade().has_value());
        CHECK(weak.strong_count() == 0);
    }
}

TEST_CASE("Arc: into_inner yields the value to the last owner alone", "[sync][arc]") {
    int const before = Counted::alive;
    auto first = make_arc<Counted>(7);
    auto second = first.clone();

    CHECK_FALSE(std::move(first).into_inner().has_value());
    {
        auto const value = std::move(second).into_inner();
        REQUIRE(value.has_value());
        CHECK(value->number == 7);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("Arc: unwrap_or_clone takes or copies", "[sync][arc]") {
    auto arc = make_arc<std::string>("text");

    SECTION("alone") { CHECK(std::move(arc).unwrap_or_clone() == "text"); }
    SECTION("shared") {
        auto const other = arc.clone();
        CHECK(std::move(arc).unwrap_or_clone() == "text");
        CHECK(*other == "text");
        CHECK(other.strong_count() == 1);
    }
}

TEST_CASE("Weak: upgrades as long as the value lives", "[sync][arc]") {
    int const before = Counted::alive;
    std::optional<Arc<Counted>> arc = make_arc<Counted>(7);
    auto const weak = arc->downgrade();
    auto const second = weak.clone();
    CHECK(arc->weak_count() == 2);
    CHECK(weak.weak_count() == 2);
    CHECK(weak.ptr_eq(second));

    {
        auto const upgraded = weak.upgrade();
        REQUIRE(upgraded.has_value());
        CHECK((*upgraded)->number == 7);
        CHECK(arc->strong_count() == 2);
    }

    arc.reset();
    CHECK(Counted::alive == before);  // the value ends with the last Arc, not with the last Weak
    CHECK_FALSE(weak.upgrade().has_value());
    CHECK(weak.strong_count() == 0);
    CHECK(weak.weak_count() == 0);
}

TEST_CASE("Weak: a default one refers to nothing", "[sync][arc]") {
    Weak<int> weak;

    CHECK_FALSE(weak.upgrade().has_value());
    CHECK_FALSE(weak.clone().upgrade().has_value());
    CHECK(weak.strong_count() == 0);
    CHECK(weak.weak_count() == 0);
    CHECK(weak.ptr_eq(Weak<int>()));

    auto const arc = make_arc<int>(3);
    weak = arc.downgrade();
    CHECK(**weak.upgrade() == 3);
}

TEST_CASE("Arc: new_cyclic gives the value a Weak to itself", "[sync][arc]") {
    bool upgraded_too_early = true;
    auto const node = Arc<Node>::new_cyclic(
        [&](Weak<Node> const& self, int number) {
            upgraded_too_early = self.upgrade().has_value();
            return Node{.number = number, .self = self.clone()};
        },
        7);

    CHECK_FALSE(upgraded_too_early);
    CHECK(node->number == 7);
    CHECK(node->self.upgrade()->ptr_eq(node));
    CHECK(node.strong_count() == 1);
    CHECK(node.weak_count() == 1);
}

TEST_CASE("Arc: new_cyclic survives a function that throws", "[sync][arc]") {
    std::optional<Weak<Node>> kept;

    auto const make = [&] {
        return Arc<Node>::new_cyclic([&](Weak<Node> const& self) -> Node {
            kept = self.clone();
            throw std::runtime_error("no node");
        });
    };

    CHECK_THROWS_AS(make(), std::runtime_error);
    CHECK_FALSE(kept->upgrade().has_value());
}

TEST_CASE("Arc: what every owner did is seen by the destructor", "[sync][arc][threads]") {
    struct Tally {
        explicit Tally(int* out) : result(out) {}
        ~Tally() { *result = counts[0] + counts[1] + counts[2] + counts[3]; }
        mutable int counts[4] = {};  // not atomic: each thread has its own, until the end
        int* result;
    };
    for (int round = 0; round < 500; ++round) {
        int result = 0;
        {
            std::vector<Arc<Tally>> arcs;
            arcs.push_back(make_arc<Tally>(&result));
            while (arcs.size() < 4) {
                arcs.push_back(arcs[0].clone());
            }
            on_threads(4, [&](int i) {
                auto const mine = std::move(arcs[static_cast<std::size_t>(i)]);
                mine->counts[i] = i + 1;
            });
        }
        REQUIRE(result == 10);
    }
}

TEST_CASE("Arc: counts are right after threads cloned and dropped at once",
          "[sync][arc][threads]") {
    constexpr int rounds = 20'000;
    auto const arc = make_arc<Counted>(1);
    int const alive = Counted::alive;

    on_threads(4, [&](int) {
        for (int i = 0; i < rounds; ++i) {
            auto const mine = arc.clone();
            auto const weak = mine.downgrade();
            auto const again = weak.upgrade();
        }
    });

    CHECK(arc.strong_count() == 1);
    CHECK(arc.weak_count() == 0);
    CHECK(Counted::alive == alive);
}

TEST_CASE("Arc: of owners that call into_inner at once, one gets the value",
          "[sync][arc][threads]") {
    for (int round = 0; round < 1'000; ++round) {
        auto arc = make_arc(std::make_unique<int>(round));
        std::vector<Arc<std::unique_ptr<int>>> arcs;
        for (int i = 0; i < 3; ++i) {
            arcs.push_back(arc.clone());
        }
        (void)std::move(arc).into_inner();
        std::atomic<int> winners{0};

        on_threads(3, [&](int i) {
            auto const got = std::move(arcs[static_cast<std::size_t>(i)]).into_inner();
            if (got && **got == round) {
                ++winners;
            }
        });

        REQUIRE(winners == 1);
    }
}

TEST_CASE("Weak: an upgrade that meets the last drop gets all or nothing", "[sync][arc][threads]") {
    int const before = Counted::alive;
    for (int round = 0; round < 1'000; ++round) {
        std::optional<Arc<Counted>> arc = make_arc<Counted>(round);
        auto const weak = arc->downgrade();
        std::atomic<int> wrong{0};

        on_threads(3, [&](int i) {
            tandem::testing::spin_for(round % 50);
            if (i == 0) {
                arc.reset();
            } else if (auto const upgraded = weak.upgrade(); upgraded) {
                wrong += (*upgraded)->number == round ? 0 : 1;
            }
        });

        REQUIRE(wrong == 0);
        REQUIRE(Counted::alive == before);
    }
}

TEST_CASE("Arc: who gets the value to himself finds the others done with it",
          "[sync][arc][threads]") {
    // The value is no atomic: TSan objects to a write that is not ordered after the last read.
    using Number = std::unique_ptr<int>;
    for (int round = 0; round < 200; ++round) {
        std::vector<Arc<Number>> arcs;
        arcs.push_back(make_arc(std::make_unique<int>(round)));
        arcs.push_back(arcs[0].clone());
        int read = -1;
        int got = -1;

        on_threads(2, [&](int i) {
            Arc<Number> mine = std::move(arcs[static_cast<std::size_t>(i)]);
            if (i == 0) {
                read = **mine;
                return;
            }
            if (round % 2 == 0) {
                while (mine.get_mut() == nullptr) {
                    std::this_thread::yield();
                }
                got = *std::exchange(*mine.get_mut(), nullptr);
                return;
            }
            for (auto result = std::move(mine).try_unwrap();;
                 result = std::move(result).unwrap_err().try_unwrap()) {
                if (result.is_ok()) {
                    got = *std::move(result).unwrap();
                    return;
                }
                std::this_thread::yield();
            }
        });

        REQUIRE(read == round);
        REQUIRE(got == round);
    }
}

TEST_CASE("Arc: the memory is freed when the last reference of either kind is done with it",
          "[sync][arc][threads]") {
    int const before = Counted::alive;
    for (int round = 0; round < 500; ++round) {
        std::optional<Arc<Counted>> arc = make_arc<Counted>(round);
        std::optional<Weak<Counted>> weaks[] = {arc->downgrade(), arc->downgrade()};

        on_threads(3, [&](int i) {
            if (i == 2) {
                arc.reset();
                return;
            }
            auto& weak = weaks[i];
            { auto const upgraded = weak->upgrade(); }
            weak.reset();  // TSan or ASan object if the memory is gone already
        });

        REQUIRE(Counted::alive == before);
    }
}

TEST_CASE("Arc: a thread that upgrades new_cyclic's Weak finds the value finished",
          "[sync][arc][threads]") {
    for (int round = 0; round < 50; ++round) {
        int seen = 0;
        Threads threads;
        auto const node = Arc<Node>::new_cyclic([&](Weak<Node> const& self) {
            threads.start([weak = self.clone(), &seen] {
                auto upgraded = weak.upgrade();
                while (!upgraded) {
                    std::this_thread::yield();
                    upgraded = weak.upgrade();
                }
                seen = (*upgraded)->number;
            });
            tandem::testing::spin_for(round);
            return Node{.number = 7, .self = self.clone()};
        });
        threads.join();

        REQUIRE(seen == 7);
    }
}

TEST_CASE("Arc: get_mut writes only what no other thread can reach", "[sync][arc][threads]") {
    // Whoever gets the reference writes without a lock: TSan objects if two of them can.
    for (int round = 0; round < 300; ++round) {
        std::vector<Arc<int>> arcs;
        arcs.push_back(make_arc<int>(0));
        arcs.push_back(arcs[0].clone());
        std::atomic<int> written{0};

        on_threads(2, [&](int i) {
            auto mine = std::move(arcs[static_cast<std::size_t>(i)]);
            { auto const passing = mine.downgrade(); }
            if (int* const value = mine.get_mut(); value != nullptr) {
                ++*value;
                ++written;
            } else {
                (void)(*mine == 0);
            }
        });

        REQUIRE(written <= 1);
    }
}

TEST_CASE("Arc: get_mut and downgrade on two clones never both succeed unseen",
          "[sync][arc][threads]") {
    // One thread turns its Arc into a Weak and goes on; the other then is the only Arc, but not
    // the only reference: what it may write, nobody must be able to upgrade to.
    for (int round = 0; round < 500; ++round) {
        auto first = make_arc<int>(0);
        std::optional<Arc<int>> second = first.clone();
        std::optional<Weak<int>> weak;
        bool wrote = false;

        on_threads(2, [&](int i) {
            if (i == 0) {
                weak = second->downgrade();
                second.reset();
            } else if (int* const value = first.get_mut(); value != nullptr) {
                *value = 1;
                wrote = true;
            }
        });

        REQUIRE_FALSE(wrote);
    }
}

TEST_CASE("RefCount: more owners than there can be end the program", "[sync][arc]") {
    bool const upgrade = GENERATE(false, true);

    auto const ended = run_in_child([upgrade] {
        tandem::detail::RefCount count(std::numeric_limits<std::size_t>::max() / 2 + 1);
        if (upgrade) {
            (void)count.add_unless_none();
        } else {
            count.add();
        }
        return 0;
    });

    CHECK(ended.signal == SIGABRT);
}

#include "tandem/rt/detail/task_state.hpp"

#include <array>
#include <atomic>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::TaskState;
using tandem::testing::on_threads;
using Begin = TaskState::Begin;
using End = TaskState::End;
using Wake = TaskState::Wake;

static_assert(!std::is_copy_constructible_v<TaskState>);
static_assert(!std::is_move_constructible_v<TaskState>);

namespace {

/// What a task is, written out: who holds it, and where it stands.
struct Model {
    int in_queues = 1;
    int wakers = 0;
    bool runner = false;
    bool runtime = true;
    bool handle = true;

    bool running = false;
    bool over = false;
    bool queued = true;
    bool cancelled = false;
    bool join_waker = false;

    auto operator<=>(Model const&) const = default;

    [[nodiscard]] int owners() const { return in_queues + wakers + runner + runtime + handle; }
    [[nodiscard]] bool gone() const { return owners() == 0; }
};

constexpr Model untouched{};

enum class Step {
    begin_poll,
    end_poll,
    end_poll_again,
    complete,
    clone,
    drop_waker,
    wake,
    wake_by_ref,
    abort,
    shut_down,
    set_join_waker,
    unset_join_waker,
    detach_untouched,
    detach,
    last
};

/// What may be done in this state, by somebody who holds what is needed for it.
bool is_allowed(Step step, Model const& at) {
    switch (step) {
        case Step::begin_poll: return at.in_queues > 0;
        case Step::end_poll:
        case Step::end_poll_again:
        case Step::complete: return at.runner;
        case Step::clone: return at.wakers < 2 && (at.runner || at.wakers > 0);
        case Step::drop_waker:
        case Step::wake:
        case Step::wake_by_ref: return at.wakers > 0;
        case Step::abort: return at.wakers > 0 || at.handle;
        case Step::shut_down: return !at.gone();
        // Only the handle itself sets its waker, and only where there is none.
        case Step::set_join_waker: return at.handle && !at.join_waker;
        case Step::unset_join_waker: return at.handle && at.join_waker;
        case Step::detach_untouched:
        case Step::detach: return at.handle;
        case Step::last: break;
    }
    return false;
}

/// What the step is to answer, as a number, and the state after it.
int expected(Step step, Model& at) {
    switch (step) {
        case Step::begin_poll:
            --at.in_queues;
            if (at.running || at.over) {
                return static_cast<int>(at.gone() ? Begin::destroy : Begin::nothing);
            }
            at.runner = at.running = true;
            at.queued = false;
            return static_cast<int>(at.cancelled ? Begin::cancel : Begin::poll);
        case Step::end_poll:
        case Step::end_poll_again:
            if (at.cancelled) {
                return static_cast<int>(End::cancel);
            }
            at.runner = at.running = false;
            if (at.queued || step == Step::end_poll_again) {
                at.queued = true;
                ++at.in_queues;
                return static_cast<int>(End::queue_again);
            }
            return static_cast<int>(at.gone() ? End::destroy : End::idle);
        case Step::complete: {
            int const answer = (at.handle ? 1 : 0) + (at.join_waker ? 2 : 0);
            at.running = at.runner = at.runtime = false;
            at.over = true;
            return answer + (at.gone() ? 4 : 0);
        }
        case Step::clone: ++at.wakers; return 0;
        case Step::drop_waker: --at.wakers; return at.gone();
        case Step::wake:
            --at.wakers;
            if (at.over) {
                return static_cast<int>(at.gone() ? Wake::destroy : Wake::nothing);
            }
            ++at.wakers;
            if (expected(Step::wake_by_ref, at) == static_cast<int>(Wake::queue)) {
                --at.wakers;
                return static_cast<int>(Wake::queue);
            }
            --at.wakers;
            return static_cast<int>(Wake::nothing);
        case Step::wake_by_ref:
        case Step::abort: {
            bool const aborts = step == Step::abort;
            if (at.over) {
                return aborts ? 0 : static_cast<int>(Wake::nothing);
            }
            at.cancelled = at.cancelled || aborts;
            bool const is_to_be_queued = !at.queued && !at.running;
            at.queued = true;
            at.in_queues += is_to_be_queued;
            return aborts ? is_to_be_queued
                          : static_cast<int>(is_to_be_queued ? Wake::queue : Wake::nothing);
        }
        case Step::shut_down:
            at.cancelled = true;
            if (at.running || at.over) {
                return 0;
            }
            at.runner = at.running = true;
            return 1;
        case Step::set_join_waker: at.join_waker = !at.over; return at.join_waker;
        case Step::unset_join_waker: at.join_waker = at.over; return !at.over;
        case Step::detach_untouched:
            if (at != untouched) {
                return 0;
            }
            at.handle = false;
            return 1;
        case Step::detach: {
            int const answer = (at.over ? 1 : 0) + (!at.over && at.join_waker ? 2 : 0);
            at.handle = false;
            at.join_waker = at.join_waker && at.over;
            return answer + (at.gone() ? 4 : 0);
        }
        case Step::last: break;
    }
    return -1;
}

int done(Step step, TaskState& state) {
    switch (step) {
        case Step::begin_poll: return static_cast<int>(state.begin_poll());
        case Step::end_poll: return static_cast<int>(state.end_poll(false));
        case Step::end_poll_again: return static_cast<int>(state.end_poll(true));
        case Step::complete: {
            auto const completed = state.complete();
            return (completed.is_awaited ? 1 : 0) + (completed.has_join_waker ? 2 : 0) +
                   (state.remove_owners(2) ? 4 : 0);
        }
        case Step::clone: state.add_owner(); return 0;
        case Step::drop_waker: return state.remove_owners(1);
        case Step::wake: return static_cast<int>(state.wake());
        case Step::wake_by_ref: return static_cast<int>(state.wake_by_ref());
        case Step::abort: return state.abort();
        case Step::shut_down: {
            if (!state.add_owner_unless_complete()) {
                return 0;
            }
            bool const ours = state.shut_down();  // then the ownership is the runner's
            return ours ? 1 : (state.remove_owners(1) ? -3 : 0);
        }
        case Step::set_join_waker: return state.set_join_waker();
        case Step::unset_join_waker: return state.unset_join_waker();
        case Step::detach_untouched: return state.detach_untouched();
        case Step::detach: {
            auto const detached = state.detach();
            return (detached.owns_output ? 1 : 0) + (detached.owns_waker ? 2 : 0) +
                   (state.remove_owners(1) ? 4 : 0);
        }
        case Step::last: break;
    }
    return -1;
}

}  // namespace

TEST_CASE("TaskState: each step in each state answers as the model does", "[rt][task_state]") {
    constexpr std::uint32_t number = 0xFFFF'FFFF;  // next to the owners, and must not touch them
    std::map<Model, std::vector<Step>> ways{{Model{}, {}}};  // how each state is come to
    std::vector<Model> to_visit{Model{}};
    int steps = 0;

    while (!to_visit.empty()) {
        Model const here = to_visit.back();
        to_visit.pop_back();
        std::vector<Step> const way = ways.at(here);
        for (int s = 0; s < static_cast<int>(Step::last); ++s) {
            auto const step = static_cast<Step>(s);
            if (here.gone() || !is_allowed(step, here)) {
                continue;
            }
            TaskState state;
            state.set_id(number);
            for (Step const before : way) {
                done(before, state);
            }
            Model there = here;

            int const answer = expected(step, there);
            if (done(step, state) != answer || state.is_complete() != there.over ||
                state.id() != number ||
                (!there.gone() && (state.add_owner_unless_complete() != !there.over ||
                                   (!there.over && state.remove_owners(1)))) ||
                (there.handle && state.has_join_waker() != there.join_waker)) {
                CAPTURE(s, answer, way.size(), here.owners(), here.over, here.running);
                FAIL_CHECK("not as the model says");
            }
            // A task that is to be polled is where somebody will take it from.
            if (there.queued && !there.running && !there.over && there.in_queues == 0) {
                CAPTURE(s, way.size());
                FAIL_CHECK("a task was lost");
            }
            ++steps;
            if (ways.try_emplace(there, way).second) {
                ways[there].push_back(step);
                to_visit.push_back(there);
            }
        }
    }

    CHECK(ways.size() > 100);
    CHECK(steps > 900);
    CHECK(ways.contains(
        Model{.in_queues = 0, .runtime = false, .handle = false, .over = true, .queued = false}));
}

TEST_CASE("TaskState: its runtime becomes no owner again once it is complete", "[rt][task_state]") {
    TaskState state;
    CHECK(state.begin_poll() == Begin::poll);
    CHECK(state.add_owner_unless_complete());
    state.complete();
    CHECK_FALSE(state.add_owner_unless_complete());
    CHECK_FALSE(state.remove_owners(1));
    CHECK_FALSE(state.remove_owners(2));
    auto const detached = state.detach();
    CHECK(detached.owns_output);
    state.add_owner();
    CHECK_FALSE(state.remove_owners(1));
    CHECK(state.remove_owners(1));
}

// Each of the following lets two threads meet with nothing but the state to order them: what one
// wrote before its step, plainly, the other reads behind its own. ThreadSanitizer sees.

TEST_CASE("TaskState: a poll sees what was written before each of the wakes",
          "[rt][task_state][threads]") {
    for (int round = 0; round < 200; ++round) {
        TaskState state;
        static_cast<void>(state.begin_poll());
        state.add_owner();
        state.add_owner();
        static_cast<void>(state.end_poll(false));
        std::array<int, 2> written{};
        std::atomic<int> wakes{0};
        int sum = 0;

        on_threads(3, [&](int thread) {
            if (thread < 2) {
                written[static_cast<std::size_t>(thread)] = 1;
                static_cast<void>(thread == 0 ? state.wake() : state.wake_by_ref());
                wakes.fetch_add(1, std::memory_order_relaxed);  // orders nothing
                return;
            }
            while (wakes.load(std::memory_order_relaxed) < 2) {}
            static_cast<void>(state.begin_poll());
            sum = written[0] + written[1];
        });

        REQUIRE(sum == 2);
    }
}

TEST_CASE("TaskState: a poll sees what an abort and the last poll left",
          "[rt][task_state][threads]") {
    for (int round = 0; round < 200; ++round) {
        TaskState state;
        std::array<int, 2> written{};
        std::atomic<int> steps{0};
        int sum = 0;

        on_threads(3, [&](int thread) {
            if (thread == 0) {
                static_cast<void>(state.begin_poll());
                written[0] = 1;
                static_cast<void>(state.end_poll(true));
                steps.fetch_add(1, std::memory_order_relaxed);
            } else if (thread == 1) {
                written[1] = 1;
                static_cast<void>(state.abort());
                steps.fetch_add(1, std::memory_order_relaxed);
            } else {
                while (steps.load(std::memory_order_relaxed) < 2) {}
                // The first was cancelled in its poll, or the task is queued and cancelled now.
                static_cast<void>(state.begin_poll());
                sum = written[0] + written[1];
            }
        });

        REQUIRE(sum == 2);
    }
}

TEST_CASE("TaskState: who sees it complete sees the output, who completes it, the waker",
          "[rt][task_state][threads]") {
    for (int round = 0; round < 300; ++round) {
        TaskState state;
        static_cast<void>(state.begin_poll());
        int output = 0;
        int waker = 0;
        int seen = 0;
        int taken = 7;

        on_threads(2, [&](int thread) {
            if (thread == 0) {
                output = 7;
                if (state.complete().has_join_waker) {
                    seen = waker;
                } else {
                    seen = 5;
                }
                return;
            }
            if (round % 3 == 0) {
                while (!state.is_complete()) {}
                waker = output - 2;
                return;
            }
            waker = 5;
            if (!state.set_join_waker()) {
                waker = output - 2;
            } else if (round % 3 == 1 && !state.unset_join_waker()) {
                taken = output;  // and the waker is theirs
            }
        });

        REQUIRE(seen == 5);
        REQUIRE(taken == 7);
    }
}

TEST_CASE("TaskState: the last owner sees what the others did", "[rt][task_state][threads]") {
    for (int round = 0; round < 300; ++round) {
        TaskState state;  // three owners
        std::array<int, 3> written{};
        std::atomic<int> sum{0};

        on_threads(3, [&](int thread) {
            written[static_cast<std::size_t>(thread)] = 1;
            bool const last = thread == 0 && round % 2 == 0 && state.detach_untouched()
                                  ? false
                                  : state.remove_owners(1);
            if (last) {
                sum += written[0] + written[1] + written[2];
            }
        });

        REQUIRE(sum == 3);
    }
}

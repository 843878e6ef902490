#include "tandem/rt/detail/shard.hpp"

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "rt/support/fake_task.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::Shard;
using tandem::rt::detail::TaskHeader;
using tandem::testing::FakeScheduler;
using tandem::testing::FakeTask;
using tandem::testing::FakeTasks;
using tandem::testing::on_threads;

namespace {

/// The ownerships that a task begins with: the queue's, the handle's and the runtime's.
void let_go(FakeTask& task) {
    for (int i = 0; i < 3; ++i) {
        tandem::rt::detail::remove_owner(task);
    }
}

int count(Shard& shard) {
    int tasks = 0;
    shard.for_each([&](TaskHeader const&) { ++tasks; });
    return tasks;
}

}  // namespace

TEST_CASE("Shard: has a task until its last owner lets go", "[rt][shard]") {
    bool gone = false;
    auto* const scheduler = new FakeScheduler(gone);
    Shard& shard = scheduler->shard(0);
    FakeTasks tasks(3);
    for (FakeTask& task : tasks) {
        CHECK(shard.add(task));
        CHECK(task.shard == &shard);
    }
    CHECK(count(shard) == 3);

    let_go(tasks[1]);
    CHECK(tasks[1].destructions == 1);
    CHECK(count(shard) == 2);
    let_go(tasks[0]);
    let_go(tasks[2]);

    CHECK(count(shard) == 0);
    scheduler->remove_owner();
    CHECK(gone);
}

TEST_CASE("Shard: no two shards of a runtime give the same number", "[rt][shard]") {
    bool gone = false;
    auto* const scheduler = new FakeScheduler(gone, 3);
    FakeTasks tasks(30);
    std::set<std::uint32_t> ids;
    for (FakeTask& task : tasks) {
        static_cast<void>(scheduler->shard(static_cast<std::uint32_t>(task.number) % 3).add(task));
        ids.insert(task.state.id());
    }
    CHECK(ids.size() == 30);
    CHECK_FALSE(ids.contains(0));

    for (FakeTask& task : tasks) {
        let_go(task);
    }
    scheduler->remove_owner();
    CHECK(gone);
}

TEST_CASE("Shard: close ends each task once, and refuses new ones", "[rt][shard]") {
    bool gone = false;
    auto* const scheduler = new FakeScheduler(gone);
    Shard& shard = scheduler->shard(0);
    FakeTasks tasks(4);
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(shard.add(tasks[i]));
    }

    scheduler->close_shards();
    CHECK_FALSE(shard.add(tasks[3]));
    tandem::rt::detail::shut_down(tasks[3]);
    scheduler->close_shards();

    for (FakeTask& task : tasks) {
        CHECK(task.cancels == 1);
        CHECK(task.destructions == 0);  // its handle is there
        CHECK(task.state.is_complete());
    }
    CHECK(count(shard) == 4);
    for (int i = 0; i < 3; ++i) {
        tandem::rt::detail::remove_owner(tasks[i]);  // the queue's
    }
    for (FakeTask& task : tasks) {
        tandem::rt::detail::detach(task);
        CHECK(task.outputs_dropped == 1);
        CHECK(task.destructions == 1);
    }
    scheduler->remove_owner();
    CHECK(gone);
}

TEST_CASE("Shard: close leaves a task alone that is about to be freed", "[rt][shard]") {
    bool gone = false;
    auto* const scheduler = new FakeScheduler(gone);
    FakeTasks tasks(1);
    static_cast<void>(scheduler->shard(0).add(tasks[0]));
    tandem::rt::detail::detach(tasks[0]);
    static_cast<void>(tasks[0].state.begin_poll());
    tasks[0].state.complete();
    REQUIRE(tasks[0].state.remove_owners(2));  // by who has run it, and frees it next

    scheduler->close_shards();

    CHECK(tasks[0].cancels == 0);
    CHECK(tasks[0].destructions == 0);
    tandem::rt::detail::destroy(tasks[0]);
    CHECK(tasks[0].destructions == 1);
    scheduler->remove_owner();
    CHECK(gone);
}

TEST_CASE("Shard: a runtime's memory outlives its last task", "[rt][shard]") {
    bool gone = false;
    auto* const scheduler = new FakeScheduler(gone, 2);
    FakeTasks tasks(2);
    static_cast<void>(scheduler->shard(0).add(tasks[0]));
    static_cast<void>(scheduler->shard(0).add(tasks[1]));

    scheduler->add_owner();
    scheduler->remove_owner();
    scheduler->remove_owner();
    CHECK_FALSE(gone);
    let_go(tasks[0]);
    CHECK_FALSE(gone);
    let_go(tasks[1]);
    CHECK(gone);
}

TEST_CASE("Shard: closed while tasks come and go, it loses none", "[rt][shard][threads]") {
    constexpr int adders = 3;
    constexpr int each = 300;
    for (int round = 0; round < 20; ++round) {
        bool gone = false;
        auto* const scheduler = new FakeScheduler(gone, 2);
        FakeTasks tasks(adders * each);

        on_threads(adders + 1, [&](int thread) {
            if (thread == adders) {
                for (int i = 0; i < round * 20; ++i) {
                    std::this_thread::yield();
                }
                scheduler->close_shards();
                return;
            }
            for (int i = 0; i < each; ++i) {
                FakeTask& task = tasks[thread * each + i];
                Shard& shard = scheduler->shard(static_cast<std::uint32_t>(i) % 2);
                if (!shard.add(task)) {
                    tandem::rt::detail::shut_down(task);
                } else {
                    static_cast<void>(tandem::rt::detail::run(task));
                }
                tandem::rt::detail::detach(task);
            }
        });

        int wrong = 0;
        for (FakeTask& task : tasks) {
            wrong += task.polls + task.cancels != 1 ? 1 : 0;
            wrong += task.outputs_dropped != 1 ? 1 : 0;
            wrong += task.destructions != 1 ? 1 : 0;
        }
        REQUIRE(wrong == 0);
        REQUIRE(count(scheduler->shard(0)) + count(scheduler->shard(1)) == 0);
        scheduler->remove_owner();
        REQUIRE(gone);
    }
}

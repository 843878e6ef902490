#include "tandem/rt/detail/local_queue.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "rt/support/fake_task.hpp"
#include "support/catch.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::LocalQueue;
using tandem::rt::detail::TaskHeader;
using tandem::rt::detail::TaskList;
using tandem::testing::FakeTask;
using tandem::testing::FakeTasks;
using tandem::testing::number_of;
using tandem::testing::on_threads;
using tandem::testing::under_tsan;

namespace {

/// Just before the numbers begin anew, and at their beginning.
std::vector<std::uint32_t> const beginnings{0, UINT32_MAX - 300, UINT32_MAX - 100, UINT32_MAX};

std::vector<int> pop_all(LocalQueue& queue) {
    std::vector<int> numbers;
    while (TaskHeader* const task = queue.pop_front()) {
        numbers.push_back(number_of(task));
    }
    return numbers;
}

std::vector<int> from_to(int first, int last) {
    std::vector<int> numbers;
    for (int i = first; i < last; ++i) {
        numbers.push_back(i);
    }
    return numbers;
}

}  // namespace

TEST_CASE("LocalQueue: first in, first out", "[rt][local_queue]") {
    FakeTasks tasks(3);
    LocalQueue queue;
    CHECK(queue.empty());
    CHECK(queue.pop_front() == nullptr);

    for (FakeTask& task : tasks) {
        queue.push_back(task);
    }

    CHECK(queue.size() == 3);
    CHECK(pop_all(queue) == from_to(0, 3));
    CHECK(queue.empty());
    CHECK(queue.room() == LocalQueue::capacity);
}

TEST_CASE("LocalQueue: holds 256, and 256 again", "[rt][local_queue]") {
    for (std::uint32_t const beginning : beginnings) {
        FakeTasks tasks(256);
        LocalQueue queue(beginning);
        for (int round = 0; round < 4; ++round) {
            for (int i = 0; i < 256; ++i) {
                REQUIRE(queue.room() == 256 - static_cast<std::uint32_t>(i));
                queue.push_back(tasks[i]);
            }
            REQUIRE(queue.room() == 0);
            REQUIRE(queue.size() == 256);
            REQUIRE(pop_all(queue) == from_to(0, 256));
        }
    }
}

TEST_CASE("LocalQueue: the elder half is taken from a full one", "[rt][local_queue]") {
    for (std::uint32_t const beginning : beginnings) {
        FakeTasks tasks(256);
        LocalQueue queue(beginning);
        for (FakeTask& task : tasks) {
            queue.push_back(task);
        }

        TaskList half;
        REQUIRE(queue.take_half(half));

        REQUIRE(half.size() == 128);
        for (int i = 0; i < 128; ++i) {
            REQUIRE(number_of(half.pop_front()) == i);
        }
        REQUIRE(queue.room() == 128);
        REQUIRE(pop_all(queue) == from_to(128, 256));
    }
}

TEST_CASE("LocalQueue: too few are not taken half of", "[rt][local_queue]") {
    FakeTasks tasks(127);
    LocalQueue queue;
    for (FakeTask& task : tasks) {
        queue.push_back(task);
    }
    TaskList half;

    CHECK_FALSE(queue.take_half(half));

    CHECK(half.empty());
    CHECK(queue.size() == 127);
}

TEST_CASE("LocalQueue: a thief takes the elder half, rounded up", "[rt][local_queue]") {
    for (std::uint32_t const beginning : beginnings) {
        for (int const there : {1, 2, 3, 4, 5, 255, 256}) {
            FakeTasks tasks(there);
            LocalQueue queue(beginning);
            LocalQueue mine(beginning + 77);
            for (FakeTask& task : tasks) {
                queue.push_back(task);
            }

            std::uint32_t stolen = 0;
            TaskHeader* const last = queue.steal_into(mine, stolen);

            int const half = there - there / 2;
            CAPTURE(beginning, there);
            REQUIRE(stolen == static_cast<std::uint32_t>(half));
            REQUIRE(number_of(last) == half - 1);
            REQUIRE(pop_all(mine) == from_to(0, half - 1));
            REQUIRE(pop_all(queue) == from_to(half, there));
            REQUIRE(queue.room() == LocalQueue::capacity);
        }
    }
}

TEST_CASE("LocalQueue: nothing is stolen from an empty one, nor into a full one",
          "[rt][local_queue]") {
    FakeTasks tasks(300);
    LocalQueue queue;
    LocalQueue mine;
    std::uint32_t stolen = 7;
    CHECK(queue.steal_into(mine, stolen) == nullptr);
    CHECK(stolen == 0);

    for (int i = 0; i < 129; ++i) {
        mine.push_back(tasks[i]);
    }
    for (int i = 200; i < 210; ++i) {
        queue.push_back(tasks[i]);
    }
    CHECK(queue.steal_into(mine, stolen) == nullptr);

    CHECK(stolen == 0);
    CHECK(queue.size() == 10);
    CHECK(mine.size() == 129);
}

TEST_CASE("LocalQueue: as a std::deque, whatever is done with it", "[rt][local_queue]") {
    for (std::uint32_t const beginning : beginnings) {
        std::mt19937 random(beginning + 1);
        FakeTasks tasks(4000);
        LocalQueue queue(beginning);
        LocalQueue thief(beginning + 1000);
        std::deque<int> model;
        int next = 0;
        while (next < 4000) {
            switch (random() % 8) {
                case 0:
                case 1:
                case 2:
                case 3:
                case 4:
                    for (auto burst = random() % 40; burst > 0 && next < 4000; --burst) {
                        if (queue.room() > 0) {
                            model.push_back(next);
                            queue.push_back(tasks[next++]);
                        }
                    }
                    break;
                case 5:
                    if (std::uint32_t stolen = 0; thief.empty()) {
                        TaskHeader* const last = queue.steal_into(thief, stolen);
                        std::vector<int> got = pop_all(thief);
                        if (last != nullptr) {
                            got.push_back(number_of(last));
                        }
                        REQUIRE(got.size() == model.size() - model.size() / 2);
                        for (int const number : got) {
                            REQUIRE(number == model.front());
                            model.pop_front();
                        }
                    }
                    break;
                case 6:
                    if (TaskList half; queue.take_half(half)) {
                        REQUIRE(half.size() == 128);
                        while (TaskHeader* const task = half.pop_front()) {
                            REQUIRE(number_of(task) == model.front());
                            model.pop_front();
                        }
                    } else {
                        REQUIRE(model.size() < 128);
                    }
                    break;
                default:
                    if (TaskHeader* const task = queue.pop_front(); task != nullptr) {
                        REQUIRE(number_of(task) == model.front());
                        model.pop_front();
                    } else {
                        REQUIRE(model.empty());
                    }
            }
            REQUIRE(queue.size() == model.size());
        }
    }
}

TEST_CASE("LocalQueue: with thieves at it, each task is seen once", "[rt][local_queue][threads]") {
    constexpr int thieves = 3;
    int const count = under_tsan ? 20'000 : 100'000;
    for (std::uint32_t const beginning : {0U, UINT32_MAX - 5'000}) {
        FakeTasks tasks(count);
        std::vector<std::uint8_t> payload(static_cast<std::size_t>(count));  // plain: for TSan
        LocalQueue queue(beginning);
        std::atomic<bool> done{false};
        auto const see = [&payload](TaskHeader* task) {
            FakeTask& mine = FakeTask::of(*task);
            ++mine.polls;
            ++payload[static_cast<std::size_t>(mine.number)];
        };

        on_threads(1 + thieves, [&](int thread) {
            if (thread == 0) {
                std::mt19937 random(beginning + 5);
                for (int i = 0; i < count;) {
                    for (auto burst = random() % 300; burst > 0 && i < count; --burst) {
                        payload[static_cast<std::size_t>(i)] = 1;
                        if (queue.room() > 0) {
                            queue.push_back(tasks[i++]);
                            continue;
                        }
                        if (TaskList half; queue.take_half(half)) {
                            while (TaskHeader* const task = half.pop_front()) {
                                see(task);
                            }
                        }
                    }
                    for (auto burst = random() % 200; burst > 0; --burst) {
                        if (TaskHeader* const task = queue.pop_front(); task != nullptr) {
                            see(task);
                        }
                    }
                }
                while (TaskHeader* const task = queue.pop_front()) {
                    see(task);
                }
                done = true;
                return;
            }
            // They steal from each other, too: from the one that was there before.
            static LocalQueue queues[thieves]{};
            LocalQueue& mine = queues[thread - 1];
            auto const work = [&] {
                std::uint32_t stolen = 0;
                TaskHeader* task = queue.steal_into(mine, stolen);
                if (task == nullptr) {
                    LocalQueue& victim = queues[thread % thieves];
                    task = &victim != &mine ? victim.steal_into(mine, stolen) : nullptr;
                }
                if (task != nullptr) {
                    see(task);
                }
                for (int i = 0; i < 30; ++i) {
                    if (TaskHeader* const own = mine.pop_front(); own != nullptr) {
                        see(own);
                    }
                }
            };
            while (!done) {
                work();
            }
            while (TaskHeader* const own = mine.pop_front()) {
                see(own);
            }
        });

        int wrong = 0;
        for (FakeTask& task : tasks) {
            wrong += task.polls != 1 ? 1 : 0;
            wrong += payload[static_cast<std::size_t>(task.number)] != 2 ? 1 : 0;
        }
        CHECK(wrong == 0);
        CHECK(queue.empty());
    }
}

#include "tandem/rt/detail/injection_queue.hpp"

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "rt/support/fake_task.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::InjectionQueue;
using tandem::rt::detail::TaskHeader;
using tandem::rt::detail::TaskList;
using tandem::testing::FakeTask;
using tandem::testing::FakeTasks;
using tandem::testing::number_of;
using tandem::testing::on_threads;

namespace {

std::vector<int> numbers_of(TaskList tasks) {
    std::vector<int> numbers;
    while (TaskHeader* const task = tasks.pop_front()) {
        numbers.push_back(number_of(task));
    }
    return numbers;
}

TaskList list_of(FakeTasks& tasks, int first, int last) {
    TaskList list;
    for (int i = first; i < last; ++i) {
        list.push_back(tasks[i]);
    }
    return list;
}

}  // namespace

TEST_CASE("TaskList: keeps its order through append, pop and reuse", "[rt][injection_queue]") {
    FakeTasks tasks(6);
    TaskList list = list_of(tasks, 0, 2);
    list.append(TaskList());
    list.append(list_of(tasks, 2, 4));
    CHECK(list.size() == 4);
    CHECK(number_of(list.pop_front()) == 0);
    list.push_back(tasks[4]);
    CHECK(numbers_of(std::move(list)) == std::vector{1, 2, 3, 4});

    TaskList empty;
    CHECK(empty.pop_front() == nullptr);
    empty.append(list_of(tasks, 3, 6));
    CHECK(numbers_of(std::move(empty)) == std::vector{3, 4, 5});
}

TEST_CASE("InjectionQueue: first in, first out, however they came in", "[rt][injection_queue]") {
    FakeTasks tasks(8);
    InjectionQueue queue;
    CHECK(queue.empty());
    CHECK(queue.pop(4).empty());

    CHECK(queue.push(tasks[0]));
    CHECK(queue.push_all(list_of(tasks, 1, 4)));
    CHECK(queue.push_all(TaskList()));
    CHECK(queue.push(tasks[4]));
    CHECK(queue.size() == 5);

    CHECK(numbers_of(queue.pop(2)) == std::vector{0, 1});
    CHECK(queue.size() == 3);
    CHECK(queue.push(tasks[5]));
    CHECK(queue.pop(0).empty());
    CHECK(numbers_of(queue.pop(UINT32_MAX)) == std::vector{2, 3, 4, 5});
    CHECK(queue.empty());
}

TEST_CASE("InjectionQueue: a closed one takes nothing, and gives what it has",
          "[rt][injection_queue]") {
    FakeTasks tasks(5);
    InjectionQueue queue;
    CHECK(queue.push(tasks[0]));

    CHECK(queue.close());
    CHECK_FALSE(queue.close());

    CHECK_FALSE(queue.push(tasks[1]));
    TaskList refused = list_of(tasks, 2, 5);
    CHECK_FALSE(queue.push_all(std::move(refused)));
    // NOLINTNEXTLINE(bugprone-use-after-move): what is refused stays with its owner
    CHECK(numbers_of(std::move(refused)) == std::vector{2, 3, 4});
    CHECK(numbers_of(queue.pop(UINT32_MAX)) == std::vector{0});
    CHECK(queue.pop(1).empty());
}

TEST_CASE("InjectionQueue: each task comes out once, or its push said no",
          "[rt][injection_queue][threads]") {
    constexpr int pushers = 2;
    constexpr int poppers = 2;
    constexpr int each = 3'000;
    for (bool const close_early : {false, true}) {
        FakeTasks tasks(pushers * each);
        InjectionQueue queue;
        std::atomic<int> left{pushers};
        std::atomic<int> taken{0};

        on_threads(pushers + poppers, [&](int thread) {
            if (thread < pushers) {
                for (int i = thread * each; i < (thread + 1) * each; ++i) {
                    if (close_early && i == each / 2) {
                        queue.close();
                    }
                    if (i % 7 == 0) {
                        TaskList list = list_of(tasks, i, i + 1);
                        tasks[i].polls += queue.push_all(std::move(list)) ? 0 : 1;
                    } else {
                        tasks[i].polls += queue.push(tasks[i]) ? 0 : 1;
                    }
                }
                --left;
                return;
            }
            for (bool last = false; !last;) {
                last = left == 0;
                TaskList some = queue.pop(thread == pushers ? 1 : 16);
                last = last && some.empty();
                while (TaskHeader* const task = some.pop_front()) {
                    ++FakeTask::of(*task).polls;
                    ++taken;
                }
            }
        });

        int wrong = 0;
        for (FakeTask& task : tasks) {
            wrong += task.polls != 1 ? 1 : 0;
        }
        CHECK(wrong == 0);
        CHECK(queue.empty());
        CHECK((close_early || taken == pushers * each));
    }
}

TEST_CASE("InjectionQueue: who is told of a push finds the task",
          "[rt][injection_queue][threads]") {
    FakeTasks tasks(500);
    InjectionQueue queue;
    std::atomic<int> told{0};
    std::atomic<int> missed{0};

    on_threads(2, [&](int thread) {
        for (int i = 0; i < 500; ++i) {
            if (thread == 0) {
                static_cast<void>(queue.push(tasks[i]));
                told = i + 1;
            } else {
                while (told <= i) {}
                missed += queue.pop(1).empty() ? 1 : 0;
            }
        }
    });

    CHECK(missed == 0);
}

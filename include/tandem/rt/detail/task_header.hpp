#pragma once

#include <cstdint>
#include <source_location>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/type_name.hpp"
#include "tandem/rt/detail/task_state.hpp"

namespace tandem::rt::detail {

using async::Context;
using async::Waker;

class Shard;
struct TaskHeader;

/// What a task waits for.
struct Waiting {
    ConstText name;             // the type of the future
    std::source_location site;  // the co_await; not known in an unchecked build
};

/// What is done with a task, whose future and output only these functions know. The first two are
/// called by who runs it, and no other.
struct TaskKind {
    bool (*poll)(TaskHeader&, Context&) noexcept;  // true: ended, its output is there
    void (*cancel)(TaskHeader&) noexcept;          // ends the future; the output says so
    void (*drop_output)(TaskHeader&) noexcept;     // which nobody wants
    void* (*output)(TaskHeader&) noexcept;         // a TaskOutput<T>
    void (*destroy)(TaskHeader&) noexcept;         // without future and output: the memory
    Waiting (*waiting)(TaskHeader&) noexcept;      // while nobody polls it
};

/// A task's place in the list of its runtime's tasks.
struct ShardLinks {
    ShardLinks* previous = this;
    ShardLinks* next = this;
};

/// What a spawned task begins with, whatever it does: all that a scheduler and a waker know of it.
struct TaskHeader : ShardLinks {
    TaskHeader(TaskKind const& its_kind, std::source_location its_site) noexcept
        : kind(&its_kind), site(its_site) {}
    TaskHeader(TaskHeader const&) = delete;
    TaskHeader& operator=(TaskHeader const&) = delete;

    TaskState state;
    TaskKind const* kind;
    Shard* shard = nullptr;               // the runtime's list that it stands in
    TaskHeader* next_in_queue = nullptr;  // belongs to the queue that owns it
    Waker join_waker = Waker::noop();     // belongs to whom TaskState says
    std::source_location site;            // where it was spawned
};

/// Tasks in a row, the first to come in front; as many as you like, for each has the place for it.
/// Owns what is in it. Not for several threads.
class TaskList {
public:
    TaskList() noexcept = default;
    TaskList(TaskList&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)),
          last_(std::exchange(other.last_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    TaskList& operator=(TaskList&&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    void push_back(TaskHeader& task) noexcept {
        task.next_in_queue = nullptr;
        (first_ != nullptr ? last_->next_in_queue : first_) = &task;
        last_ = &task;
        ++size_;
    }
    void append(TaskList&& others) noexcept {
        if (others.empty()) {
            return;
        }
        (first_ != nullptr ? last_->next_in_queue : first_) = others.first_;
        last_ = others.last_;
        size_ += std::exchange(others.size_, 0);
        others.first_ = nullptr;
    }
    /// Null where there is none.
    TaskHeader* pop_front() noexcept {
        TaskHeader* const task = first_;
        if (task != nullptr) {
            first_ = task->next_in_queue;
            --size_;
        }
        return task;
    }

private:
    TaskHeader* first_ = nullptr;
    TaskHeader* last_ = nullptr;
    std::uint32_t size_ = 0;
};

}  // namespace tandem::rt::detail

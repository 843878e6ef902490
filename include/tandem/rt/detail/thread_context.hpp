#pragma once

#include <utility>

namespace tandem::rt::detail {

class RuntimeShared;
class LocalTasks;
class BlockingPool;

/// What the running thread is to the runtimes.
struct ThreadContext {
    RuntimeShared* runtime = nullptr;   // the one that it has entered: where spawn goes
    RuntimeShared* core_of = nullptr;   // the one whose tasks it runs
    void* core = nullptr;               // what that one needs for it
    LocalTasks* local_tasks = nullptr;  // the LocalSet that it runs
    BlockingPool* pool = nullptr;       // the one that it is a thread of

    /// Noinline, for clang keeps the address of a thread-local across a coroutine's suspension.
    [[nodiscard, gnu::noinline]] static ThreadContext& get() noexcept {
        thread_local constinit ThreadContext context;
        return context;
    }
};

/// Sets a part of the thread's context for a scope.
template <class T>
class [[nodiscard]] Replaced {
public:
    Replaced(T& place, T value) noexcept : place_(place), before_(std::exchange(place, value)) {}
    Replaced(Replaced const&) = delete;
    Replaced& operator=(Replaced const&) = delete;
    ~Replaced() { place_ = before_; }

private:
    T& place_;
    T before_;
};

}  // namespace tandem::rt::detail

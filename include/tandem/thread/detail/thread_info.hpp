#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tandem/core/detail/parker.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/thread/detail/os_thread.hpp"
#include "tandem/thread/detail/thread_id.hpp"

namespace tandem::thread::detail {

/// What is known of a thread, shared by everybody who has a handle to it.
struct ThreadInfo {
    using tandem_send = void;
    using tandem_sync = void;

    ThreadInfo() = default;
    explicit ThreadInfo(std::optional<std::string> its_name) : name(std::move(its_name)) {}

    std::optional<std::string> name;
    ThreadId id = ThreadId::next();
    mutable Parker parker;
};

/// The running thread's own info. A thread that was not spawned by this library gets one when it
/// first asks, and gives it up when its thread-locals end.
class CurrentThread {
public:
    /// Noinline, for clang keeps the address of a thread-local across a coroutine's suspension.
    [[nodiscard, gnu::noinline]] static sync::Arc<ThreadInfo> get() {
        if (slot().current == nullptr) {
            if (slot().ended) {  // asked by the destructor of another thread-local
                return sync::make_arc<ThreadInfo>();
            }
            thread_local CurrentThread const adopted(sync::make_arc<ThreadInfo>(
                is_main_thread() ? std::optional<std::string>("main") : std::nullopt));
        }
        return slot().current->info_.clone();
    }

    /// Tells a new thread what it is. Said first, it holds until all other thread-locals have
    /// ended.
    static void begin(sync::Arc<ThreadInfo> info) {
        thread_local CurrentThread const spawned(std::move(info));
    }

    CurrentThread(CurrentThread const&) = delete;
    CurrentThread& operator=(CurrentThread const&) = delete;
    ~CurrentThread() { slot() = {.current = nullptr, .ended = true}; }

private:
    explicit CurrentThread(sync::Arc<ThreadInfo> info) : info_(std::move(info)) {
        slot().current = this;
    }

    struct Slot {
        CurrentThread const* current = nullptr;
        bool ended = false;
    };

    static Slot& slot() noexcept {
        thread_local Slot slot;
        return slot;
    }

    sync::Arc<ThreadInfo> info_;
};

/// The first thing that a new thread does.
inline void begin_thread(sync::Arc<ThreadInfo> const& info) {
    CurrentThread::begin(info.clone());
    if (info->name) {
        set_os_thread_name(*info->name);
    }
}

}  // namespace tandem::thread::detail

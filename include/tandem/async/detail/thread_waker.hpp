#pragma once

#include <optional>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/parker.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem::async::detail {

/// A parker that wakers keep alive: one may be called long after the thread has gone on.
class SharedParker {
public:
    static SharedParker* create() { return new SharedParker; }

    void add_owner() noexcept { owners_.add(); }
    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

    tandem::detail::Parker parker;

private:
    tandem::detail::RefCount owners_{1};
};

/// Lets this thread sleep until a waker is called. Reuses the thread's parker, unless somebody
/// further up this stack sleeps on it: what wakes him would be lost on us.
class ThreadWaker {
public:
    ThreadWaker() : parker_(take_spare()) {}
    ThreadWaker(ThreadWaker const&) = delete;
    ThreadWaker& operator=(ThreadWaker const&) = delete;
    ~ThreadWaker() { keep_spare(parker_); }

    [[nodiscard]] Waker waker() const noexcept {
        parker_->add_owner();
        return Waker(parker_, functions);
    }

    void park() const noexcept { parker_->parker.park(); }
    /// False once the deadline has passed without a wake.
    bool park_until(tandem::detail::Deadline deadline) const noexcept {
        return parker_->parker.park_until(deadline);
    }

private:
    static SharedParker& of(void const* data) noexcept {
        return *static_cast<SharedParker*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept {
        of(data).add_owner();
        return data;
    }
    static void wake(void const* data) noexcept {
        wake_by_ref(data);
        drop(data);
    }
    static void wake_by_ref(void const* data) noexcept { of(data).parker.unpark(); }
    static void drop(void const* data) noexcept { of(data).remove_owner(); }

    static constexpr WakerVTable functions{
        .clone = &ThreadWaker::clone,
        .wake = &ThreadWaker::wake,
        .wake_by_ref = &ThreadWaker::wake_by_ref,
        .drop = &ThreadWaker::drop,
    };

    struct Spare {
        Spare() = default;
        Spare(Spare const&) = delete;
        Spare& operator=(Spare const&) = delete;
        ~Spare() {
            if (parker != nullptr) {
                std::exchange(parker, nullptr)->remove_owner();
            }
            over = true;
        }

        SharedParker* parker = nullptr;
        bool over = false;
    };

    // Noinline, for this may stand in a coroutine, which clang lets remember the thread's address.
    [[gnu::noinline]] static Spare& spare() noexcept {
        thread_local Spare spare;
        return spare;
    }

    static SharedParker* take_spare() {
        SharedParker* const parker = std::exchange(spare().parker, nullptr);
        return parker != nullptr ? parker : SharedParker::create();
    }
    static void keep_spare(SharedParker* parker) noexcept {
        Spare& mine = spare();
        if (mine.parker == nullptr && !mine.over) {
            mine.parker = parker;
        } else {
            parker->remove_owner();
        }
    }

    SharedParker* parker_;
};

}  // namespace tandem::async::detail

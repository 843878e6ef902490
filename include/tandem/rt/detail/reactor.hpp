#pragma once

#if !defined(__linux__)
#error \
    "tandem's sockets and signals need epoll, which only Linux has; all else of tandem works here"
#endif

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/detail/io_source.hpp"

namespace tandem::rt::detail {

/// A runtime's eyes on its descriptors: one thread at a time waits here for the kernel to announce
/// that something can be read or written, and tells who waits for it.
///
/// Each descriptor is registered once, for both directions and edge-triggered: the kernel speaks up
/// when something changes, and IoSource remembers it. So a request costs no epoll_ctl.
///
/// Rust: tokio's I/O driver, over mio's Poll
class Reactor {
public:
    [[nodiscard]] static Result<Reactor*, std::error_code> create() {
        int const poll = ::epoll_create1(EPOLL_CLOEXEC);
        if (poll < 0) {
            return Err(last_error());
        }
        int const wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake < 0) {
            std::error_code const error = last_error();
            ::close(poll);
            return Err(error);
        }
        epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
        if (::epoll_ctl(poll, EPOLL_CTL_ADD, wake, &event) != 0) {
            std::error_code const error = last_error();
            ::close(poll);
            ::close(wake);
            return Err(error);
        }
        return Ok(new Reactor(poll, wake));
    }
    Reactor(Reactor const&) = delete;
    Reactor& operator=(Reactor const&) = delete;

    void add_owner() noexcept { owners_.add(); }
    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

    /// Watches a descriptor, which must be non-blocking. EPERM: a file that is always ready.
    [[nodiscard]] Result<IoSource*, std::error_code> add(int descriptor) {
        auto* const source = new IoSource;
        {
            RawLock const lock(mutex_);
            if (is_shut_down_) {
                delete source;
                return Err(std::make_error_code(std::errc::operation_canceled));
            }
            link(*source);
        }
        epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                          .data = {.ptr = source}};
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            std::error_code const error = last_error();
            release(*source);
            return Err(error);
        }
        return Ok(source);
    }

    /// Watches it no longer. The descriptor is still open, and nobody waits for it.
    void remove(IoSource& source, int descriptor) noexcept {
        epoll_event unused{};
        ::epoll_ctl(poll_, EPOLL_CTL_DEL, descriptor, &unused);
        release(source);
    }

    /// Waits until something is announced, at the latest until the deadline, and tells who waits
    /// for it. True if there was something, or an unpark. By one thread at a time.
    bool turn(Deadline deadline) noexcept {
        free_released();
        std::uint32_t expected = awake;
        // acquire, both: pairs with release in unpark, if that came first.
        if (deadline.nanoseconds > 0 &&
            !state_.compare_exchange_strong(expected, asleep, std::memory_order_acquire,
                                            std::memory_order_acquire)) {
            deadline = Deadline{0};
        }
        epoll_event events[most_events];
        int const count = wait(events, deadline);
        // acquire: pairs with release in unpark: its thread's work is seen by who looks for it
        // next.
        bool const was_unparked = state_.exchange(awake, std::memory_order_acquire) == unparked;
        ++turn_;
        for (int i = 0; i < count; ++i) {
            if (events[i].data.ptr == nullptr) {
                std::uint64_t unparks = 0;
                static_cast<void>(!::read(wake_, &unparks, sizeof(unparks)));
            } else {
                static_cast<IoSource*>(events[i].data.ptr)
                    ->announce(readiness_of(events[i].events), turn_);
            }
        }
        return was_unparked || count > 0;
    }

    /// Ends the present turn, or the next one at once. From any thread.
    void unpark() noexcept {
        // release: pairs with acquire in turn: it sees what was written before.
        if (state_.exchange(unparked, std::memory_order_release) == asleep) {
            std::uint64_t const one = 1;
            static_cast<void>(!::write(wake_, &one, sizeof(one)));
        }
    }

    /// No turn comes any more: all who wait are woken, to find that out.
    void shut_down() noexcept {
        IoSource* to_tell = nullptr;
        {
            RawLock const lock(mutex_);
            is_shut_down_ = true;
            for (IoSource* source = sources_; source != nullptr; source = source->next_) {
                source->next_to_tell_ = std::exchange(to_tell, source);
            }
        }
        // Not under the lock, for it runs wakers. Those that are removed meanwhile stay in memory,
        // since no turn comes to free them.
        for (; to_tell != nullptr; to_tell = to_tell->next_to_tell_) {
            to_tell->announce(Readiness::shut_down, 0);
        }
    }

private:
    /// As in Parker: an unpark that finds the thread awake costs no system call.
    enum State : std::uint32_t { awake, asleep, unparked };

    static constexpr int most_events = 256;
    static constexpr unsigned most_released = 16;

    Reactor(int poll, int wake) noexcept : poll_(poll), wake_(wake) {}
    ~Reactor() {
        free_released();
        ::close(wake_);
        ::close(poll_);
    }

    [[nodiscard]] static std::error_code last_error() noexcept {
        return {errno, std::system_category()};
    }

    static std::uint32_t readiness_of(std::uint32_t events) noexcept {
        std::uint32_t bits = 0;
        bits |= (events & (EPOLLIN | EPOLLPRI)) != 0 ? Readiness::readable : 0;
        bits |= (events & EPOLLOUT) != 0 ? Readiness::writable : 0;
        bits |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? Readiness::read_closed : 0;
        bits |= (events & (EPOLLHUP | EPOLLERR)) != 0 ? Readiness::write_closed : 0;
        bits |= (events & EPOLLERR) != 0 ? Readiness::error : 0;
        return bits;
    }

    /// epoll_pwait2 knows nanoseconds. Where the kernel does not know it, ppoll on the epoll
    /// descriptor does as well.
    int wait(epoll_event* events, Deadline deadline) noexcept {
        if (deadline.is_never()) {
            return ::epoll_wait(poll_, events, most_events, -1);
        }
        std::int64_t const left = deadline.nanoseconds - steady_nanoseconds();
        if (left <= 0) {
            return ::epoll_wait(poll_, events, most_events, 0);
        }
        timespec const timeout{.tv_sec = static_cast<time_t>(left / 1'000'000'000),
                               .tv_nsec = static_cast<long>(left % 1'000'000'000)};
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
        int const count = ::epoll_pwait2(poll_, events, most_events, &timeout, nullptr);
        if (count >= 0 || errno != ENOSYS) {
            return count;
        }
#endif
#endif
        pollfd self{.fd = poll_, .events = POLLIN, .revents = 0};
        ::ppoll(&self, 1, &timeout, nullptr);
        return ::epoll_wait(poll_, events, most_events, 0);
    }

    // Descriptors that are watched, so that all can be told of the end; and those that are not any
    // more. An event for one of these may have been fetched already, so they are freed before the
    // next turn, when all events of this one have been told.

    void link(IoSource& source) noexcept {
        source.previous_ = nullptr;
        source.next_ = std::exchange(sources_, &source);
        if (source.next_ != nullptr) {
            source.next_->previous_ = &source;
        }
    }

    void release(IoSource& source) noexcept {
        bool many = false;
        {
            RawLock const lock(mutex_);
            (source.previous_ != nullptr ? source.previous_->next_ : sources_) = source.next_;
            if (source.next_ != nullptr) {
                source.next_->previous_ = source.previous_;
            }
            source.next_ = std::exchange(released_, &source);
            many = ++released_count_ == most_released;
        }
        if (many) {
            unpark();
        }
    }

    void free_released() noexcept {
        IoSource* released = nullptr;
        {
            RawLock const lock(mutex_);
            released = std::exchange(released_, nullptr);
            released_count_ = 0;
        }
        while (released != nullptr) {
            delete std::exchange(released, released->next_);
        }
    }

    int const poll_;
    int const wake_;
    std::uint32_t turn_ = 0;
    Atomic<std::uint32_t> state_{awake};
    RefCount owners_{1};  // the runtime, and each descriptor that is watched

    RawMutex mutex_;
    bool is_shut_down_ = false;
    IoSource* sources_ = nullptr;
    IoSource* released_ = nullptr;
    unsigned released_count_ = 0;
};

}  // namespace tandem::rt::detail

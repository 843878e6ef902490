#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/reactor.hpp"

namespace tandem::rt::detail {

/// The reactor of the runtime whose thread this is; a panic that begins with `what` if there is
/// none. Noinline, for clang keeps thread-local addresses in a coroutine.
[[nodiscard, gnu::noinline]] inline Reactor& reactor_of_this_thread(char const* what) {
    Reactor* const reactor = current_runtime(what).driver().reactor();
    if (reactor == nullptr) [[unlikely]] {
        throw Panic(std::string(what) +
                    " needs a runtime with sockets: call enable_io() or enable_all() on its "
                    "Builder");
    }
    return *reactor;
}

[[nodiscard]] inline std::error_code last_system_error() noexcept {
    return {errno, std::system_category()};
}

/// An open descriptor that a runtime watches: both end together.
class Watched {
public:
    /// Takes the descriptor over, also if that fails, and makes it non-blocking.
    [[nodiscard]] static Result<Watched, std::error_code> create(int descriptor, char const* what) {
        Closer closer{descriptor};
        Reactor& reactor = reactor_of_this_thread(what);
        int const flags = ::fcntl(descriptor, F_GETFL);
        if (flags < 0 ||
            ((flags & O_NONBLOCK) == 0 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0)) {
            return Err(last_system_error());
        }
        auto source = reactor.add(descriptor);
        if (source.is_err()) {
            return Err(source.error());
        }
        closer.descriptor = -1;
        return Ok(Watched(descriptor, reactor, **source));
    }

    Watched(Watched&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          reactor_(other.reactor_),
          source_(other.source_) {}
    Watched& operator=(Watched&& other) noexcept {
        Watched last(std::move(other));
        std::swap(descriptor_, last.descriptor_);
        std::swap(reactor_, last.reactor_);
        std::swap(source_, last.source_);
        return *this;
    }
    ~Watched() {
        if (descriptor_ >= 0) {
            reactor_->remove(*source_, descriptor_);
            ::close(descriptor_);
            reactor_->remove_owner();
        }
    }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] IoSource& source() const noexcept { return *source_; }

    /// Gives the descriptor away, which nobody watches any more.
    [[nodiscard]] int release() && noexcept {
        int const descriptor = std::exchange(descriptor_, -1);
        reactor_->remove(*source_, descriptor);
        reactor_->remove_owner();
        return descriptor;
    }

private:
    struct Closer {
        ~Closer() {
            if (descriptor >= 0) {
                ::close(descriptor);
            }
        }
        int descriptor;
    };

    Watched(int descriptor, Reactor& reactor, IoSource& source) noexcept
        : descriptor_(descriptor), reactor_(&reactor), source_(&source) {
        reactor.add_owner();
    }

    int descriptor_;  // -1 once moved from
    Reactor* reactor_;
    IoSource* source_;
};

/// A future of one operation on a descriptor, that is tried until the kernel does not say EAGAIN.
/// `Try` makes the system call: it returns its Output, or nothing if errno is EAGAIN.
///
/// The future borrows the descriptor's owner, which must outlive it.
template <class Try>
class [[nodiscard]] IoFuture {
public:
    using Output = typename Try::Output;

    IoFuture(Watched const& watched, Direction direction, Try attempt) noexcept
        : watched_(&watched), direction_(direction), attempt_(std::move(attempt)) {}
    IoFuture(IoFuture&& other) noexcept  // before its first poll, when nothing waits
        : IoFuture(*other.watched_, other.direction_, std::move(other.attempt_)) {}
    IoFuture& operator=(IoFuture&&) = delete;
    ~IoFuture() {
        if (waits_) {
            watched_->source().stop_waiting(direction_, waiter_);
        }
    }

    async::Poll<Output> poll(async::Context& cx) {
        if (!cx.poll_proceed()) {
            return async::Poll<Output>::pending();
        }
        IoSource& source = watched_->source();
        Readiness seen;
        while (source.poll_ready(direction_, waiter_, cx, seen)) {
            if ((seen.bits & Readiness::shut_down) != 0) [[unlikely]] {
                return finish(Output(Err(std::make_error_code(std::errc::operation_canceled))), cx);
            }
            if (std::optional<Output> output = attempt_(watched_->descriptor(), source, seen)) {
                return finish(*std::move(output), cx);
            }
            source.clear(direction_, seen);
        }
        waits_ = true;
        return async::Poll<Output>::pending();
    }

private:
    async::Poll<Output> finish(Output output, async::Context& cx) {
        if (std::exchange(waits_, false)) {
            watched_->source().stop_waiting(direction_, waiter_);
        }
        cx.made_progress();
        return async::Poll<Output>::ready(std::move(output));
    }

    Watched const* watched_;
    Direction direction_;
    bool waits_ = false;
    async::detail::Waiter waiter_;
    [[no_unique_address]] Try attempt_;
};

/// Did the last system call only find nothing to do yet? One that was interrupted is tried again.
template <class Call>
auto uninterrupted(Call call) noexcept {
    for (;;) {
        auto const result = call();
        if (result >= 0 || errno != EINTR) {
            return result;
        }
    }
}
[[nodiscard]] inline bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace tandem::rt::detail

#pragma once

#include <cstddef>
#include <utility>

#include "tandem/async/detail/batch_semaphore.hpp"
#include "tandem/async/detail/permit_request.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async::detail {

/// A future of a lock's guard: takes `n` permits, and makes a `Guard` of its `Holder`, which is a
/// pointer to the lock or an Arc of it.
///
/// Rust:   what tokio's Mutex::lock, RwLock::read and RwLock::write return
/// Cancel: it loses its place in the queue; a lock it was given goes to the next
/// Wakes:  whoever unlocks
template <class Guard, class Holder>
class [[nodiscard]] LockFuture {
public:
    using Output = Guard;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Holder>>;

    LockFuture(Holder holder, BatchSemaphore& raw, std::size_t n) noexcept
        : holder_(std::move(holder)), request_(raw, n) {}
    LockFuture(LockFuture&& other, CallSite where = CallSite::current()) noexcept
        : holder_(std::move(other.holder_)), request_(std::move(other.request_), where) {}

    Poll<Guard> poll(Context& cx) {
        if (request_.poll(cx) != Acquired::yes) {
            return Poll<Guard>::pending();
        }
        return Poll<Guard>::ready(Guard(std::move(holder_)));
    }

private:
    // In this order, so that the request is over before the lock may end.
    Holder holder_;
    PermitRequest request_;
};

/// A future of permits from a semaphore, or of the error that it is closed.
///
/// Rust:   what tokio's Semaphore::acquire and its relatives return
/// Cancel: it loses its place in the queue; permits it was given go to the next
/// Wakes:  whoever gives the last permit that was missing, or closes
template <class Permit, class Holder, class Error>
class [[nodiscard]] AcquireFuture {
public:
    using Output = Result<Permit, Error>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Holder>>;

    AcquireFuture(Holder holder, BatchSemaphore& raw, std::size_t n) noexcept
        : holder_(std::move(holder)), request_(raw, n) {}
    AcquireFuture(AcquireFuture&& other, CallSite where = CallSite::current()) noexcept
        : holder_(std::move(other.holder_)), request_(std::move(other.request_), where) {}

    Poll<Output> poll(Context& cx) {
        switch (request_.poll(cx)) {
            case Acquired::yes:
                return Poll<Output>::ready(Permit(std::move(holder_), request_.wanted()));
            case Acquired::closed: return Poll<Output>::ready(Err(Error()));
            default: return Poll<Output>::pending();
        }
    }

private:
    // In this order, so that the request is over before the semaphore may end.
    Holder holder_;
    PermitRequest request_;
};

}  // namespace tandem::async::detail

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "tandem/async/detail/batch_semaphore.hpp"
#include "tandem/async/detail/lock_future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/arc.hpp"

namespace tandem::async {

/// The semaphore was closed: there will be no permit any more.
///
/// Rust: tokio::sync::AcquireError
class AcquireError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    AcquireError() noexcept = default;

    [[nodiscard]] std::string_view message() const noexcept { return "the semaphore is closed"; }

    friend bool operator==(AcquireError const&, AcquireError const&) noexcept = default;
};

/// Why there is no permit now.
///
/// Rust: tokio::sync::TryAcquireError
class TryAcquireError {
public:
    using tandem_send = void;
    using tandem_sync = void;
    enum class Reason : unsigned char { closed, no_permits };

    explicit TryAcquireError(Reason reason) noexcept : reason_(reason) {}

    [[nodiscard]] bool is_closed() const noexcept { return reason_ == Reason::closed; }
    [[nodiscard]] bool is_no_permits() const noexcept { return reason_ == Reason::no_permits; }

    [[nodiscard]] std::string_view message() const noexcept {
        return is_closed() ? "the semaphore is closed" : "the semaphore has too few permits now";
    }

    friend bool operator==(TryAcquireError const&, TryAcquireError const&) noexcept = default;

private:
    Reason reason_;
};

class Semaphore;
class SemaphorePermit;
class OwnedSemaphorePermit;

template <class Permit = OwnedSemaphorePermit>
Result<Permit, TryAcquireError> try_acquire_many_owned(sync::Arc<Semaphore> semaphore,
                                                       std::size_t n);

/// A count of permits, of which each holder has some: at most so many at a time. First come, first
/// served: one who waits for many is not passed by others who want few.
///
/// Rust:      tokio::sync::Semaphore
/// C++:       std::counting_semaphore, for tasks, whose permits give themselves back
/// Unchecked: a permit that outlives its semaphore: that is what acquire_owned is for
/// Errors:    AcquireError once it is closed. More than max_permits permits panics.
///
///     Semaphore at_most{3};
///     auto permit = (co_await at_most.acquire()).unwrap();    // given back at the brace
class Semaphore {
public:
    using tandem_send = void;
    using tandem_sync = void;
    using Acquire = detail::AcquireFuture<SemaphorePermit, Semaphore const*, AcquireError>;
    using AcquireOwned =
        detail::AcquireFuture<OwnedSemaphorePermit, sync::Arc<Semaphore>, AcquireError>;

    static constexpr std::size_t max_permits = detail::BatchSemaphore::max_permits;

    explicit constexpr Semaphore(std::size_t permits) : raw_(permits) {}

    /// A future of one permit.
    ///
    /// Cancel: it loses its place in the queue; permits it was given go to the next
    /// Wakes:  whoever gives the last permit that was missing, or closes
    [[nodiscard]] Acquire acquire() const& noexcept { return Acquire(this, raw_, 1); }
    Acquire acquire() const&& = delete;  // the permit would outlive the semaphore

    /// A future of `n` permits, which come all at once. It keeps those that are free meanwhile.
    [[nodiscard]] Acquire acquire_many(std::size_t n) const& {
        return Acquire(this, raw_, checked(n));
    }
    Acquire acquire_many(std::size_t n) const&& = delete;

    /// One permit, or `n`, if they are there now; never waits.
    template <class Permit = SemaphorePermit>  // templates, for that is defined only below
    Result<Permit, TryAcquireError> try_acquire() const& {
        return try_acquire_many<Permit>(1);
    }
    template <class Permit = SemaphorePermit>
    Result<Permit, TryAcquireError> try_acquire() const&& = delete;
    template <class Permit = SemaphorePermit>
    Result<Permit, TryAcquireError> try_acquire_many(std::size_t n) const& {
        return try_take<Permit>(this, n);
    }
    template <class Permit = SemaphorePermit>
    Result<Permit, TryAcquireError> try_acquire_many(std::size_t n) const&& = delete;

    [[nodiscard]] std::size_t available_permits() const noexcept { return raw_.available(); }

    /// More permits than before, for those who have waited longest first.
    void add_permits(std::size_t n) const { raw_.release(n); }
    /// Takes up to `n` free permits out for good; how many there were.
    std::size_t forget_permits(std::size_t n) const noexcept { return raw_.forget(n); }

    /// From now on there are no permits; those who wait get an AcquireError.
    void close() const noexcept { raw_.close(); }
    [[nodiscard]] bool is_closed() const noexcept { return raw_.is_closed(); }

private:
    friend class SemaphorePermit;
    friend AcquireOwned acquire_many_owned(sync::Arc<Semaphore> semaphore, std::size_t n);
    template <class Permit>
    friend Result<Permit, TryAcquireError> try_acquire_many_owned(sync::Arc<Semaphore> semaphore,
                                                                  std::size_t n);

    static std::size_t checked(std::size_t n) {
        if (n > max_permits) [[unlikely]] {
            detail::raise("no semaphore has that many permits: acquire at most max_permits");
        }
        return n;
    }

    template <class Permit, class Holder>
    static Result<Permit, TryAcquireError> try_take(Holder holder, std::size_t n) {
        using enum TryAcquireError::Reason;
        switch (holder->raw_.try_acquire(checked(n))) {
            case detail::Acquired::yes: return Permit(std::move(holder), n);
            case detail::Acquired::closed: return Err(TryAcquireError(closed));
            default: return Err(TryAcquireError(no_permits));
        }
    }

    mutable detail::BatchSemaphore raw_;
};

/// Some permits of a semaphore; gives them back when destroyed.
///
/// Rust:      tokio::sync::SemaphorePermit
/// Unchecked: giving it to a task that may outlive the semaphore
class [[nodiscard]] SemaphorePermit {
public:
    using tandem_send = void;
    using tandem_sync = void;

    SemaphorePermit(SemaphorePermit&& other) noexcept
        : semaphore_(other.semaphore_), permits_(std::exchange(other.permits_, 0)) {}
    /// Gives back what it held, after it has the other.
    SemaphorePermit& operator=(SemaphorePermit&& other) noexcept {
        SemaphorePermit last(std::move(other));
        std::swap(semaphore_, last.semaphore_);
        std::swap(permits_, last.permits_);
        return *this;
    }
    ~SemaphorePermit() {
        if (permits_ != 0) {
            semaphore_->raw_.release(permits_);
        }
    }

    /// Never gives them back: the semaphore has fewer from now on.
    void forget() && noexcept { permits_ = 0; }

    [[nodiscard]] std::size_t num_permits() const noexcept { return permits_; }

    /// Takes the other's permits over; both must be of the same semaphore.
    void merge(SemaphorePermit other) {
        if (semaphore_ != other.semaphore_) [[unlikely]] {
            detail::raise("these permits are of two semaphores: merge those of one");
        }
        permits_ += std::exchange(other.permits_, 0);
    }

    /// Splits `n` permits off, if there are so many.
    template <class Permit = SemaphorePermit>
    [[nodiscard]] std::optional<Permit> split(std::size_t n) noexcept {
        if (n > permits_) {
            return std::nullopt;
        }
        permits_ -= n;
        return Permit(semaphore_, n);
    }

private:
    friend class Semaphore;
    friend class OwnedSemaphorePermit;
    friend Semaphore::Acquire;

    SemaphorePermit(Semaphore const* semaphore, std::size_t permits) noexcept
        : semaphore_(semaphore), permits_(permits) {}

    Semaphore const* semaphore_;
    std::size_t permits_;  // 0 once moved from
};

/// Permits that keep their semaphore alive, so that they may go anywhere.
///
/// Rust: tokio::sync::OwnedSemaphorePermit
class [[nodiscard]] OwnedSemaphorePermit {
public:
    using tandem_send = void;
    using tandem_sync = void;

    OwnedSemaphorePermit(OwnedSemaphorePermit&&) noexcept = default;
    /// Gives back what it held, after it has the other.
    OwnedSemaphorePermit& operator=(OwnedSemaphorePermit&& other) noexcept {
        OwnedSemaphorePermit last(std::move(other));
        std::swap(semaphore_, last.semaphore_);
        std::swap(permit_, last.permit_);
        return *this;
    }
    ~OwnedSemaphorePermit() = default;

    void forget() && noexcept { std::move(permit_).forget(); }
    [[nodiscard]] std::size_t num_permits() const noexcept { return permit_.num_permits(); }
    [[nodiscard]] sync::Arc<Semaphore> const& semaphore() const noexcept { return semaphore_; }

    void merge(OwnedSemaphorePermit other) { permit_.merge(std::move(other.permit_)); }

    template <class Permit = OwnedSemaphorePermit>
    [[nodiscard]] std::optional<Permit> split(std::size_t n) {
        if (n > num_permits()) {
            return std::nullopt;
        }
        Permit part(semaphore_.clone(), n);  // may throw, before anything is changed
        permit_.permits_ -= n;
        return part;
    }

private:
    friend class Semaphore;
    friend Semaphore::AcquireOwned;

    OwnedSemaphorePermit(sync::Arc<Semaphore> semaphore, std::size_t permits)
        : semaphore_(std::move(semaphore)), permit_(semaphore_.as_ptr(), permits) {}

    // In this order, so that the permits are back before the semaphore may end.
    sync::Arc<Semaphore> semaphore_;
    SemaphorePermit permit_;
};

/// A future of `n` permits that keep the semaphore alive.
///
/// Rust: tokio::sync::Semaphore::acquire_many_owned
[[nodiscard]] inline Semaphore::AcquireOwned acquire_many_owned(sync::Arc<Semaphore> semaphore,
                                                                std::size_t n) {
    auto& raw = semaphore->raw_;
    return Semaphore::AcquireOwned(std::move(semaphore), raw, Semaphore::checked(n));
}

///     auto permit = (co_await acquire_owned(at_most.clone())).unwrap();
[[nodiscard]] inline Semaphore::AcquireOwned acquire_owned(sync::Arc<Semaphore> semaphore) {
    return acquire_many_owned(std::move(semaphore), 1);
}

/// Permits that keep the semaphore alive, if they are there now; never waits.
template <class Permit>
Result<Permit, TryAcquireError> try_acquire_many_owned(sync::Arc<Semaphore> semaphore,
                                                       std::size_t n) {
    return Semaphore::try_take<Permit>(std::move(semaphore), n);
}

template <class Permit = OwnedSemaphorePermit>
Result<Permit, TryAcquireError> try_acquire_owned(sync::Arc<Semaphore> semaphore) {
    return try_acquire_many_owned<Permit>(std::move(semaphore), 1);
}

}  // namespace tandem::async

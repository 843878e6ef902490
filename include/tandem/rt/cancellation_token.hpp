#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/detail/cancellation_node.hpp"

namespace tandem::rt {

class Cancelled;
class CancelledOwned;
class DropGuard;
template <async::Future F, class C>
class RunUntilCancelled;

/// Tells any number of tasks that they are to end. A token may have children, which are cancelled
/// with it; to cancel a child leaves its parent as it is.
///
/// Rust:      tokio_util::sync::CancellationToken
/// C++:       std::stop_source and std::stop_token in one, which can be awaited and have children
/// Unchecked: the future of cancelled() outliving its token; that of cancelled_owned() may
/// Errors:    a token that was moved from panics
/// Cost:      one allocation a token, none for a clone; child tokens lock their family's tree
///
///     CancellationToken const token;
///     auto server = rt::spawn(serve, token.child_token());
///     …
///     token.cancel();
class CancellationToken {
public:
    using tandem_send = void;
    using tandem_sync = void;

    /// One that is not cancelled, and nobody's child.
    CancellationToken() : node_(detail::CancellationNode::create()) {}
    CancellationToken(CancellationToken&& other) noexcept
        : node_(std::exchange(other.node_, nullptr)) {}
    CancellationToken& operator=(CancellationToken&& other) noexcept {
        CancellationToken last(std::move(other));
        std::swap(node_, last.node_);
        return *this;
    }
    ~CancellationToken() {
        if (node_ != nullptr) {
            node_->remove_handle();
        }
    }

    /// The same token: whoever cancels one of them cancels both.
    [[nodiscard]] CancellationToken clone() const {
        node().add_handle();
        return CancellationToken(node());
    }
    /// One that is cancelled with this one; at once, if this one is already.
    [[nodiscard]] CancellationToken child_token() const {
        return CancellationToken(*node().create_child());
    }

    /// Cancels this token and all its children, and wakes who waits for that.
    void cancel() const { node().cancel(); }
    [[nodiscard]] bool is_cancelled() const { return node().is_cancelled(); }

    /// A future of the cancellation.
    [[nodiscard]] Cancelled cancelled() const&;
    Cancelled cancelled() const&& = delete;  // it would outlive what it waits for
    /// One that takes the token along.
    [[nodiscard]] CancelledOwned cancelled_owned() &&;

    /// Runs a future, but not longer than until the token is cancelled: its output then is none.
    template <class F>
    [[nodiscard]] auto run_until_cancelled(F&& future) const&;
    template <class F>
    auto run_until_cancelled(F&& future) const&& = delete;
    template <class F>
    [[nodiscard]] auto run_until_cancelled_owned(F&& future) &&;

    /// Cancels the token when the guard ends.
    [[nodiscard]] DropGuard drop_guard() &&;

private:
    friend class CancelledOwned;
    friend class DropGuard;

    /// Takes over one handle.
    explicit CancellationToken(detail::CancellationNode& node) noexcept : node_(&node) {}

    [[nodiscard]] detail::CancellationNode& node() const {
        if (node_ == nullptr) [[unlikely]] {
            detail::raise("this CancellationToken was moved from");
        }
        return *node_;
    }

    detail::CancellationNode* node_;  // null once moved from
};

/// A future of a token's cancellation.
///
/// Rust:   tokio_util::sync::WaitForCancellationFuture
/// Cancel: nothing is lost
/// Wakes:  whoever cancels
class [[nodiscard]] Cancelled {
public:
    using Output = void;

    explicit Cancelled(detail::CancellationNode const& node) noexcept
        : node_(&node), notified_(node.notify().notified()) {}

    async::Poll<void> poll(async::Context& cx) noexcept {
        // This first: who cancels sets it before he notifies, so that one who sees nothing here
        // is in time to be notified.
        return node_->is_cancelled() ? async::Poll<void>::ready() : notified_.poll(cx);
    }

private:
    detail::CancellationNode const* node_;
    async::Notified notified_;
};

/// The same, with the token in it.
///
/// Rust:   tokio_util::sync::WaitForCancellationFutureOwned
/// Cancel: nothing is lost but the token
/// Wakes:  whoever cancels
class [[nodiscard]] CancelledOwned {
public:
    using Output = void;
    using tandem_send = void;

    explicit CancelledOwned(CancellationToken token)
        : token_(std::move(token)), cancelled_(token_.node()) {}

    async::Poll<void> poll(async::Context& cx) noexcept { return cancelled_.poll(cx); }

private:
    CancellationToken token_;
    Cancelled cancelled_;
};

/// What run_until_cancelled returns: the future's output, unless the token was cancelled before it
/// came. Void as Unit, a reference as a pointer.
///
/// Rust:   what CancellationToken::run_until_cancelled returns
/// Errors: as the future's
/// Cancel: drops the future
/// Wakes:  as the future does, or whoever cancels
template <async::Future F, class C>
class [[nodiscard]] RunUntilCancelled {
    using Kept = async::detail::AsFuture<F>;
    using T = typename Kept::Output;

public:
    using Output = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*,
                                      std::optional<tandem::detail::UnitIfVoid<T>>>;
    using tandem_send =
        tandem::detail::Needs<tandem::detail::SendOf<Kept>, tandem::detail::SendOf<C>>;

    template <class From>
    RunUntilCancelled(C cancelled, From&& future)
        : cancelled_(std::move(cancelled)), future_(std::in_place, std::forward<From>(future)) {}

    async::Poll<Output> poll(async::Context& cx) {
        // One that is cancelled from the start runs nothing. Later on the output comes first, if
        // both are there.
        if (!std::exchange(begun_, true) && cancelled_.poll(cx).is_ready()) {
            return nothing();
        }
        if (auto polled = future_->poll(cx); polled.is_ready()) {
            auto output = Output(async::detail::to_store(std::move(polled)));
            future_.reset();
            return async::Poll<Output>::ready(std::move(output));
        }
        return cancelled_.poll(cx).is_ready() ? nothing() : async::Poll<Output>::pending();
    }

private:
    async::Poll<Output> nothing() {
        future_.reset();
        return async::Poll<Output>::ready(Output{});
    }

    C cancelled_;
    std::optional<Kept> future_;  // none once it is over
    bool begun_ = false;
};

/// Cancels its token when it ends.
///
/// Rust:   tokio_util::sync::DropGuard
/// Errors: disarm() a second time panics
///
///     DropGuard const ends_them = token.clone().drop_guard();   // however this function is left
class [[nodiscard("the token is cancelled when the guard ends")]] DropGuard {
public:
    explicit DropGuard(CancellationToken token) noexcept : token_(std::move(token)) {}
    DropGuard(DropGuard&&) noexcept = default;
    DropGuard& operator=(DropGuard&& other) noexcept {
        DropGuard last(std::move(other));
        std::swap(token_, last.token_);
        return *this;
    }
    ~DropGuard() {
        if (token_.node_ != nullptr) {
            token_.cancel();
        }
    }

    /// Gives the token back, as it is.
    CancellationToken disarm() {
        if (token_.node_ == nullptr) [[unlikely]] {
            detail::raise("this DropGuard was disarmed already, or moved from");
        }
        return std::move(token_);
    }

private:
    CancellationToken token_;  // moved from once disarmed
};

inline Cancelled CancellationToken::cancelled() const& { return Cancelled(node()); }
inline CancelledOwned CancellationToken::cancelled_owned() && {
    return CancelledOwned(std::move(*this));
}

template <class F>
auto CancellationToken::run_until_cancelled(F&& future) const& {
    static_assert(async::detail::check_taken<F>());
    return RunUntilCancelled<std::remove_cvref_t<F>, Cancelled>(cancelled(),
                                                                std::forward<F>(future));
}
template <class F>
auto CancellationToken::run_until_cancelled_owned(F&& future) && {
    static_assert(async::detail::check_taken<F>());
    return RunUntilCancelled<std::remove_cvref_t<F>, CancelledOwned>(
        std::move(*this).cancelled_owned(), std::forward<F>(future));
}

inline DropGuard CancellationToken::drop_guard() && { return DropGuard(std::move(*this)); }

}  // namespace tandem::rt

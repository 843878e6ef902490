#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/async/detail/batch_semaphore.hpp"
#include "tandem/async/detail/permit_request.hpp"
#include "tandem/core/detail/is_result.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async {

/// `set` came too late: there is a value already, or somebody is making one. Holds yours.
///
/// Rust: tokio::sync::SetError<T>
template <class T>
class SetError {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SyncOf<T>>;
    enum class Reason : unsigned char { already_initialized, initializing };

    SetError(Reason reason, T value) : reason_(reason), value_(std::move(value)) {}

    [[nodiscard]] bool is_already_init_err() const noexcept {
        return reason_ == Reason::already_initialized;
    }
    [[nodiscard]] bool is_initializing_err() const noexcept {
        return reason_ == Reason::initializing;
    }

    /// The value that was not set.
    [[nodiscard]] T into_inner() && { return std::move(value_); }

    friend std::string describe(SetError const& error) {
        return error.is_already_init_err() ? "the cell has a value already"
                                           : "the cell's value is being made";
    }

private:
    Reason reason_;
    T value_;
};

namespace detail {

/// How a OnceCell's future answers, by what its function gives: a value, or a Result of one.
template <class T, class Made>
struct OnceAnswer {
    using Output = T const&;
    static Output of(T const& value) noexcept { return value; }
};
template <class T, class U, class E>
struct OnceAnswer<T, Result<U, E>> {
    using Output = Result<T const&, E>;
    static Output of(T const& value) noexcept { return Output(value); }
};

template <class T, bool may_fail, class Body>
class OnceInit;

}  // namespace detail

/// A place for a value that is made once, by a function that may await, and read ever after
/// without a lock.
///
/// Rust:      tokio::sync::OnceCell<T>
/// C++:       a function-local static, whose initialiser cannot await
/// Unchecked: a reference to the value, or a future of it, that outlives the cell
/// Errors:    set on a full place gives the value back. An initialiser that reads its own cell
///            waits for ever.
///
///     OnceCell<Config> config;
///     Config const& c = co_await config.get_or_init(load_config, "app.toml");
template <class T>
class OnceCell {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    constexpr OnceCell() noexcept : nothing_() {}
    explicit OnceCell(T value) : OnceCell() { set(std::move(value)).unwrap(); }
    OnceCell(OnceCell const&) = delete;
    OnceCell& operator=(OnceCell const&) = delete;
    ~OnceCell() {
        if (initialized()) {
            std::destroy_at(std::addressof(value_));
        }
    }

    [[nodiscard]] bool initialized() const noexcept { return raw_.is_closed(); }

    /// The value, or null while there is none.
    [[nodiscard]] T const* get() const& noexcept {
        return initialized() ? std::addressof(value_) : nullptr;
    }
    T const* get() const&& = delete;  // would outlive its place
    [[nodiscard]] T* get_mut() & noexcept {
        return initialized() ? std::addressof(value_) : nullptr;
    }

    /// Writes the value, unless there is one or somebody is making one.
    Result<void, SetError<T>> set(T value) const {
        using Reason = typename SetError<T>::Reason;
        switch (raw_.try_acquire(1)) {
            case detail::Acquired::closed:
                return Err(SetError<T>(Reason::already_initialized, std::move(value)));
            case detail::Acquired::not_yet:
                return Err(SetError<T>(Reason::initializing, std::move(value)));
            default: break;
        }
        detail::HeldPermit held(raw_);
        write(std::move(value));
        held.forget();
        return Ok();
    }

    /// A future of the value, made by `fn(args...)` if there is none yet; others wait meanwhile.
    /// `fn` returns the value, or a Task of it; it is called when it is this future's turn.
    ///
    /// Cancel: the making is cancelled with it, and the next who waits makes the value
    /// Wakes:  whoever made the value, or gave up
    template <class Fn, class... Args>
    [[nodiscard]] auto get_or_init(Fn&& fn, Args&&... args) const& {
        return init<false>(block(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }
    template <class Fn, class... Args>
    void get_or_init(Fn&& fn, Args&&... args) const&& = delete;  // would outlive its place

    /// As get_or_init, with a function that may fail: it returns a Result, or a Task of one. An
    /// error comes out here, leaves the place empty, and the next who waits tries.
    template <class Fn, class... Args>
    [[nodiscard]] auto get_or_try_init(Fn&& fn, Args&&... args) const& {
        return init<true>(block(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }
    template <class Fn, class... Args>
    void get_or_try_init(Fn&& fn, Args&&... args) const&& = delete;

    /// Ends the cell and yields the value, if there is one.
    [[nodiscard]] std::optional<T> into_inner() && {
        return initialized() ? std::optional<T>(std::move(value_)) : std::nullopt;
    }

private:
    template <class U, bool may_fail, class Body>
    friend class detail::OnceInit;

    template <bool may_fail, class Body>
    auto init(Body body) const {
        using Made = typename Body::Output;
        static_assert(!may_fail || detail::is_result<Made>,
                      "get_or_try_init's function returns a Result, or a Task of one; for one "
                      "that cannot fail there is get_or_init");
        return detail::OnceInit<T, may_fail, Body>(*this, raw_, std::move(body));
    }

    /// By the one who holds the permit. It is never given back: closing ends the waiting for it.
    template <class U>
    void write(U&& value) const {
        ::new (static_cast<void*>(std::addressof(value_))) T(std::forward<U>(value));
        raw_.close();
    }

    // One permit, for the one who makes the value; closed once it is made.
    mutable detail::BatchSemaphore raw_{1};
    union {
        char nothing_;
        mutable T value_;
    };
};

namespace detail {

/// A future of a OnceCell's value, which makes it if nobody else does.
///
/// Rust:   what tokio's OnceCell::get_or_init returns
/// Cancel: the making is cancelled with it, and the next who waits makes the value
/// Wakes:  whoever made the value, or gave up
template <class T, bool may_fail, class Body>
class [[nodiscard]] OnceInit {
    using Made = typename Body::Output;
    using Answer = OnceAnswer<T, std::conditional_t<may_fail, Made, T>>;

public:
    using Output = typename Answer::Output;

    OnceInit(OnceCell<T> const& cell, BatchSemaphore& raw, Body body)
        : cell_(&cell), request_(raw, 1), held_(raw, false), body_(std::move(body)) {}

    Poll<Output> poll(Context& cx) {
        if (!held_) {
            if (cell_->initialized()) {
                return value();
            }
            switch (request_.poll(cx)) {
                case Acquired::not_yet: return Poll<Output>::pending();
                case Acquired::closed: return value();
                default: held_.hold();
            }
        }
        return make(cx);
    }

private:
    Poll<Output> value() const { return Poll<Output>::ready(Answer::of(*cell_->get())); }

    Poll<Output> make(Context& cx) {
        HeldPermit held(std::move(held_));  // given back if the function throws
        auto made = body_.poll(cx);
        if (made.is_pending()) {
            held_.hold();
            held.forget();
            return Poll<Output>::pending();
        }
        if constexpr (may_fail) {
            auto result = std::move(made).value();
            if (!result.is_ok()) {
                return Poll<Output>::ready(Output(Err(std::move(result).error())));
            }
            cell_->write(std::move(result).unwrap());
        } else {
            cell_->write(std::move(made).value());
        }
        held.forget();
        return value();
    }

    OnceCell<T> const* cell_;
    PermitRequest request_;
    HeldPermit held_;  // while the function is at work
    Body body_;        // ends first: only then may another begin
};

}  // namespace detail

}  // namespace tandem::async

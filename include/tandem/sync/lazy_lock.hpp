#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tandem/sync/once.hpp"
#include "tandem/sync/once_lock.hpp"

namespace tandem::sync {

/// A value made on first use, by whichever thread comes first.
///
/// Rust:      std::sync::LazyLock<T, F>
/// C++:       a function-local static
/// Errors:    an initialiser that throws poisons it: the exception goes to the first caller, and
///            every later use panics. One that uses its own LazyLock waits for ever.
///
///     static LazyLock<std::string> greeting{[] { return std::string("hello"); }};
///     fmt::print("{}\n", *greeting);
template <class T, class Fn = T (*)()>
class LazyLock {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>, detail::SendOf<Fn>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>, detail::SendOf<Fn>>;

    explicit constexpr LazyLock(Fn fn) : fn_(std::move(fn)) {}
    LazyLock(LazyLock const&) = delete;
    LazyLock& operator=(LazyLock const&) = delete;

    /// The value, made now if this is the first use.
    T const& force() const& {
        once_.call_once([this] { value_.get_or_init(fn_); });
        return *value_.get();
    }
    [[nodiscard]] T const& operator*() const& { return force(); }
    [[nodiscard]] T const* operator->() const& { return std::addressof(force()); }

    // The value would be gone with the lock.
    T const& force() const&& = delete;
    T const& operator*() const&& = delete;
    T const* operator->() const&& = delete;

private:
    mutable Fn fn_;
    Once once_;
    OnceLock<T> value_;
};

template <class Fn>
LazyLock(Fn) -> LazyLock<std::remove_cvref_t<std::invoke_result_t<Fn&>>, Fn>;

}  // namespace tandem::sync

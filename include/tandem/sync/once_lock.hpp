#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/detail/raw_once.hpp"

namespace tandem::sync {

/// A place for a value that is written once and read ever after, without a lock.
///
/// Rust:      std::sync::OnceLock<T>
/// C++:       a function-local static that needs no function
/// Errors:    set on a full place gives the value back. An initialiser that throws leaves the place
///            empty, for the next to try; one that reads its own OnceLock waits for ever.
///
///     OnceLock<Config> config;
///     Config const& c = config.get_or_init(load_config, "app.toml");
template <class T>
class OnceLock {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;

    constexpr OnceLock() noexcept : nothing_() {}
    explicit OnceLock(T value) : OnceLock() { set(std::move(value)).unwrap(); }
    OnceLock(OnceLock const&) = delete;
    OnceLock& operator=(OnceLock const&) = delete;
    ~OnceLock() {
        if (raw_.is_complete()) {
            std::destroy_at(std::addressof(value_));
        }
    }

    /// The value, or null while there is none.
    [[nodiscard]] T const* get() const noexcept {
        return raw_.is_complete() ? std::addressof(value_) : nullptr;
    }
    [[nodiscard]] T* get_mut() noexcept {
        return raw_.is_complete() ? std::addressof(value_) : nullptr;
    }

    /// Writes the value unless there is one, in which case yours comes back as the error.
    Result<void, T> set(T value) const {
        bool written = false;
        initialise([&] {
            written = true;
            return std::move(value);
        });
        if (!written) {
            return Err(std::move(value));
        }
        return Ok();
    }

    /// The value, made by `fn(args...)` if there is none yet; others wait meanwhile. It is made in
    /// its place, so that a T that cannot be moved will do.
    template <class Fn, class... Args>
        requires std::same_as<std::invoke_result_t<Fn, Args...>, T> ||
                 std::convertible_to<std::invoke_result_t<Fn, Args...>, T>
    T const& get_or_init(Fn&& fn, Args&&... args) const& {
        if (!raw_.is_complete()) [[unlikely]] {
            initialise([&]() -> decltype(auto) {
                return detail::call(std::forward<Fn>(fn), std::forward<Args>(args)...);
            });
        }
        return value_;
    }
    template <class Fn, class... Args>
    T const& get_or_init(Fn&& fn, Args&&... args) const&& = delete;  // would outlive its place

    /// Sleeps until there is a value.
    T const& wait() const& noexcept {
        raw_.wait();
        return value_;
    }

    /// Takes the value out and leaves the place empty; for its only owner.
    [[nodiscard]] std::optional<T> take() {
        if (!raw_.is_complete()) {
            return std::nullopt;
        }
        std::optional<T> taken(std::move(value_));
        std::destroy_at(std::addressof(value_));
        raw_.reset();
        return taken;
    }
    [[nodiscard]] std::optional<T> into_inner() && { return take(); }

private:
    /// Empties the place again if the initialiser throws.
    struct Attempt {
        detail::RawOnce& raw;
        detail::RawOnce::State outcome = detail::RawOnce::incomplete;

        ~Attempt() { raw.end(outcome); }
    };

    template <class Make>
    void initialise(Make make) const {
        if (raw_.begin() == detail::RawOnce::complete) {
            return;
        }
        Attempt attempt{raw_};
        ::new (static_cast<void*>(std::addressof(value_))) T(make());
        attempt.outcome = detail::RawOnce::complete;
    }

    mutable detail::RawOnce raw_;
    union {
        char nothing_;
        mutable T value_;
    };
};

}  // namespace tandem::sync

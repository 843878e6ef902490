#pragma once

#include <concepts>
#include <expected>
#include <memory>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/result_chains.hpp"
#include "tandem/core/detail/result_parts.hpp"
#include "tandem/core/unit.hpp"

namespace tandem {

/// A value, or the error that stands in its place. `T` may be void, or a reference.
///
/// Rust:      std::result::Result<T, E>
/// C++:       std::expected<T, E>, from which it derives: what expected can do, it can
/// Unchecked: reading `*r` while it holds an error. rustc has no such operation; use unwrap.
/// Errors:    unwrap and expect panic with the error's text and the caller's file and line;
///            the text is the error's describe(e), message() or what(), else its type's name
///
///     Result<int, std::string> parse(std::string_view text);
///     int const port = parse("8080").unwrap_or(80);
///     int const twice = parse("21").map([](int n) { return 2 * n; }).unwrap();
template <class T, class E>
class [[nodiscard]] Result : public std::expected<detail::Stored<T>, E> {
    using Base = std::expected<detail::Stored<T>, E>;
    using Location = std::source_location;
    static constexpr bool has_no_value = std::is_void_v<T>;

public:
    using tandem_send = detail::Needs<detail::SendOf<T>, detail::SendOf<E>>;
    using tandem_sync = detail::Needs<detail::SyncOf<T>, detail::SyncOf<E>>;

    using Base::Base;
    constexpr Result() = default;
    constexpr Result(Base base) : Base(std::move(base)) {}  // NOLINT(google-explicit-constructor)

    template <class U>
        requires std::convertible_to<U, T> && (!std::is_reference_v<T>)
    constexpr Result(detail::OkValue<U> ok)  // NOLINT(google-explicit-constructor)
        : Base(std::in_place, std::forward<U>(ok.value)) {}

    constexpr Result(detail::OkValue<void>)  // NOLINT(google-explicit-constructor)
        requires has_no_value
    {}

    template <class U>
        requires std::is_reference_v<T> && detail::GivenFor<U&, T>
    constexpr Result(U& value)  // NOLINT(google-explicit-constructor)
        : Base(std::addressof(static_cast<T>(value))) {}

    template <class G>
        requires std::convertible_to<G, E>
    constexpr Result(detail::ErrValue<G> err)  // NOLINT(google-explicit-constructor)
        : Base(std::unexpect, std::forward<G>(err.error)) {}

    [[nodiscard]] constexpr bool is_ok() const noexcept { return this->has_value(); }
    [[nodiscard]] constexpr bool is_err() const noexcept { return !this->has_value(); }

    /// The value; a panic if there is none. From a Result about to die, the value itself.
    constexpr std::add_lvalue_reference_t<T> unwrap(Location at = Location::current()) & {
        require_ok("called unwrap() on an error", at);
        return value_of(*this);
    }
    constexpr std::add_lvalue_reference_t<T const> unwrap(
        Location at = Location::current()) const& {
        require_ok("called unwrap() on an error", at);
        return value_of(*this);
    }
    constexpr T unwrap(Location at = Location::current()) && {
        require_ok("called unwrap() on an error", at);
        return value_of(std::move(*this));
    }

    /// As unwrap, with a panic that begins with your own words.
    constexpr std::add_lvalue_reference_t<T> expect(std::string_view message,
                                                    Location at = Location::current()) & {
        require_ok(message, at);
        return value_of(*this);
    }
    constexpr std::add_lvalue_reference_t<T const> expect(
        std::string_view message, Location at = Location::current()) const& {
        require_ok(message, at);
        return value_of(*this);
    }
    constexpr T expect(std::string_view message, Location at = Location::current()) && {
        require_ok(message, at);
        return value_of(std::move(*this));
    }

    /// The error; a panic if there is none.
    constexpr E& unwrap_err(Location at = Location::current()) & {
        require_err(at);
        return this->error();
    }
    constexpr E const& unwrap_err(Location at = Location::current()) const& {
        require_err(at);
        return this->error();
    }
    constexpr E unwrap_err(Location at = Location::current()) && {
        require_err(at);
        return std::move(this->error());
    }

    /// The value, or `other` in place of an error.
    template <class U>
        requires detail::GivenFor<U, T>
    [[nodiscard]] constexpr T unwrap_or(U&& other) const& {
        return is_ok() ? value_of(*this) : static_cast<T>(std::forward<U>(other));
    }
    template <class U>
        requires detail::GivenFor<U, T>
    [[nodiscard]] constexpr T unwrap_or(U&& other) && {
        return is_ok() ? value_of(std::move(*this)) : static_cast<T>(std::forward<U>(other));
    }

    /// The value, or what `fn(error)` makes of the error.
    template <class Fn>
    constexpr T unwrap_or_else(Fn&& fn) const& {
        return is_ok() ? value_of(*this)
                       : static_cast<T>(detail::call(std::forward<Fn>(fn), this->error()));
    }
    template <class Fn>
    constexpr T unwrap_or_else(Fn&& fn) && {
        return is_ok()
                   ? value_of(std::move(*this))
                   : static_cast<T>(detail::call(std::forward<Fn>(fn), std::move(this->error())));
    }

    /// The value alone, the error forgotten; the error alone, the value forgotten.
    [[nodiscard]] constexpr detail::Option<T> ok() const& { return value_if_ok(*this); }
    [[nodiscard]] constexpr detail::Option<T> ok() && { return value_if_ok(std::move(*this)); }
    [[nodiscard]] constexpr std::optional<E> err() const& {
        return is_err() ? std::optional<E>(this->error()) : std::nullopt;
    }
    [[nodiscard]] constexpr std::optional<E> err() && {
        return is_err() ? std::optional<E>(std::move(this->error())) : std::nullopt;
    }

    /// `fn(value)` in the value's place; an error stays as it is.
    template <class Fn>
    constexpr auto map(Fn&& fn) const& {
        return detail::map_value(*this, std::forward<Fn>(fn));
    }
    template <class Fn>
    constexpr auto map(Fn&& fn) && {
        return detail::map_value(std::move(*this), std::forward<Fn>(fn));
    }

    /// `fn(error)` in the error's place; a value stays as it is.
    template <class Fn>
    constexpr auto map_err(Fn&& fn) const& {
        return detail::map_error(*this, std::forward<Fn>(fn));
    }
    template <class Fn>
    constexpr auto map_err(Fn&& fn) && {
        return detail::map_error(std::move(*this), std::forward<Fn>(fn));
    }

    /// `fn(value)`, itself a Result; an error skips it.
    template <class Fn>
    constexpr auto and_then(Fn&& fn) const& {
        return detail::chain_value(*this, std::forward<Fn>(fn));
    }
    template <class Fn>
    constexpr auto and_then(Fn&& fn) && {
        return detail::chain_value(std::move(*this), std::forward<Fn>(fn));
    }

    /// `fn(error)`, itself a Result, in place of an error; a value skips it.
    template <class Fn>
    constexpr auto or_else(Fn&& fn) const& {
        return detail::chain_error(*this, std::forward<Fn>(fn));
    }
    template <class Fn>
    constexpr auto or_else(Fn&& fn) && {
        return detail::chain_error(std::move(*this), std::forward<Fn>(fn));
    }

    // Declared here as well, for std::expected's own are ambiguous between derived classes.
    friend constexpr bool operator==(Result const& left, Result const& right) {
        return static_cast<Base const&>(left) == static_cast<Base const&>(right);
    }
    template <class U>
        requires(!detail::is_result<U>)
    friend constexpr bool operator==(Result const& result, U const& value) {
        return static_cast<Base const&>(result) == value;
    }
    template <class U>
    friend constexpr bool operator==(Result const& result, detail::OkValue<U> const& ok) {
        if constexpr (has_no_value) {
            return result.is_ok();
        } else {
            return result.is_ok() && value_of(result) == ok.value;
        }
    }
    template <class G>
    friend constexpr bool operator==(Result const& result, detail::ErrValue<G> const& err) {
        return result.is_err() && result.error() == err.error;
    }

private:
    template <class Self>
    static constexpr decltype(auto) value_of(Self&& self) {
        return detail::value_of<T>(std::forward<Self>(self));
    }

    template <class Self>
    static constexpr detail::Option<T> value_if_ok(Self&& self) {
        if (self.is_err()) {
            return {};
        }
        if constexpr (has_no_value) {
            return Unit{};
        } else if constexpr (std::is_reference_v<T>) {
            return *self;
        } else {
            return *std::forward<Self>(self);
        }
    }

    constexpr void require_ok(std::string_view what, Location const& at) const {
        if (is_err()) [[unlikely]] {
            detail::raise_unwrap(what, detail::error_text(this->error()), at);
        }
    }
    constexpr void require_err(Location const& at) const {
        if (is_ok()) [[unlikely]] {
            detail::raise_unwrap("called unwrap_err()", "there is a value, not an error", at);
        }
    }
};

}  // namespace tandem

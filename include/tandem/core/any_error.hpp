#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "tandem/core/detail/error_text.hpp"
#include "tandem/core/detail/owned.hpp"

namespace tandem {

class AnyError;

namespace detail {

/// An error of some type, of which only its text is known.
class BoxedError {
public:
    BoxedError() = default;
    BoxedError(BoxedError const&) = delete;
    BoxedError& operator=(BoxedError const&) = delete;
    virtual ~BoxedError() = default;

    [[nodiscard]] virtual std::string text() const = 0;
    [[nodiscard]] virtual std::type_info const& type() const noexcept = 0;
    [[nodiscard]] virtual void const* address() const noexcept = 0;
};

template <class E>
class BoxOf final : public BoxedError {
public:
    template <class From>
    explicit BoxOf(std::in_place_t, From&& error) : error_(std::forward<From>(error)) {}

    [[nodiscard]] std::string text() const override { return error_text(error_); }
    [[nodiscard]] std::type_info const& type() const noexcept override { return typeid(E); }
    [[nodiscard]] void const* address() const noexcept override { return std::addressof(error_); }

private:
    E error_;
};

/// What an error is kept as: a text that is only borrowed becomes a string of its own.
template <class E>
using BoxedAs = std::conditional_t<TextLike<std::decay_t<E>>, std::string, std::decay_t<E>>;

template <class E>
concept ErrorWithText =
    HasText<std::decay_t<E>> && !Number<std::decay_t<E>> &&
    !std::same_as<std::decay_t<E>, AnyError> && std::constructible_from<BoxedAs<E>, E>;

}  // namespace detail

/// Any error that has a text, where it matters that something failed and not what.
///
/// Rust:      Box<dyn std::error::Error + Send + Sync>
/// C++:       std::exception_ptr as a value: nothing is thrown
/// Unchecked: an error that shares what is not Send with its maker
/// Errors:    what has no text (no describe(e), message() or what()) does not convert
/// Cost:      one allocation, for the error
///
///     Result<Config, AnyError> load(std::string const& path) {
///         if (path.empty()) { return Err("no path was given"); }
///         return parse(path).map_err([](ParseError e) { return AnyError(e); });
///     }
class [[nodiscard]] AnyError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    template <detail::ErrorWithText E>
    AnyError(E&& error)  // NOLINT(google-explicit-constructor): what `?` does in Rust
        : box_(new detail::BoxOf<detail::BoxedAs<E>>(std::in_place, std::forward<E>(error))) {}

    /// What the error says of itself.
    [[nodiscard]] std::string message() const {
        return box_ ? box_->text() : "an error that was moved away";
    }

    /// The error itself if it is an `E`, else null. A text is a std::string.
    template <class E>
    [[nodiscard]] E const* downcast() const& noexcept {
        return is<E>() ? static_cast<E const*>(box_->address()) : nullptr;
    }
    template <class E>
    E const* downcast() const&& = delete;  // it would point into what is about to end

    template <class E>
    [[nodiscard]] bool is() const noexcept {
        return box_ && box_->type() == typeid(E);
    }

private:
    detail::Owned<detail::BoxedError const> box_;  // null once moved from
};

}  // namespace tandem

#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "tandem/core/detail/fields.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/std_types.hpp"

namespace tandem::detail {

/// The value of `is_send<T>` and `is_sync<T>` for a type that says nothing: ask the rules below.
template <Trait trait, class T>
struct ByRules {
    constexpr operator bool() const noexcept;  // NOLINT(google-explicit-constructor)
};

}  // namespace tandem::detail

namespace tandem {

/// Opt in (or out) with a specialisation: see send.hpp.
template <class T>
inline constexpr detail::ByRules<detail::Trait::send, T> is_send{};
template <class T>
inline constexpr detail::ByRules<detail::Trait::sync, T> is_sync{};

}  // namespace tandem

namespace tandem::detail {

/// The class's own word, `using tandem_send = void;` (or Needs<…>, or Never).
template <Trait trait, class T>
concept SaysItself = (trait == Trait::send && requires { typename T::tandem_send; }) ||
                     (trait == Trait::sync && requires { typename T::tandem_sync; });

template <Trait trait, class T>
consteval auto own_word() noexcept {
    if constexpr (trait == Trait::send) {
        if constexpr (std::is_void_v<typename T::tandem_send>) {
            return Needs<>{};
        } else {
            return typename T::tandem_send{};
        }
    } else {
        if constexpr (std::is_void_v<typename T::tandem_sync>) {
            return Needs<>{};
        } else {
            return typename T::tandem_sync{};
        }
    }
}

/// A `mutable` field is one that stays writable in a const object.
template <class Field>
inline constexpr bool is_mutable_field = !std::is_const_v<Field> && !std::is_reference_v<Field>;

template <Trait trait, class... Fields>
consteval auto field_needs(FieldList<Fields...>) noexcept {
    if constexpr (trait == Trait::sync && (is_mutable_field<Fields> || ...)) {
        return Never{};
    } else {
        return Needs<Asked<trait, Fields>...>{};
    }
}

template <class T>
inline constexpr bool is_code =  // functions, and pointers to functions and members
    std::is_function_v<std::remove_pointer_t<T>> || std::is_member_pointer_v<T>;

/// What has to hold for T to be Send (or Sync), by what it is made of: Needs<…>, or Never.
template <Trait trait, class T>
consteval auto needs_of() noexcept {
    if constexpr (std::is_void_v<T> || std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                  std::is_null_pointer_v<T> || is_code<T>) {
        return Needs<>{};
    } else if constexpr (!std::is_class_v<T>) {
        return Never{};  // references and pointers borrow; unions and arrays say nothing
    } else if constexpr (SaysItself<trait, T>) {
        return own_word<trait, T>();
    } else if constexpr (InStd<T>) {
        return std_needs<trait, T>();
    } else if constexpr (std::is_empty_v<T> && std::is_trivially_copyable_v<T>) {
        return Needs<>{};  // a lambda without captures, a tag: nothing to share
    } else if constexpr (ReadableFields<T>) {
        return field_needs<trait>(decltype(fields_of(std::declval<T const&>())){});
    } else {
        return Never{};  // a class that says nothing: only its author knows
    }
}

template <Trait trait, class T>
inline constexpr auto& user_word = is_send<T>;
template <class T>
inline constexpr auto& user_word<Trait::sync, T> = is_sync<T>;

template <Trait trait, class T>
concept Specialised =
    !std::same_as<std::remove_cvref_t<decltype(user_word<trait, T>)>, ByRules<trait, T>>;

template <class Question, class... Open>
struct Answer;

template <class... Questions, class... Open>
consteval bool all_hold(Needs<Questions...>, Needs<Open...>) noexcept {
    return (Answer<Questions, Open...>::value() && ...);
}
template <class... Open>
consteval bool all_hold(Never, Needs<Open...>) noexcept {
    return false;
}

/// Answers a question. `Open` are the questions whose answer waits for this one: a type that
/// contains itself (a tree's node holds nodes) comes back to one of them, and what a type asks of
/// itself is no objection.
template <Trait trait, class T, class... Open>
struct Answer<Asked<trait, T>, Open...> {
    static consteval bool value() noexcept {
        using Bare = std::remove_cv_t<T>;
        using Question = Asked<trait, Bare>;
        if constexpr ((std::same_as<Question, Open> || ...)) {
            return true;
        } else if constexpr (Specialised<trait, Bare>) {
            return user_word<trait, Bare>;
        } else {
            return all_hold(needs_of<trait, Bare>(), Needs<Question, Open...>{});
        }
    }
};

template <Trait trait, class T>
constexpr ByRules<trait, T>::operator bool() const noexcept {
    return Answer<Asked<trait, T>>::value();
}

}  // namespace tandem::detail

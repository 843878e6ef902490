#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/type_name.hpp"

namespace tandem::detail {

// What Send and Sync mean for the standard library's types. They are told by their names and
// members, so that asking about a std::filesystem::path costs nobody its header.

template <class T>
consteval ConstText find_std_name() noexcept {
    ConstText const name = type_name<T>();
    if (!name.starts_with(text("std::"))) {
        return {"", 0};
    }
    return name.without(text("std::")).without(text("__cxx11::")).without(text("__1::"));
}

/// The type's name behind "std::", or an empty text if it is no std type. Found once a type, for
/// it is looked at very often.
template <class T>
inline constexpr ConstText std_name = find_std_name<T>();

/// No template: hundreds of comparisons a type are dear enough without making a function for each.
consteval bool starts_with_one_of(ConstText name,
                                  std::initializer_list<ConstText> prefixes) noexcept {
    for (ConstText const& prefix : prefixes) {
        if (name.starts_with(prefix)) {
            return true;
        }
    }
    return false;
}

template <class T, std::size_t... sizes>
consteval bool std_name_is_one_of(char const (&... prefixes)[sizes]) noexcept {
    return starts_with_one_of(std_name<T>, {text(prefixes)...});
}

template <class T>
concept InStd = std_name<T>.size > 0;

/// Values through and through: a copy shares nothing, and const members only read.
template <class T>
consteval bool is_plain_std_value() noexcept {
    return std_name_is_one_of<T>(
        "chrono::", "filesystem::path", "filesystem::__cxx11::path", "filesystem::file_status",
        "filesystem::directory_entry", "error_code", "error_condition", "exception_ptr",
        "__exception_ptr::exception_ptr", "source_location", "thread", "__thread_id", "jthread",
        "stop_token", "stop_source", "atomic", "__atomic_base", "complex<", "bitset<",
        "strong_ordering", "weak_ordering", "partial_ordering", "linear_congruential_engine<",
        "mersenne_twister_engine<", "subtract_with_carry_engine<", "discard_block_engine<",
        "shuffle_order_engine<", "independent_bits_engine<", "uniform_int_distribution<",
        "uniform_real_distribution<", "normal_distribution<", "bernoulli_distribution");
}

template <class T>
inline constexpr bool is_std_exception = false;
template <InStd T>
    requires std::is_polymorphic_v<T>
inline constexpr bool is_std_exception<T> = requires(T const& error) {
    { error.what() } noexcept -> std::same_as<char const*>;
};

/// One of several values, side by side or one of them at a time: as good as its parts.
template <class T>
consteval bool is_std_composite() noexcept {
    return std_name_is_one_of<T>("pair<", "tuple<", "optional<", "variant<", "expected<",
                                 "unexpected<", "promise<", "future<", "shared_future<");
}

template <class T>
concept StdArray = std_name_is_one_of<T>("array<");

template <class T>
concept StdContainer = InStd<T> && requires {
    typename T::value_type;
    typename T::allocator_type;
};

/// stack, queue and priority_queue (an insert iterator has a container_type too, by pointer).
template <class T>
concept StdAdaptor = InStd<T> && requires { typename T::container_type; } &&
                     !requires { typename T::iterator_category; };

template <class T>
concept StdUniquePtr = std_name_is_one_of<T>("unique_ptr<");

template <class T>
concept StdSharedPtr =
    std_name_is_one_of<T>("shared_ptr<", "weak_ptr<") && requires { typename T::element_type; };

template <class T>
concept StdStringView =  // clang prints libc++'s by their short names
    std_name_is_one_of<T>("basic_string_view<", "string_view", "wstring_view", "u8string_view",
                          "u16string_view", "u32string_view");

template <class T>
concept StdSpan = std_name_is_one_of<T>("span<");

/// std::cref(x) and std::ref(x).
template <class T>
concept StdReferenceWrapper = std_name_is_one_of<T>("reference_wrapper<");

template <Trait trait, class T>
struct PartsOf;
template <Trait trait, template <class...> class Whole, class... Parts>
struct PartsOf<trait, Whole<Parts...>> {
    using Answer = Needs<Asked<trait, Parts>...>;
};

template <Trait trait, class Container>
consteval auto container_needs() noexcept {
    using Element = Asked<trait, typename Container::value_type>;
    if constexpr (!std::is_empty_v<typename Container::allocator_type>) {
        return Never{};  // std::pmr: the memory resource is shared by pointer
    } else if constexpr (requires { typename Container::key_compare; }) {
        return Needs<Element, Asked<trait, typename Container::key_compare>>{};
    } else if constexpr (requires { typename Container::hasher; }) {
        return Needs<Element, Asked<trait, typename Container::hasher>,
                     Asked<trait, typename Container::key_equal>>{};
    } else {
        return Needs<Element>{};
    }
}

/// What has to hold for the std type T to be Send (or Sync): Needs<…>, or Never. The longest list
/// of names is looked at after what is asked most often.
template <Trait trait, InStd T>
consteval auto std_needs() noexcept {
    if constexpr (StdContainer<T>) {
        return container_needs<trait, T>();
    } else if constexpr (is_std_composite<T>()) {
        return typename PartsOf<trait, T>::Answer{};
    } else if constexpr (StdArray<T>) {
        return Needs<Asked<trait, typename T::value_type>>{};
    } else if constexpr (is_plain_std_value<T>() || is_std_exception<T>) {
        return Needs<>{};
    } else if constexpr (StdAdaptor<T>) {
        return Needs<Asked<trait, typename T::container_type>>{};
    } else if constexpr (StdUniquePtr<T>) {
        return Needs<Asked<trait, typename T::element_type>,
                     Asked<trait, typename T::deleter_type>>{};
    } else if constexpr (StdSharedPtr<T>) {
        using Element = typename T::element_type;
        if constexpr (std::is_const_v<Element>) {
            return Needs<SendOf<Element>, SyncOf<Element>>{};
        } else {
            return Never{};  // every copy may write to the one value
        }
    } else if constexpr (trait == Trait::sync && StdStringView<T>) {
        return Needs<>{};  // not Send, for it borrows; but reading it together is safe
    } else if constexpr (trait == Trait::sync && StdSpan<T>) {
        return Needs<SyncOf<typename T::element_type>>{};
    } else if constexpr (std::is_empty_v<T> && std::is_trivially_copyable_v<T>) {
        return Needs<>{};  // std::less, std::hash, std::monostate: nothing to share
    } else {
        return Never{};
    }
}

}  // namespace tandem::detail

#pragma once

#include <type_traits>
#include <utility>

#include "tandem/core/detail/send_rules.hpp"

namespace tandem {

/// A value that may be given to another thread: it takes all it needs along and borrows nothing.
///
/// Rust:      std::marker::Send
/// C++:       nothing; this is what makes `thread::spawn` refuse a data race
/// Unchecked: a class that opts in is believed. So is a `mutable` member hidden in a std container
///            of pointers, a global variable, and a pointer inside an opted-in class.
///
/// Send are numbers, enums, functions, std values (string, path, error_code, chrono, exceptions),
/// std containers, tuples, optionals, variants and unique_ptrs of Send things, aggregates of up to
/// 16 Send fields, Arc<T> of Send + Sync things, Mutex<T> of Send, channel ends and join handles.
/// Not Send are references, raw pointers, string_view, span, reference_wrapper, lambdas with
/// captures, guards, shared_ptr to non-const, and every class that says nothing. Such a class
/// says it by a specialisation at global scope, or with an alias inside:
///
///     template <> inline constexpr bool tandem::is_send<bank::Account> = true;
///     class Account { public: using tandem_send = void; … };
template <class T>
concept Send = static_cast<bool>(is_send<std::remove_cv_t<T>>);

/// A value that several threads may use at the same time through `T const&`.
///
/// Rust:      std::marker::Sync
/// C++:       the standard library's promise that const members are safe to call concurrently
/// Unchecked: as for Send; and a const method of yours that writes through a pointer
///
/// Opt in with `is_sync<T>`, or `using tandem_sync = void;`, as for Send. An aggregate with a
/// `mutable` field is not Sync.
template <class T>
concept Sync = static_cast<bool>(is_sync<std::remove_cv_t<T>>);

/// A value whose sender vouches for it; made by `unsafe_send`.
template <class T>
struct UnsafeSend {
    using tandem_send = void;

    T value;
};

/// Passes a value that is not Send to a thread on your own responsibility. The thread's function
/// receives the plain `T`.
///
/// Rust:      unsafe impl Send for Wrapper
/// C++:       what every std::thread argument is
/// Unchecked: everything. Whatever the value points to must outlive the thread, and nobody else
///            may write it meanwhile.
///
///     thread::spawn(fill, unsafe_send(&buffer)).join().unwrap();
template <class T>
[[nodiscard]] UnsafeSend<std::decay_t<T>> unsafe_send(T&& value) {
    return {std::forward<T>(value)};
}

}  // namespace tandem

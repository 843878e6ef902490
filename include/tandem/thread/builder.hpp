#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "tandem/thread/detail/spawner.hpp"
#include "tandem/thread/scope.hpp"

namespace tandem::thread {

/// Starts a thread with a name or a stack of its own size, and says so if it cannot.
///
/// Rust:   std::thread::Builder
/// C++:    pthread_attr_t; std::thread has no such thing
/// Errors: spawn returns the system's error (EAGAIN: no more threads or memory; EINVAL: no such
///         stack size), and EINVAL for a name with a NUL in it
///
///     auto handle = Builder().name("parser").stack_size(64 * 1024).spawn(parse, text).unwrap();
class Builder {
public:
    /// Shown in reports and by debuggers; Linux shows its first 15 characters.
    Builder& name(std::string name) & {
        options_.name = std::move(name);
        return *this;
    }
    Builder&& name(std::string name) && { return std::move(this->name(std::move(name))); }

    /// In bytes; rounded up to whole pages, and to the least the system allows.
    Builder& stack_size(std::size_t bytes) & {
        options_.stack_size = bytes;
        return *this;
    }
    Builder&& stack_size(std::size_t bytes) && { return std::move(this->stack_size(bytes)); }

    /// As thread::spawn, but a failure to start is an error value.
    template <class Fn, class... Args>
    auto spawn(Fn&& fn, Args&&... args) const {
        if constexpr (detail::check_spawn<detail::Lifetime::unbounded, Fn, Args...>()) {
            return detail::Spawner::spawn<JoinHandle>(options_, std::nullopt, std::forward<Fn>(fn),
                                                      std::forward<Args>(args)...);
        }
    }

    /// As Scope::spawn, but a failure to start is an error value.
    template <class Fn, class... Args>
    auto spawn_scoped(Scope const& scope, Fn&& fn, Args&&... args) const {
        if constexpr (detail::check_spawn<detail::Lifetime::scoped, Fn, Args...>()) {
            return detail::Spawner::spawn<ScopedJoinHandle>(
                options_, scope.data_.clone(), std::forward<Fn>(fn), std::forward<Args>(args)...);
        }
    }

private:
    detail::ThreadOptions options_;
};

}  // namespace tandem::thread

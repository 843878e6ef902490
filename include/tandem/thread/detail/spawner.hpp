#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/spawn_checks.hpp"
#include "tandem/thread/detail/start.hpp"
#include "tandem/thread/join_handle.hpp"

namespace tandem::thread::detail {

/// What a Builder knows of the thread it is to start.
struct ThreadOptions {
    std::optional<std::string> name;
    std::optional<std::size_t> stack_size;
};

/// The one place where threads begin: spawn, Builder and Scope all come here.
struct Spawner {
    template <template <class> class Handle, class Fn, class... Args>
    static auto spawn(ThreadOptions options, std::optional<sync::Arc<ScopeData>> scope, Fn&& fn,
                      Args&&... args) {
        auto ready = prepare(std::move(options.name), std::move(scope), std::forward<Fn>(fn),
                             std::forward<Args>(args)...);
        using NewHandle = Handle<typename decltype(ready)::Value>;
        using Spawned = Result<NewHandle, std::error_code>;

        OsThread os_thread;
        if (auto const error =
                begin(os_thread, options.stack_size, std::move(ready.work), *ready.packet)) {
            return Spawned(Err(error));
        }
        return Spawned(NewHandle(std::move(os_thread), std::move(ready.packet)));
    }

    /// As spawn, for those who do not expect to fail.
    template <template <class> class Handle, class Fn, class... Args>
    static auto spawn_or_panic(std::optional<sync::Arc<ScopeData>> scope, Fn&& fn, Args&&... args) {
        auto ready = prepare(std::nullopt, std::move(scope), std::forward<Fn>(fn),
                             std::forward<Args>(args)...);
        OsThread os_thread;
        if (auto const error =
                begin(os_thread, std::nullopt, std::move(ready.work), *ready.packet)) {
            raise_unwrap(
                "the system could not start a thread (Builder::spawn gives this as an error)",
                error.message(), std::source_location::current());
        }
        return Handle<typename decltype(ready)::Value>(std::move(os_thread),
                                                       std::move(ready.packet));
    }

private:
    /// A thread that is still to start.
    template <class T>
    struct Ready {
        using Value = T;

        Owned<OsThread::Work> work;
        sync::Arc<Packet<T>> packet;
    };

    template <class Fn, class... Args>
    static auto prepare(std::optional<std::string> name, std::optional<sync::Arc<ScopeData>> scope,
                        Fn&& fn, Args&&... args) {
        using T = SpawnResult<std::decay_t<Fn>, std::decay_t<Args>...>;
        using Work = Start<T, std::decay_t<Fn>, std::decay_t<Args>...>;

        auto packet = sync::make_arc<Packet<T>>(sync::make_arc<ThreadInfo>(std::move(name)),
                                                std::move(scope));
        Owned<OsThread::Work> work(
            new Work(packet.clone(), std::forward<Fn>(fn), std::forward<Args>(args)...));
        return Ready<T>{.work = std::move(work), .packet = std::move(packet)};
    }

    static std::error_code begin(OsThread& os_thread, std::optional<std::size_t> stack_size,
                                 Owned<OsThread::Work> work, PacketBase const& packet) {
        auto const& name = packet.info()->name;
        if (name && name->find('\0') != std::string::npos) {
            return std::make_error_code(std::errc::invalid_argument);
        }
        std::optional<sync::Arc<ScopeData>> const scope = packet.scope();
        if (scope) {
            (*scope)->enter();
        }
        auto const error = os_thread.begin(stack_size, std::move(work));
        if (scope && error) {
            (*scope)->leave();
        }
        return error;
    }
};

}  // namespace tandem::thread::detail

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
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
        using T = SpawnResult<std::decay_t<Fn>, std::decay_t<Args>...>;
        using Work = Start<T, std::decay_t<Fn>, std::decay_t<Args>...>;
        using Spawned = Result<Handle<T>, std::error_code>;

        if (options.name && options.name->find('\0') != std::string::npos) {
            return Spawned(Err(std::make_error_code(std::errc::invalid_argument)));
        }
        auto packet = sync::make_arc<Packet<T>>(sync::make_arc<ThreadInfo>(std::move(options.name)),
                                                std::move(scope));
        auto start = std::make_unique<Work>(packet.clone(), std::forward<Fn>(fn),
                                            std::forward<Args>(args)...);
        std::optional<sync::Arc<ScopeData>> const entered = packet->scope();
        if (entered) {
            (*entered)->enter();
        }
        auto os_thread = OsThread::start(options.stack_size, std::move(start));
        if (os_thread.is_err()) {
            if (entered) {
                (*entered)->leave();
            }
            return Spawned(Err(os_thread.error()));
        }
        return Spawned(Handle<T>(std::move(os_thread).unwrap(), std::move(packet)));
    }

    /// As spawn, for those who do not expect to fail.
    template <template <class> class Handle, class... Rest>
    static auto spawn_or_panic(Rest&&... rest) {
        return spawn<Handle>(ThreadOptions{}, std::forward<Rest>(rest)...)
            .expect("the system could not start a thread (Builder::spawn gives this as an error)");
    }
};

}  // namespace tandem::thread::detail

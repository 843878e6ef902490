#pragma once

#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/spawn_checks.hpp"
#include "tandem/thread/detail/os_thread.hpp"
#include "tandem/thread/detail/packet.hpp"

namespace tandem::thread::detail {

/// What a new thread is given: the function, its own copies of the arguments, and the packet for
/// the result.
template <class T, class Fn, class... Args>
class Start final : public OsThread::Work {
public:
    template <class F, class... Passed>
    explicit Start(sync::Arc<Packet<T>> packet, F&& fn, Passed&&... args)
        : packet_(std::move(packet)), work_(std::forward<F>(fn), std::forward<Passed>(args)...) {}

    void run(Owned<OsThread::Work> self) override {
        sync::Arc<Packet<T>> packet = std::move(packet_);
        begin_thread(packet->info());
        try {
            call(*packet);
        } catch (...) {
            std::exception_ptr const panic = std::current_exception();
            if (panic == nullptr) {  // no C++ exception: pthread_exit, which insists on passing
                end(std::move(self), std::move(packet),
                    std::make_exception_ptr(Panic("the thread was ended by pthread_exit")));
                throw;
            }
            end(std::move(self), std::move(packet), panic);
            return;
        }
        end(std::move(self), std::move(packet), nullptr);
    }

private:
    void call(Packet<T> const& packet) {
        auto invoke = [](Fn& fn, Args&... args) -> decltype(auto) {
            return detail::call(std::move(fn), unwrapped(args)...);
        };
        if constexpr (std::is_void_v<T>) {
            std::apply(invoke, work_);
        } else {
            packet.set_value(std::apply(invoke, work_));
        }
    }

    /// The thread's own copies end first, then its result is complete, and last the scope may end.
    static void end(Owned<OsThread::Work> self, sync::Arc<Packet<T>> packet,
                    std::exception_ptr panic) noexcept {
        self.reset();
        packet->set_panic(std::move(panic));
        packet->finish();
        auto const scope = packet->scope();
        { auto const last_use = std::move(packet); }  // reports a panic that nobody can collect
        if (scope) {
            (*scope)->leave();
        }
    }

    sync::Arc<Packet<T>> packet_;
    std::tuple<Fn, Args...> work_;
};

}  // namespace tandem::thread::detail

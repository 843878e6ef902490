#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/spawn_checks.hpp"
#include "tandem/thread/detail/packet.hpp"

namespace tandem::thread::detail {

/// What a new thread is given: the function, its own copies of the arguments, and the packet for
/// the result.
template <class T, class Fn, class... Args>
class Start {
public:
    template <class F, class... Passed>
    explicit Start(sync::Arc<Packet<T>> packet, F&& fn, Passed&&... args)
        : packet_(std::move(packet)),
          work_(std::in_place, std::forward<F>(fn), std::forward<Passed>(args)...) {}

    void run() {
        CurrentThread::begin(packet_->info().clone());
        if (packet_->info()->name) {
            set_os_thread_name(*packet_->info()->name);
        }
        try {
            call();
        } catch (...) {
            std::exception_ptr const panic = std::current_exception();
            if (panic == nullptr) {  // no C++ exception: pthread_exit, which insists on passing
                end(std::make_exception_ptr(Panic("the thread was ended by pthread_exit")));
                throw;
            }
            end(panic);
            return;
        }
        end(nullptr);
    }

private:
    void call() {
        auto invoke_with = [](Fn& fn, Args&... args) -> decltype(auto) {
            return detail::call(std::move(fn), unwrapped(args)...);
        };
        if constexpr (std::is_void_v<T>) {
            std::apply(invoke_with, *work_);
        } else {
            packet_->set_value(std::apply(invoke_with, *work_));
        }
    }

    /// The thread's own copies end first, then its result is complete, and last the scope may end.
    void end(std::exception_ptr panic) noexcept {
        work_.reset();
        packet_->set_panic(std::move(panic));
        packet_->finish();
        auto const scope = packet_->scope();
        { auto const last_use = std::move(packet_); }  // reports a panic that nobody can collect
        if (scope) {
            (*scope)->leave();
        }
    }

    sync::Arc<Packet<T>> packet_;
    std::optional<std::tuple<Fn, Args...>> work_;
};

}  // namespace tandem::thread::detail

#pragma once

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/panic_text.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/thread/detail/scope_data.hpp"
#include "tandem/thread/detail/thread_info.hpp"
#include "tandem/thread/panic_payload.hpp"

namespace tandem::thread::detail {

/// Tells of a panic that nobody collected: the last resort, for a lost exception is a lie.
inline void report_panic(ThreadInfo const& info, std::exception_ptr const& panic) noexcept {
    try {
        report(Diagnostic{.message = "thread '" + info.name.value_or("<unnamed>") +
                                     "' panicked: " + text_with_place(panic) +
                                     "\n  (nobody joined it; join() gives the panic as an error)",
                          .location = exception_location(panic)});
    } catch (...) {
        std::fputs("tandem: a thread panicked, and there was no memory to say more\n", stderr);
    }
}

/// The part of a thread's packet that knows nothing of its result's type.
class PacketBase {
public:
    using tandem_send = void;
    using tandem_sync = void;

    PacketBase(sync::Arc<ThreadInfo> info, std::optional<sync::Arc<ScopeData>> scope)
        : info_(std::move(info)), scope_(std::move(scope)) {}
    PacketBase(PacketBase const&) = delete;
    PacketBase& operator=(PacketBase const&) = delete;
    ~PacketBase() {
        if (panic_ != nullptr && !(scope_ && (*scope_)->collect(info_, panic_))) {
            report_panic(*info_, panic_);
        }
    }

    [[nodiscard]] sync::Arc<ThreadInfo> const& info() const noexcept { return info_; }
    [[nodiscard]] std::optional<sync::Arc<ScopeData>> scope() const {
        return scope_ ? std::optional(scope_->clone()) : std::nullopt;
    }

    void set_panic(std::exception_ptr panic) const noexcept { panic_ = std::move(panic); }
    [[nodiscard]] std::exception_ptr take_panic() const noexcept {
        return std::exchange(panic_, nullptr);
    }

    // release: pairs with acquire in is_finished: the result is there.
    void finish() const noexcept { finished_.store(true, std::memory_order_release); }
    [[nodiscard]] bool is_finished() const noexcept {
        // acquire: a thread that has finished has done all that it did.
        return finished_.load(std::memory_order_acquire);
    }

private:
    sync::Arc<ThreadInfo> info_;
    std::optional<sync::Arc<ScopeData>> scope_;
    mutable std::exception_ptr panic_;
    mutable Atomic<bool> finished_{false};
};

/// Where a thread leaves its result for whoever joins it. The thread writes it once, before it
/// ends; the joiner reads it after that end. Hence no lock, and `mutable` inside an Arc.
template <class T>
class Packet : public PacketBase {
public:
    using PacketBase::PacketBase;

    template <class... Value>
    void set_value(Value&&... value) const {
        value_.emplace(std::forward<Value>(value)...);
    }

    /// After the thread's end: what it returned, or how it failed.
    [[nodiscard]] Result<T, PanicPayload> take() const {
        if (auto panic = take_panic()) {
            return Err(PanicPayload(std::move(panic)));
        }
        if constexpr (std::is_void_v<T>) {
            return Ok();
        } else {
            return Ok(std::move(*value_));
        }
    }

private:
    mutable std::optional<UnitIfVoid<T>> value_;
};

}  // namespace tandem::thread::detail

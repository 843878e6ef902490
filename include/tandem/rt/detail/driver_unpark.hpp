#pragma once

namespace tandem::rt::detail {

/// How a runtime is told that a timer was registered which is due before its thread would wake up.
class DriverUnpark {
public:
    /// Wakes the thread that sleeps, or keeps it from falling asleep. Called under the timers'
    /// lock, so that it is not called after shutdown(): it must not come back here.
    virtual void unpark_driver() noexcept = 0;

protected:
    ~DriverUnpark() = default;
};

}  // namespace tandem::rt::detail

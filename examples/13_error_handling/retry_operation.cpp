// Error handling: again, and each time after a longer while
#include <fmt/core.h>

#include <string>
#include <type_traits>

#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/retry.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::Err;
using tandem::Ok;
using tandem::Result;
using tandem::async::Task;

// Retry with exponential backoff. `f()` is a Task of a Result.
template <class F>
std::invoke_result_t<F&> retry_operation(F f, int max_attempts) {
    if (max_attempts < 1) {
        tandem::panic("retry_operation: {} attempts", max_attempts);  // the chapter: unreachable!()
    }
    auto delay = 100ms;

    for (int attempt = 1;; ++attempt) {
        auto result = co_await f();
        if (result.is_ok() || attempt == max_attempts) {
            co_return result;
        }
        fmt::print("Attempt {} failed: {}, retrying...\n", attempt, result.error());
        co_await rt::time::sleep(delay);
        delay *= 2;  // Exponential backoff
    }
}

/// Fails until its third call.
class Flaky {
public:
    Task<Result<std::string, std::string>> operator()() {
        if (++calls_ < 3) {
            co_return Err("connection refused");
        }
        co_return Ok("connected");
    }

private:
    int calls_ = 0;
};

Task<void> async_main() {
    auto const patient = co_await retry_operation(Flaky(), 5);
    fmt::print("of five attempts: {}\n", patient.unwrap());

    auto const hasty = co_await rt::retry(Flaky(), 2);  // the same, ready made, and silent
    fmt::print("of two attempts: {}\n", hasty.unwrap_err());
}

int main() { rt::run(async_main); }

// prints:
// Attempt 1 failed: connection refused, retrying...
// Attempt 2 failed: connection refused, retrying...
// of five attempts: connected
// of two attempts: connection refused

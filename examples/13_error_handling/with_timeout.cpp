// Error handling: a future that is given only so much time
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "tandem/async/task.hpp"
#include "tandem/core/any_error.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using rt::time::timeout;
using tandem::AnyError;
using tandem::Ok;
using tandem::Result;
using tandem::async::Task;

Task<Result<std::string, std::error_code>> long_operation() {
    co_await rt::time::sleep(2s);  // Simulated long operation
    co_return Ok("Completed");
}

Task<Result<std::string, AnyError>> with_timeout(std::chrono::seconds allowed) {
    // Timeout wraps the future: a Result (in time?) of a Result (done?)
    auto in_time = co_await timeout(allowed, long_operation());  // .await
    co_return co_await std::move(in_time);                       // ?, for being late
    // The Result that is left is returned, its std::error_code as an AnyError. rustc does not
    // convert there and refuses the chapter's line: in Rust it is Ok(timeout(…).await??).
}

Task<void> async_main() {
    auto const patient = co_await with_timeout(5s);
    fmt::print("within 5 s: {}\n", patient.unwrap());

    auto const hasty = co_await with_timeout(1s);
    fmt::print("within 1 s: {}\n", hasty.unwrap_err().message());
}

int main() { rt::run(async_main); }

// prints:
// within 5 s: Completed
// within 1 s: deadline has elapsed

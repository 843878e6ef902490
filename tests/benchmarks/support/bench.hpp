// The frame of every benchmark program. A program lists its rows: a piece of work, and who does it,
// tandem first. It takes one sample each time it is started; `run` starts all contenders in turn.
#pragma once

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace tandem::bench {

/// What was measured once.
struct Sample {
    double wall = 0;  // nanoseconds an operation; or what else the row counts
    double cpu = 0;   // the same in processor time, of all threads together
    std::optional<double> longest_wait = {};  // nanoseconds: the unluckiest operation of any thread
    std::optional<std::uint64_t> check = {};  // of the result: every contender must have the same
};

struct Contender {
    std::string_view who;
    std::function<Sample()> measure;
};

enum class Place {
    free,
    pinned,    // to one processor: for what would otherwise time how one wakes another
    parallel,  // needs all processors at the same time
};

struct Row {
    std::string_view work;         // also the name by which the Rust programs know it
    std::string_view unit = "ns";  // or B: bytes, of memory
    double goal = 1;               // tandem's median is to be at most this many times the peer's
    std::string_view of = "best";  // which peer's
    double limit = 0;              // and at most this, in the unit; 0: no limit
    Place place = Place::free;
    std::vector<Contender> contenders;
};

// A contender whose operation happens to be called and not inlined would pay for the benchmark and
// not for its lock: every one of them is marked gnu::always_inline, in Rust inline(always).

/// The compiler must take `value` for used and changed. (A number is not sent through memory: next
/// to atomics, which all loads have to wait for, that would be seen.)
template <class T>
inline void keep(T& value) {
    if constexpr (std::is_scalar_v<T>) {
        asm volatile("" : "+r"(value));
    } else {
        asm volatile("" : "+m"(value));
    }
}

namespace detail {

/// Both clocks, in nanoseconds.
struct Moment {
    double wall;
    double cpu;

    static Moment now() {
        return {.wall = read(CLOCK_MONOTONIC), .cpu = read(CLOCK_PROCESS_CPUTIME_ID)};
    }

private:
    static double read(clockid_t clock) {
        timespec time{};
        ::clock_gettime(clock, &time);
        return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
    }
};

inline Sample sample(Moment from, Moment to, double operations) {
    return {.wall = (to.wall - from.wall) / operations, .cpu = (to.cpu - from.cpu) / operations};
}

/// What one thread counts, with no other thread's beside it.
struct alignas(128) OwnLine {
    double operations = 0;
    double longest = 0;
};

}  // namespace detail

/// Times `work()`, which does so many operations.
template <class Work>
Sample once(double operations, Work work) {
    auto const start = detail::Moment::now();
    work();
    return detail::sample(start, detail::Moment::now(), operations);
}

/// Of all samples but the first, in which caches, predictors and lazily bound functions were cold.
inline Sample median_of(std::vector<Sample> samples) {
    samples.erase(samples.begin());
    auto const median = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), median, samples.end(),
                     [](Sample const& a, Sample const& b) { return a.wall < b.wall; });
    return *median;
}

/// Asleep for as long as it lives. In a process that never had a second thread the C and C++
/// libraries leave the atomics out of their locks and counts, which is not what is to be measured.
class SecondThread {
public:
    SecondThread() : thread_([this] { over_.wait(false); }) {}
    SecondThread(SecondThread const&) = delete;
    SecondThread& operator=(SecondThread const&) = delete;
    ~SecondThread() {
        over_ = true;
        over_.notify_one();
        thread_.join();
    }

private:
    std::atomic<bool> over_{false};
    std::thread thread_;
};

/// Times one call of `operation()` out of very many, in one thread of a threaded process. In many
/// short slices, of which the median counts: what else the machine does hits the other ones.
template <class Operation>
Sample repeated(int times, Operation operation) {
    constexpr int slices = 51;
    SecondThread const asleep;
    std::vector<Sample> samples;
    for (int slice = 0; slice <= slices; ++slice) {
        samples.push_back(once(times / slices, [&] {
            for (int i = 0; i < times / slices; ++i) {
                operation();
            }
        }));
    }
    return median_of(std::move(samples));
}

/// Keeps `threads` threads calling `operation(thread, i)`, i from 0 on, for a tenth of a second: a
/// time and not a number, or the fast ones would be gone while the slow ones still are at it.
/// Then once more with a clock round every call, for the longest wait.
template <class Operation>
Sample crowded(int threads, Operation operation) {
    using Clock = std::chrono::steady_clock;
    std::vector<detail::OwnLine> lines(static_cast<std::size_t>(threads));
    std::atomic<bool> stop{false};

    auto const run = [&](auto call) {
        stop = false;
        std::latch ready{threads + 1};
        std::vector<std::thread> crowd;
        for (int thread = 0; thread < threads; ++thread) {
            crowd.emplace_back([&, thread] {
                auto& line = lines[static_cast<std::size_t>(thread)];
                long i = 0;
                ready.arrive_and_wait();
                while (!stop.load(std::memory_order_relaxed)) {
                    for (long const end = i + 16; i < end; ++i) {
                        call(line, thread, i);
                    }
                }
                line.operations = static_cast<double>(i);
            });
        }
        ready.arrive_and_wait();
        auto const start = detail::Moment::now();
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        stop = true;
        for (std::thread& thread : crowd) {
            thread.join();
        }
        double operations = 0;
        for (auto const& line : lines) {
            operations += line.operations;
        }
        return detail::sample(start, detail::Moment::now(), operations);
    };

    Sample result = run([&](detail::OwnLine&, int thread, long i) { operation(thread, i); });
    run([&](detail::OwnLine& line, int thread, long i) {
        auto const before = Clock::now();
        operation(thread, i);
        std::chrono::duration<double, std::nano> const took = Clock::now() - before;
        line.longest = std::max(line.longest, took.count());
    });
    result.longest_wait = 0;
    for (auto const& line : lines) {
        result.longest_wait = std::max(*result.longest_wait, line.longest);
    }
    return result;
}

/// The whole of main. Without arguments it tells its rows, a line a contender:
/// `work <tab> unit <tab> goal <tab> of <tab> limit <tab> place <tab> who`. With the arguments
/// `work who` it measures that contender once, and prints what it found as `name=value` lines.
inline int serve(int argc, char** argv, std::vector<Row> const& rows) {
    constexpr char const* places[] = {"free", "pinned", "parallel"};
    if (argc != 3) {
        for (Row const& row : rows) {
            for (Contender const& contender : row.contenders) {
                std::printf("%s\t%s\t%g\t%s\t%g\t%s\t%s\n", row.work.data(), row.unit.data(),
                            row.goal, row.of.data(), row.limit, places[static_cast<int>(row.place)],
                            contender.who.data());
            }
        }
        return argc == 1 ? 0 : 2;
    }
    for (Row const& row : rows) {
        for (Contender const& contender : row.contenders) {
            if (row.work == argv[1] && contender.who == argv[2]) {
                Sample const sample = contender.measure();
                std::printf("wall=%.3f\ncpu=%.3f\n", sample.wall, sample.cpu);
                if (sample.longest_wait) {
                    std::printf("longest_wait=%.0f\n", *sample.longest_wait);
                }
                if (sample.check) {
                    std::printf("check=%016llx\n", static_cast<unsigned long long>(*sample.check));
                }
                return 0;
            }
        }
    }
    std::fprintf(stderr, "no such row and contender: %s, %s\n", argv[1], argv[2]);
    return 2;
}

}  // namespace tandem::bench

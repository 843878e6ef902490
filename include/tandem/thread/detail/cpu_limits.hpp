#pragma once

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "tandem/thread/detail/small_file.hpp"

namespace tandem::thread::detail {

inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The processors in this thread's affinity mask, which `taskset` and containers narrow.
[[nodiscard]] inline std::size_t usable_processors() {
#if defined(__linux__)
    for (int most = 1024; most <= 1024 * 1024; most *= 4) {
        cpu_set_t* const mask = CPU_ALLOC(most);
        std::size_t const bytes = CPU_ALLOC_SIZE(most);
        bool const fits = mask != nullptr && ::sched_getaffinity(0, bytes, mask) == 0;
        int const count = fits ? CPU_COUNT_S(bytes, mask) : 0;
        CPU_FREE(mask);
        if (count > 0) {
            return static_cast<std::size_t>(count);
        }
    }
#endif
    long const online = ::sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : static_cast<std::size_t>(online);
}

/// The number that the text begins with; -1 if there is none, or none that fits.
[[nodiscard]] inline long long to_number(std::string const& text) {
    bool const begins = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    errno = 0;
    long long const number = std::strtoll(text.c_str(), nullptr, 10);
    return begins && errno == 0 ? number : -1;
}

/// `quota` microseconds of CPU time in every `period` pay for so many whole processors.
[[nodiscard]] inline std::size_t processors_for(long long quota, long long period) {
    if (quota <= 0 || period <= 0) {
        return no_limit;  // "max" in version 2, -1 in version 1: no limit
    }
    return static_cast<std::size_t>(quota / period);
}

/// The limit in one control group's own files.
[[nodiscard]] inline std::size_t limit_of_group_v2(std::string const& folder) {
    std::string const text = read_small_file(folder + "/cpu.max");  // "200000 100000"
    std::size_t const space = text.find(' ');
    return space == std::string::npos
               ? no_limit
               : processors_for(to_number(text), to_number(text.substr(space + 1)));
}
[[nodiscard]] inline std::size_t limit_of_group_v1(std::string const& folder) {
    return processors_for(to_number(read_small_file(folder + "/cpu.cfs_quota_us")),
                          to_number(read_small_file(folder + "/cpu.cfs_period_us")));
}

/// The tightest limit on the way from our control group up to the root: each binds us.
[[nodiscard]] inline std::size_t tightest_limit(
    std::string const& root, std::string group,
    std::size_t (*limit_of_group)(std::string const& folder)) {
    std::size_t limit = no_limit;
    while (true) {
        limit = std::min(limit, limit_of_group(root + group));
        std::size_t const slash = group.rfind('/');
        if (slash == std::string::npos || group.size() <= 1) {
            return limit;
        }
        group.resize(slash);
    }
}

/// How many processors our control group may keep busy, by the kernel's word in
/// /proc/self/cgroup: lines "0::/path" (version 2) or "4:cpu,cpuacct:/path" (version 1).
[[nodiscard]] inline std::size_t cgroup_processors(
    std::string const& membership = read_small_file("/proc/self/cgroup"),
    std::string const& mount = "/sys/fs/cgroup") {
    std::string_view const lines = membership;
    std::size_t limit = no_limit;
    for (std::size_t begin = 0; begin < lines.size();) {
        std::size_t const end = std::min(lines.find('\n', begin), lines.size());
        std::string_view const line = lines.substr(begin, end - begin);
        begin = end + 1;

        std::size_t const first = line.find(':');
        std::size_t const second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) {
            continue;
        }
        std::string_view const controllers = line.substr(first + 1, second - first - 1);
        std::string const group(line.substr(second + 1));
        if (controllers.empty()) {
            limit = std::min(limit, tightest_limit(mount, group, limit_of_group_v2));
        } else if (("," + std::string(controllers) + ",").find(",cpu,") != std::string::npos) {
            limit = std::min(limit, tightest_limit(mount + "/cpu", group, limit_of_group_v1));
        }
    }
    return std::max<std::size_t>(limit, 1);
}

}  // namespace tandem::thread::detail

#pragma once

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/thread/detail/small_file.hpp"

namespace tandem::thread::detail {

inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The processors in this thread's affinity mask, which `taskset` and containers narrow.
[[nodiscard]] inline std::size_t usable_processors() {
#if defined(__linux__)
    for (std::size_t bits = 1024; bits <= 1024 * 1024; bits *= 4) {  // EINVAL: the mask is larger
        std::vector<unsigned long> mask(bits / (8 * sizeof(unsigned long)));
        auto* const set = reinterpret_cast<cpu_set_t*>(mask.data());
        std::size_t const bytes = mask.size() * sizeof(unsigned long);
        if (::sched_getaffinity(0, bytes, set) == 0) {
            auto const count = static_cast<std::size_t>(CPU_COUNT_S(bytes, set));
            return std::max<std::size_t>(count, 1);
        }
    }
#endif
    long const online = ::sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : static_cast<std::size_t>(online);
}

[[nodiscard]] inline std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

/// `quota` microseconds of CPU time in every `period` pay for so many whole processors.
[[nodiscard]] inline std::size_t processors_for(std::optional<std::int64_t> quota,
                                                std::optional<std::int64_t> period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) {
        return no_limit;  // "max" in version 2, -1 in version 1: no limit
    }
    return static_cast<std::size_t>(*quota / *period);
}

/// The limit in one control group's own files.
[[nodiscard]] inline std::size_t limit_of_group_v2(std::string const& folder) {
    std::string const text = read_small_file(folder + "/cpu.max");  // "200000 100000"
    std::size_t const space = text.find(' ');
    return space == std::string::npos
               ? no_limit
               : processors_for(to_number(text),
                                to_number(std::string_view(text).substr(space + 1)));
}
[[nodiscard]] inline std::size_t limit_of_group_v1(std::string const& folder) {
    return processors_for(to_number(read_small_file(folder + "/cpu.cfs_quota_us")),
                          to_number(read_small_file(folder + "/cpu.cfs_period_us")));
}

/// The tightest limit on the way from our control group up to the root: each binds us.
template <class LimitOfGroup>
[[nodiscard]] std::size_t tightest_limit(std::string const& root, std::string group,
                                         LimitOfGroup limit_of_group) {
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
    std::size_t limit = no_limit;
    for (std::size_t begin = 0; begin < membership.size();) {
        std::size_t const end = std::min(membership.find('\n', begin), membership.size());
        std::string_view const line = std::string_view(membership).substr(begin, end - begin);
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

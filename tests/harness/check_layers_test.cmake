include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(tree ${BUILD}/harness/layers)

# A tree of these headers and no others: given are a path and what stands there, in turn.
function(plant)
  file(REMOVE_RECURSE ${tree})
  while(ARGN)
    list(POP_FRONT ARGN path text)
    file(WRITE ${tree}/tandem/${path} "${text}\n")
  endwhile()
endfunction()

function(header_is_rejected words)
  plant(${ARGN})
  rejects("${words}" -D INCLUDE=${tree})
endfunction()

plant(
  core/panic.hpp "#include <string>"
  core/detail/atomic.hpp "#include <atomic>"
  sync/arc.hpp "#include \"tandem/core/panic.hpp\"  // std::memory_order_relaxed, <mutex>"
  sync/detail/raw.hpp "int order = std::memory_order_relaxed, list[2]"
  thread/spawn.hpp "#include \"tandem/sync/arc.hpp\"\n#  include <tandem/core/panic.hpp>"
  async/task.hpp "#include \"tandem/sync/arc.hpp\""
  rt/runtime.hpp "#include \"tandem/thread/spawn.hpp\"\n#include \"tandem/async/task.hpp\""
  embedded/executor.hpp "#include \"tandem/async/task.hpp\""
  exercises/word_counter.hpp "#include \"tandem/thread/spawn.hpp\""
  tandem.hpp "#include \"tandem/rt/runtime.hpp\"")
accepts(-D INCLUDE=${tree})

header_is_rejected("core/a.hpp: core does not stand on sync, yet includes sync/b.hpp"
  core/a.hpp "#include \"tandem/sync/b.hpp\"" sync/b.hpp "")
header_is_rejected("sync/b.hpp: sync does not stand on thread"
  sync/b.hpp "#include <string>\n#include <tandem/thread/a.hpp>")
header_is_rejected("async/a.hpp: async does not stand on sync, yet includes sync/mutex.hpp"
  async/a.hpp "#include \"tandem/sync/arc.hpp\"\n#include \"tandem/sync/mutex.hpp\"")
header_is_rejected("embedded/a.hpp: embedded does not stand on sync"
  embedded/a.hpp "#include \"tandem/sync/arc.hpp\"")
header_is_rejected("extra is not a layer" extra/a.hpp "")
header_is_rejected("sync/a.hpp: includes <atomic>, which only core/detail may"
  sync/a.hpp "#include <atomic>")
header_is_rejected("sync/detail/a.hpp: includes <mutex>" sync/detail/a.hpp "#include <mutex>")
header_is_rejected("sync/a.hpp: names a memory order" sync/a.hpp "auto o = std::memory_order_acquire")
header_is_rejected("write the whole path" sync/a.hpp "#include \"b.hpp\"")
header_is_rejected("stands above the layers" sync/a.hpp "#include \"tandem/tandem.hpp\"")
header_is_rejected("rule: core/a.hpp: is in an include circle core/b.hpp: is in an include circle $"
  core/a.hpp "#include \"tandem/core/b.hpp\"" core/b.hpp "#include \"tandem/core/a.hpp\""
  core/above.hpp "#include \"tandem/core/a.hpp\"")

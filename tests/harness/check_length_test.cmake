include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(tree ${BUILD}/harness/length)
file(REMOVE_RECURSE ${tree})

string(REPEAT "// a line; with [signs] that CMake knows\n\n" 150 long)
file(WRITE ${tree}/tandem/sync/long.hpp "${long}")
accepts(-D INCLUDE=${tree})

file(APPEND ${tree}/tandem/sync/long.hpp "\n")
rejects("tandem/sync/long.hpp: 301 lines" -D INCLUDE=${tree})
